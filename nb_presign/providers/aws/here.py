"""The notebook that this process runs in, as a target."""

from __future__ import annotations

from pathlib import Path

from nb_presign.aws.machine.metadata import this_notebook
from nb_presign.aws.place import Place
from nb_presign.model import Target
from nb_presign.providers.aws.aim import options_of
from nb_presign.providers.aws.operation import NOTHING


def this_place(path: str = "", *, metadata: Path | None = None) -> Target | None:
    """Write a reference's target to a path on this machine; None where it is not SageMaker's.

    `metadata` is SageMaker's file of facts, if it is not where SageMaker puts it.
    """
    here = this_notebook(metadata)
    if here is None:
        return None
    options = tuple(options_of(Place(region=here.region)).items())
    if here.instance:
        return Target("sagemaker", here.instance, path, options)
    if not here.domain or not here.user_profile:
        return None
    space = here.space or (NOTHING if path else "")
    rest = "/".join(part for part in (here.user_profile, space, path) if part)
    return Target("studio", here.domain, rest, options)
