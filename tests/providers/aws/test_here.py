from __future__ import annotations

import json

import pytest

from nb_presign.providers.aws.aim import take_apart
from nb_presign.providers.aws.here import this_place
from nb_presign.providers.aws.operations import operation
from nb_presign.reference import format_reference

INSTANCE = {
    "ResourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/gpu",
    "ResourceName": "gpu",
}
STUDIO = {
    "AppType": "JupyterLab",
    "DomainId": "d-1",
    "UserProfileName": "ada",
    "SpaceName": "lab",
    "ResourceArn": "arn:aws:sagemaker:eu-west-1:123456789012:app/d-1/ada/JupyterLab/default",
    "ResourceName": "default",
}


@pytest.mark.parametrize(
    ("facts", "path", "reference"),
    [
        (INSTANCE, "", "sagemaker:gpu?region=eu-west-1"),
        (INSTANCE, "a b.ipynb", "sagemaker:gpu/a%20b.ipynb?region=eu-west-1"),
        (STUDIO, "", "studio:d-1/ada/lab?region=eu-west-1"),
        (STUDIO, "x/a.ipynb", "studio:d-1/ada/lab/x/a.ipynb?region=eu-west-1"),
        ({**STUDIO, "SpaceName": ""}, "", "studio:d-1/ada?region=eu-west-1"),
        ({**STUDIO, "SpaceName": ""}, "a.ipynb", "studio:d-1/ada/-/a.ipynb?region=eu-west-1"),
    ],
)
def test_this_notebook_has_a_reference(tmp_path, facts, path, reference):
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps(facts))
    found = this_place(path, metadata=file)
    assert format_reference(found) == reference
    assert take_apart(operation(found.provider), found).path == path


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({**STUDIO, "UserProfileName": ""})])
def test_elsewhere_there_is_none(tmp_path, text):
    file = tmp_path / "metadata.json"
    assert this_place(metadata=file) is None
    file.write_text(text)
    assert this_place(metadata=file) is None
