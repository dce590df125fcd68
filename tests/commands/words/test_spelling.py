"""Commands in hints, as they are typed where somebody asked."""

from __future__ import annotations

import pytest

from nb_presign.commands.showing.text import complain
from nb_presign.commands.words.spelling import spell
from nb_presign.errors import LinkNotFoundError


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("See 'presign list --all'.", "See '%presign list --all'."),
        ("presign mint sagemaker:x --start", "%presign mint sagemaker:x --start"),
        ("Run presign sagemaker:x, or log in.", "Run %presign sagemaker:x, or log in."),
        ("'presign policy sagemaker:x'", "'%presign policy sagemaker:x'"),
        ("'presign policy check'", "'jupyter presign policy check'"),
        ("See 'presign keys list'.", "See 'jupyter presign keys list'."),
        ("jupyter presign keys rotate", "jupyter presign keys rotate"),
        ("%presign list", "%presign list"),
        ("to presign links by hand", "to presign links by hand"),
        ("pip install nb_presign list", "pip install nb_presign list"),
        ("presign:jupyter:b", "presign:jupyter:b"),
    ],
)
def test_commands_are_spelled_as_they_are_typed(said, typed):
    assert spell(said, "%presign") == typed
    assert complain(LinkNotFoundError("None.", hint=said), "%presign") == f"None.\n{typed}"
