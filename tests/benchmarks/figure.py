"""A figure: what something costs, as a ratio to a baseline of the same run."""

import gc
import statistics
import time
from contextlib import nullcontext
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Medians of interleaved measurements."""

    what: str
    against: str
    seconds: float
    baseline_seconds: float
    #: Measurements of each.
    n: int
    #: `≤ 1.03`: how many times as long; `≥ 0.5`: what share of the rate; empty: none is set.
    target: str = ""

    @property
    def ratio(self):
        """Times for `≤` and no target, rates for `≥`."""
        slower = self.seconds / self.baseline_seconds
        return 1 / slower if self.target.startswith("≥") else slower

    @property
    def met(self):
        if not self.target:
            return None
        sign, bound = self.target.split()
        return self.ratio <= float(bound) if sign == "≤" else self.ratio >= float(bound)

    def row(self):
        met = {True: "met", False: "MISSED", None: ""}[self.met]
        times = f"{self.seconds * 1e3:9.2f} ms", f"{self.baseline_seconds * 1e3:9.2f} ms"
        return (
            self.what,
            self.against,
            *times,
            f"{self.ratio:.3f}",
            self.target,
            met,
            f"n = {self.n}",
        )

    def json(self):
        return {
            "what": self.what,
            "against": self.against,
            "seconds": self.seconds,
            "baseline_seconds": self.baseline_seconds,
            "n": self.n,
            "ratio": self.ratio,
            "target": self.target,
            "met": self.met,
        }


def compare(what, against, ours, baseline, *, rounds, target="", around=nullcontext):
    """Time two calls in turn, A B A B, so that whatever else the machine does hits both alike.

    Each of ours is within an `around()`, which is not counted.
    """
    with around():
        ours()
    baseline()
    gc.collect()
    took = {ours: [], baseline: []}
    for number in range(rounds):
        # Who goes first changes, or the second always finds a warmer cache.
        for call in (ours, baseline) if number % 2 else (baseline, ours):
            with around() if call is ours else nullcontext():
                start = time.perf_counter()
                call()
                took[call].append(time.perf_counter() - start)
    return Figure(
        what,
        against,
        statistics.median(took[ours]),
        statistics.median(took[baseline]),
        rounds,
        target,
    )


def table(figures):
    """Lay the figures out in columns."""
    head = ("measured", "against", "median", "median", "ratio", "target", "", "")
    rows = [head, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
