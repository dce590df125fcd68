"""A tally: how often something that must not happen did, among how many tries.

"0 of N" says little without N, and without a baseline nothing: the same tries against a server
that lets guests in the naive way show that a failure would have been seen.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

#: Where tallies are kept until the run ends; the processes of one run share it.
DIRECTORY = Path(
    os.environ.get("NB_PRESIGN_FIGURES")
    or Path(__file__).resolve().parents[2] / "ci-output" / "figures"
)


@dataclass(frozen=True)
class Tally:
    """How often, of how many; and of the naive server's."""

    #: What must not happen: "frames after the end of a session that reached the kernel".
    what: str
    bad: int
    tried: int
    #: What was done without our protection: "a server that takes any cookie for a user".
    baseline: str
    baseline_bad: int
    baseline_tried: int

    @property
    def bound(self) -> float:
        """Upper 95 % bound of the share after none of N: the rule of three."""
        return min(1.0, 3 / self.tried)

    def line(self) -> str:
        """Write it down for people."""
        return (
            f"{self.what}: {self.bad} of {self.tried} (95 % upper bound {self.bound:.2%})"
            f"; {self.baseline}: {self.baseline_bad} of {self.baseline_tried}"
        )


def record(tally: Tally) -> Tally:
    """Keep a tally for the end of the run, and refuse one that shows nothing.

    A baseline that never fails cannot tell protection from luck.
    """
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() else "-" for c in tally.what)[:120]
    (DIRECTORY / f"{name}.json").write_text(json.dumps(asdict(tally), indent=1))
    assert tally.bad == 0, tally.line()
    assert tally.baseline_bad > 0, f"the baseline shows nothing: {tally.line()}"
    return tally


def recorded() -> list[Tally]:
    """Read what has been kept."""
    return [Tally(**json.loads(path.read_text())) for path in sorted(DIRECTORY.glob("*.json"))]
