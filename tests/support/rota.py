"""Which of a run's processes gets which tests: who shares a server stays together, the slow begin.

xdist by itself deals tests out one by one, so that every process starts every server and browser.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

#: Directories with servers for their tests, each before the one that it is in; elsewhere a file has
#: its own.
TOGETHER = ("access/connections", "access", "aws_api/clients", "containment", "faults")
TOGETHER += ("leaks", "rest")
#: Files in these that use none of theirs, by how their paths below `tests` begin.
ALONE = ("containment/test_sessions_", "faults/test_shared_store", "rest/test_flood")
ALONE += ("leaks/test_notebooks", "leaks/test_profile")
#: Files that ask for the one Hub of a process.
HUB = ("providers/hub/", "test_hub_", "browser/test_hub")
#: What takes longest, begun first so that no process is left with it at the end: units, or how
#: they begin. Those who mostly wait for a browser stand between those who compute.
FIRST = (
    "access/connections",
    "browser/test_notebook_links",
    "containment",
    "browser/test_sidebar",
    "hub",
    "faults",
    "browser/test_l",
    "leaks",
    "browser",
    "containment/test_sessions_",
    "access",
    "rest",
    "widget",
    "commands",
    "providers/test_two_servers",
    "test_project",
    "test_deployment",
    "test_extension",
    "test_examples",
    "aws_api",
    "store",
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
    if file.startswith(ALONE):
        return file
    return next((each for each in TOGETHER if file.startswith(f"{each}/")), file)


def turn(unit: str) -> int:
    """Tell when it is a unit's turn: the lowest first, and of two alike the one with more tests."""
    starts = [start for start in FIRST if unit.startswith(start)]
    return FIRST.index(max(starts, key=len)) if starts else len(FIRST)
