"""Where things are on the live server now: asked of its managers, for one request at a time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from tornado.web import HTTPError

from nb_presign.access.gate.ask import Ask
from nb_presign.access.gate.gate import Live, Match
from nb_presign.access.gate.paths import BadPathError
from nb_presign.access.gate.reach import RunningSession
from nb_presign.access.gate.route import Needs
from nb_presign.access.gate.started import StartedKernels
from nb_presign.model import Session


class UnknownPlaceError(RuntimeError):
    """A manager gave no answer, so that nobody can say where something is."""


class Places:
    """Asks the managers that stand in the web application's settings, and what guests started."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.started = StartedKernels()

    async def look_up(self, session: Session, match: Match, arguments: Mapping[str, Any]) -> Live:
        """Find out what a request names, as far as its row needs it for this session.

        Raises `UnknownPlaceError`, or whatever else a manager raises.
        """
        needs = match.needs(session)
        if not needs:
            return Live()
        try:
            return await self._ask(session, match, arguments, needs)
        except HTTPError as error:
            # It would be the answer to a guest who has not been let in.
            raise UnknownPlaceError from error

    async def _ask(
        self, session: Session, match: Match, arguments: Mapping[str, Any], needs: Needs
    ) -> Live:
        running = await self._running() if Needs.SESSIONS in needs else ()
        file = ""
        if Needs.FILE in needs:
            file = await self._file(match.groups.get("file") or _argument(arguments, "id"))
        elif Needs.FORK in needs:
            file = await self._file(_root_of_fork(match.groups.get("fork") or ""))
        kernels = await self._kernels() if Needs.KERNELS in needs else frozenset[str]()
        return Live(running, file, kernels, self.started.of(session))

    async def _running(self) -> tuple[RunningSession, ...]:
        found = await ensure_async(self._settings["session_manager"].list_sessions())
        return tuple(
            RunningSession(
                str(each["id"]), str(each["path"]), str((each.get("kernel") or {}).get("id", ""))
            )
            for each in found
        )

    async def _kernels(self) -> frozenset[str]:
        # Whoever starts a kernel passes here, so that what is remembered grows no further. Only
        # what was remembered before: another may be started, and noted, while the manager answers.
        remembered = self.started.all()
        running = frozenset(await _ids(self._settings["kernel_manager"]))
        self.started.forget(remembered - running)
        return running

    async def _file(self, file_id: str) -> str:
        manager = self._settings.get("file_id_manager")
        if manager is None or not file_id:
            return ""
        return str(await ensure_async(manager.get_path(file_id)) or "")


async def _ids(kernels: Any) -> list[str]:  # noqa: ANN401  # whichever manager the server uses
    # No model of the server's own kernels: one that is just being started has none yet, and fails
    # the whole list (`last_activity`, jupyter_server 2.21).
    if getattr(type(kernels), "list_kernels", None) is MappingKernelManager.list_kernels:
        return [str(each) for each in kernels.list_kernel_ids()]
    return [str(each["id"]) for each in await ensure_async(kernels.list_kernels())]


def _argument(arguments: Mapping[str, Any], name: str) -> str:
    try:
        return Ask(arguments=arguments).argument(name) or ""
    except BadPathError:
        return ""


def _root_of_fork(fork: str) -> str:
    """Tell the file id of the document that a room is a fork of; empty if nobody says so.

    jupyter_server_ydoc keeps this in its handlers' module (3.0, `FORK_ROOMS`).
    """
    known = getattr(sys.modules.get("jupyter_server_ydoc.handlers"), "FORK_ROOMS", {})
    root = str(known.get(fork, {}).get("root_roomid", ""))
    return root.split(":", 2)[2] if root.count(":") >= 2 else ""  # noqa: PLR2004  # format:type:id
