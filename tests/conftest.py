"""What all tests share: processes, and the tallies of a run, which are told at its end."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support import tally

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

pytest_plugins = ["support.aws.fixtures", "support.hub_fixtures", "support.postgres"]

# An example that takes long tells of a busy machine; `timeout` ends what hangs.
settings.register_profile(
    "nb_presign",
    settings.default,
    deadline=None,
    suppress_health_check=[*settings.default.suppress_health_check, HealthCheck.too_slow],
)
settings.load_profile("nb_presign")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    """Deal tests out as `support.rota` says, unless `--dist` says something else."""
    from support.rota import Rota  # noqa: PLC0415  # there is xdist now

    return Rota(config, log) if config.getoption("dist") == "load" else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """Forget the tallies of earlier runs; processes that xdist starts leave it to the first."""
    gc.disable()
    if not hasattr(session.config, "workerinput"):
        for path in tally.DIRECTORY.glob("*.json"):
            path.unlink()


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and not in what was collected: that took a tenth of all."""
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell them."""
    found = tally.recorded()
    if found:
        terminalreporter.section("what must not happen, and did not")
        for each in found:
            terminalreporter.line(each.line())
