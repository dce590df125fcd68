"""How links lead to where this runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nb_presign.aws.machine.metadata import this_notebook
from nb_presign.model import Target
from nb_presign.providers.hub.aim import UNNAMED
from nb_presign.providers.hub.place import this_server
from nb_presign.reference import format_reference


def reference_of(server: str, *, metadata: Path | None = None) -> str:
    """Write the reference of this machine's notebook server; empty where no link leads to it.

    On SageMaker that is SageMaker's, which each reader can open on credentials of their own; on a
    Hub the Hub's; else `jupyter:<server>` where it serves links. `metadata` is SageMaker's file, if
    elsewhere.
    """
    if this_notebook(metadata) is not None:
        from nb_presign.providers.aws.here import this_place  # noqa: PLC0415  # only there

        # With a path in mind: without one a reference may end sooner, and none can be added.
        inside = this_place("path", metadata=metadata)
        if inside is not None:
            path = inside.path.removesuffix("path").removesuffix("/")
            return format_reference(replace(inside, path=path))
    hub_server = this_server()
    if hub_server is not None:
        user, name = hub_server
        return format_reference(Target("hub", user, name or UNNAMED))
    return format_reference(Target("jupyter", server)) if server else ""
