"""Finds out in which place this runs, so that a reference to it can be saved.

In a notebook that is the notebook itself, as far as it is known.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from nb_presign.commands.connections import Connections
from nb_presign.errors import InputError
from nb_presign.model import Target
from nb_presign.providers.hub.aim import HubAim
from nb_presign.providers.hub.place import this_server
from nb_presign.providers.running import running_servers

_HOMES = PurePosixPath("/home")
#: Where people's files are, which is what Jupyter shows: the storage volume of a notebook instance,
#: and the working directory in a Studio space (SageMaker Developer Guide, "Protect data at rest":
#: "Notebook instances and SageMaker jobs", "Studio notebooks").
ROOTS = (_HOMES / "ec2-user" / "SageMaker", _HOMES / "sagemaker-user")


async def find_here(connections: Connections, server: str, *, path: str = "") -> Target:
    """Name the place this runs in, with a path or this notebook's own.

    An instance or space of SageMaker by its metadata file, a Hub's server by the Hub's variables,
    else the own Jupyter server by its name. Raises `InputError` where it is none of them.
    """
    from nb_presign.providers.aws.here import this_place  # noqa: PLC0415  # for one reference only

    if not server:
        if here := this_place(path or _this_notebook(ROOTS)):
            return here
        _refuse_nameless()
        if hub_server := this_server():
            return HubAim(*hub_server, path or _this_notebook(_own_root())).target
    info = await (await connections.get(server)).server()
    if not info.name:
        raise InputError(
            "'.' is the place where this runs, and this process belongs to no server.",
            hint="Name one of 'presign targets'.",
        )
    return Target("jupyter", info.name, path)


def _refuse_nameless() -> None:
    """Refuse a Studio space of which SageMaker does not say whose it is."""
    from nb_presign.aws.machine.metadata import this_notebook  # noqa: PLC0415  # likewise

    facts = this_notebook()
    if facts and facts.domain:
        raise InputError(
            f"SageMaker says that this is the space {facts.space!r} in Studio, but not whose.",
            hint=f"Name the user: studio:{facts.domain}/<user>/{facts.space or '-'}",
        )


def _own_root() -> tuple[PurePosixPath, ...]:
    """Tell what the server whose kernel this is shows, by its runtime file; empty: not known."""
    pid = os.environ.get("JPY_PARENT_PID", "")
    return tuple(
        PurePosixPath(server.root_dir)
        for server in (running_servers() if pid.isdecimal() else ())
        if server.pid == int(pid) and server.root_dir
    )


def _this_notebook(roots: Iterable[PurePosixPath]) -> str:
    """Tell the path of the notebook whose kernel this is; empty where it is not known.

    jupyter_server sets JPY_SESSION_NAME to the notebook's file.
    """
    file = PurePosixPath(os.environ.get("JPY_SESSION_NAME", ""))
    root = next((root for root in roots if root in file.parents), None)
    if root is None or file.suffix != ".ipynb" or not Path(file).is_file():
        return ""
    return f"lab/tree/{file.relative_to(root)}"
