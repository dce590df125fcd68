"""Which of a run's processes gets which tests: who shares a server stays together, the slow begin.

xdist by itself deals tests out one by one, so that every process starts every server and browser.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

#: Directories with servers for all their tests; elsewhere a file has its own.
TOGETHER = frozenset({"access", "aws_api", "containment", "faults", "leaks", "rest"})
#: Files that ask for the one Hub of a process, by how their paths below `tests` begin.
HUB = ("providers/hub/", "test_hub_", "browser/test_hub")
#: What takes longest, begun first so that no process is left with it at the end: paths below
#: `tests`, and how they begin. Those who mostly wait for a browser stand between those who compute.
FIRST = (
    "access",
    "browser/test_sidebar",
    "containment",
    "browser/test_notebook_links",
    "test_extension",
    "browser/test_l",
    "faults",
    "hub",
    "browser",
    "test_project",
    "rest",
    "leaks",
    "widget",
    "providers/test_two_servers",
    "commands",
    "aws_api",
)


class Rota(LoadScopeScheduling):
    """Deals out files and directories."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=turn), last=False)
        super()._assign_work_unit(node)


def together(nodeid: str) -> str:
    """Name what a test must not be parted from: a directory below `tests`, a file, or the Hub."""
    file = nodeid.partition("::")[0].removeprefix("tests/").removesuffix(".py")
    if file.startswith(HUB):
        return "hub"
    directory = file.partition("/")[0]
    return directory if directory in TOGETHER else file


def turn(unit: str) -> int:
    """Tell when it is a unit's turn: the lowest first, and of two alike the one with more tests."""
    return next((n for n, start in enumerate(FIRST) if unit.startswith(start)), len(FIRST))
