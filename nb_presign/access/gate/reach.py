"""How far a guest's session reaches on the live server: which paths, kernels, Jupyter sessions."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nb_presign.access.gate.paths import BadPathError, plain
from nb_presign.errors import PresignError
from nb_presign.model import Narrowing

#: Entries of a directory that a guest may copy: all of them are looked at, while others wait.
MAX_ENTRIES = 2000
#: Kernels that who holds one file may have running: each UUID would begin another.
MAX_STARTED = 3
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A Jupyter session of this server as it is now: a notebook or console, and its kernel."""

    id: str
    path: str
    kernel_id: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What one guest's session holds at the moment of one request."""

    #: As it is now; None: the whole server.
    narrowing: Narrowing | None = None
    #: Root directory of the files, or empty where files are not in a file system.
    root: str = ""
    #: Whether hidden files are served to anybody.
    hidden: bool = False
    #: What nobody reaches though it is below the root, where symbolic links lead: the server's own
    #: files.
    closed: tuple[Path, ...] = ()
    running: tuple[RunningSession, ...] = ()
    #: Ids of the kernels that run; only where one may start or end.
    kernels: frozenset[str] = frozenset()
    #: Ids of those that the guest's session has started, as long as they run.
    started: frozenset[str] = frozenset()

    @property
    def one_notebook(self) -> bool:
        """Whether it is one Jupyter session: its notebook and its kernel, and no other."""
        return self.narrowing is not None and bool(self.narrowing.session_id)

    def names(self, path: str) -> bool:
        """Tell whether a plain path is one that the session is limited to, wherever links lead."""
        own = self.narrowing
        return own is None or (path == own.path if self.one_notebook else own.covers(path))

    def holds(self, path: str) -> bool:
        """Tell whether a plain path is inside, also after symbolic links were followed."""
        return self.names(path) and self._visible(path) and self._stays(path, self._within)

    def leads_inside(self, path: str) -> bool:
        """Tell whether a plain path is a directory on the way to what a session is narrowed to."""
        return self._on_the_way(path) and self._visible(path) and self._stays(path, "")

    def lists(self, path: object) -> bool:
        """Tell whether an entry is shown of a directory that may be listed.

        Only symbolic links can lead out of it, so that no other entry costs more than a look.
        """
        try:
            found = plain(path)
        except BadPathError:
            return False
        if self.closed or not self.root or (Path(self.root) / found).is_symlink():
            return self.holds(found) or self.leads_inside(found)
        return self._visible(found) and (self.names(found) or self._on_the_way(found))

    def holds_tree(self, path: str) -> bool:
        """Tell whether all that a copy of a plain path takes along is inside.

        Copies follow symbolic links (`shutil.copytree`, jupyter_server 2.21).
        """
        if not self.holds(path):
            return False
        if not self.root or not (Path(self.root) / path).is_dir():
            return True
        try:
            return all(self._stays(each, self._within) for each in self._taken_along(path))
        except OSError:
            return False

    def _taken_along(self, path: str) -> Iterator[str]:
        """List what could lead a copy of a directory elsewhere; too much of it is an OSError."""
        waiting, seen = [path], 0
        while waiting:
            here = waiting.pop()
            with os.scandir(Path(self.root) / here) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_ENTRIES:
                        raise OSError
                    below = f"{here}/{entry.name}"
                    if self.closed or entry.is_symlink():
                        yield below
                    if entry.is_dir():
                        waiting.append(below)

    def kernel(self, kernel_id: object) -> bool:
        """Tell whether a kernel may be reached: a session inside runs on it."""
        own = self.narrowing
        if own is None:
            return True
        if not isinstance(kernel_id, str) or not kernel_id:
            return False
        if self.one_notebook:
            return kernel_id == own.kernel_id
        running = (each for each in self.running if each.kernel_id == kernel_id)
        return any(self._runs_inside(each) for each in running)

    def only_kernel(self, kernel_id: object) -> bool:
        """Tell whether nobody outside would miss a kernel."""
        if self.narrowing is None:
            return True
        using = [each for each in self.running if each.kernel_id == kernel_id]
        return bool(using) and all(self._runs_inside(each) for each in using)

    def session(self, session_id: object) -> bool:
        """Tell whether a Jupyter session may be reached: it is inside."""
        own = self.narrowing
        if own is None or (own.session_id and session_id == own.session_id):
            return True
        return any(self._runs_inside(each) for each in self.running if each.id == session_id)

    def opens(self, path: str) -> bool:
        """Tell whether a Jupyter session may begin under a plain path that is nothing else's."""
        return (
            len(self.started) < MAX_STARTED
            and self._begins(path)
            and all(each.path.strip("/") != path for each in self.running)
        )

    def kernel_of(self, session_id: object) -> str:
        """Name the kernel that a Jupyter session runs on; empty if there is no such session."""
        return next((each.kernel_id for each in self.running if each.id == session_id), "")

    def _runs_inside(self, session: RunningSession) -> bool:
        if self.narrowing is not None and self.one_notebook:
            return session.id == self.narrowing.session_id
        try:
            path = plain(session.path)
        except BadPathError:
            return False
        # The owner's begin like this, too, and may be those of any notebook of the directory.
        return self.holds(path) or (session.kernel_id in self.started and self._begins(path))

    def _begins(self, path: str) -> bool:
        """Tell whether a plain path is what the Jupyter session of one's one file begins with.

        JupyterLab starts the kernel of a notebook as `<its directory>/<UUID 4>`, and gives the
        Jupyter session the notebook's own path once that runs (`SessionContext` of
        @jupyterlab/apputils 4.7). Who holds a directory holds these paths anyway.
        """
        own = self.narrowing
        if own is None or self.one_notebook or not self.root:
            return False
        root, (directory, _, name) = Path(self.root), path.rpartition("/")
        return (
            directory == own.path.rpartition("/")[0]
            and _UUID4.fullmatch(name) is not None
            and self.holds(own.path)
            and (root / own.path).is_file()
            and not os.path.lexists(root / path)
        )

    @property
    def _within(self) -> str:
        return self.narrowing.path if self.narrowing else ""

    def _on_the_way(self, path: str) -> bool:
        if self.narrowing is None:
            return False
        parts = path.split("/") if path else []
        whole = self.narrowing.path.split("/")
        return len(parts) < len(whole) and whole[: len(parts)] == parts

    def _visible(self, path: str) -> bool:
        return self.hidden or not any(part.startswith(".") for part in path.split("/"))

    def _stays(self, path: str, within: str) -> bool:
        if not self.root:
            return True
        try:
            root = Path(self.root).resolve()
            base = (root / within).resolve() if within else root
            found = (root / path).resolve()
            return (
                base.is_relative_to(root)
                and found.is_relative_to(base)
                and not any(_is_in(found, each) for each in self.closed)
            )
        except (OSError, ValueError, RuntimeError):
            return False


def _is_in(path: Path, place: Path) -> bool:
    """Tell whether a path is a place or in it, also where file systems take `A` for `a`."""
    parts, own = ([part.casefold() for part in each.parts] for each in (path, place))
    return parts[: len(own)] == own


#: The whole of a server whose files are not in a file system.
WHOLE = Reach()


def as_it_is_now(
    narrowing: Narrowing | None, running: tuple[RunningSession, ...]
) -> Narrowing | None:
    """Follow the Jupyter session that a guest's is narrowed to, to its present path and kernel.

    Where that session is gone, what it was when the link was minted still counts.
    """
    if narrowing is None or not narrowing.session_id:
        return narrowing
    found = next((each for each in running if each.id == narrowing.session_id), None)
    if found is None:
        return narrowing
    try:
        return Narrowing(plain(found.path), found.kernel_id, found.id)
    except (BadPathError, PresignError):
        return Narrowing(narrowing.path, "", found.id)
