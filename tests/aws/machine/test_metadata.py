from __future__ import annotations

import json

import pytest

from nb_presign.aws.machine.metadata import MOST_BYTES, ThisNotebook, this_notebook

ACCOUNT = "123456789012"
APP = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:app/d-team00000001/adas-lab"
CLASSIC = f"arn:aws-cn:sagemaker:cn-north-1:{ACCOUNT}:app/d-team00000001/ada/jupyterserver/default"
INSTANCE = {
    "ResourceArn": f"arn:aws:sagemaker:us-west-2:{ACCOUNT}:notebook-instance/gpu",
    "ResourceName": "gpu",
}
SPACE = {
    "AppType": "JupyterLab",
    "DomainId": "d-team00000001",
    "SpaceName": "adas-lab",
    "ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/Studio",
    "ResourceArn": f"{APP}/jupyterlab/default",
    "ResourceName": "default",
    "AppImageVersion": "",
    "AdditionalMetadata": {"DataZoneUserId": "somebody"},
    "ResourceArnCaseSensitive": f"{APP}/JupyterLab/default",
}


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "resource-metadata.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_notebook_instance(file):
    assert this_notebook(file(INSTANCE)) == ThisNotebook(
        arn=INSTANCE["ResourceArn"], region="us-west-2", account=ACCOUNT, instance="gpu"
    )


def test_a_space_in_studio(file):
    assert this_notebook(file(SPACE)) == ThisNotebook(
        arn=SPACE["ResourceArnCaseSensitive"],
        region="eu-west-1",
        account=ACCOUNT,
        domain="d-team00000001",
        space="adas-lab",
        app_type="JupyterLab",
    )


def test_studio_classic(file):
    classic = {
        "AppType": "JupyterServer",
        "DomainId": "d-team00000001",
        "UserProfileName": "ada",
        "ResourceArn": CLASSIC,
        "ResourceName": "default",
        "ResourceArnCaseSensitive": "",
    }
    found = this_notebook(file(classic))
    assert (found.domain, found.user_profile, found.space) == ("d-team00000001", "ada", "")
    assert found.region == "cn-north-1"
    assert not found.instance


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "[]",
        '"text"',
        "{}",
        '{"ResourceArn": 7}',
        '{"ResourceArn": "arn:aws:s3:::bucket"}',
        '{"ResourceArn": "arn:aws:sagemaker:us-west-2:12:notebook-instance/short"}',
        "[" * 5000,
        json.dumps({**INSTANCE, "Further": "x" * MOST_BYTES}),
    ],
)
def test_what_cannot_be_understood(file, content):
    assert this_notebook(file(content)) is None


def test_elsewhere_there_is_no_file(tmp_path):
    assert this_notebook(tmp_path / "none.json") is None
    assert this_notebook(tmp_path) is None
