from __future__ import annotations

import json

import pytest
from support.aws import ACCOUNT

from nb_presign.errors import BadReferenceError, InputError
from nb_presign.policy.conditions import KEYS, Kind
from nb_presign.policy.reading import read_text
from nb_presign.providers.aws.operations import NAMES
from nb_presign.providers.aws.policies import policy_for
from nb_presign.reference import parse

ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}"
#: Of each row, and what its policy is about.
RESOURCES = {
    "sagemaker:gpu": ["notebook-instance/gpu"],
    "studio:d-1/ada/lab/a.ipynb": ["user-profile/d-1/ada"],
    "athena:5e55": ["workgroup/*"],
    "mlflow:runs": ["mlflow-tracking-server/runs"],
    f"mlflow-app:{ARN}:mlflow-app/app-1": ["mlflow-app/app-1"],
    f"partner-app:{ARN}:partner-app/app-ABCDEFGHIJKL": ["partner-app/app-ABCDEFGHIJKL"],
    "emr:j-1/TezUI": ["cluster/j-1"],
    "emr-history:p-1": ["*"],
    "emr-serverless:00a/00b": ["/applications/00a/jobruns/00b"],
    "airflow:nightly": ["role/nightly/*"],
    "flink:clicks": ["application/clicks"],
}


def test_every_row_is_asked():
    assert [text.partition(":")[0] for text in RESOURCES] == list(NAMES)


@pytest.mark.parametrize(("text", "resources"), RESOURCES.items())
def test_each_row_has_one_that_can_be_read(text, resources, monkeypatch):
    monkeypatch.setitem(KEYS, "aws:sourcevpce", ("aws:SourceVpce", Kind.TEXT))
    found = policy_for(
        parse(text), ips=("203.0.113.0/24",), vpces=("vpce-0a1b2c3d",), account=ACCOUNT
    )
    assert read_text(json.dumps(found.document))
    allow, *_, deny = found.document["Statement"]
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert (allow["Action"], allow["Resource"]) == (deny["Action"], deny["Resource"])
    assert [each.rpartition(":")[2] for each in allow["Resource"]] == resources
    assert found.warnings


def test_region_and_partition_are_the_targets():
    found = policy_for(parse("sagemaker:gpu?region=cn-north-1"), account=ACCOUNT)
    assert found.document["Statement"][0]["Resource"] == [
        f"arn:aws-cn:sagemaker:cn-north-1:{ACCOUNT}:notebook-instance/gpu"
    ]
    there = policy_for(parse("sagemaker:gpu?region=cn-north-1"), region="eu-west-1")
    assert ":eu-west-1:" in there.document["Statement"][0]["Resource"][0]


def test_any_region_is_none_in_particular():
    found = policy_for(parse("sagemaker:gpu?region=eu-west-1"), region="*", account=ACCOUNT)
    (resource,) = found.document["Statement"][0]["Resource"]
    assert resource.startswith(f"arn:aws:sagemaker:*:{ACCOUNT}:")


def test_a_name_with_capitals_is_allowed_in_both_spellings():
    found = policy_for(parse("sagemaker:Big-GPU"))
    names = [each.rpartition("/")[2] for each in found.document["Statement"][0]["Resource"]]
    assert names == ["Big-GPU", "big-gpu"]


def test_what_aws_does_not_make_has_none():
    with pytest.raises(InputError) as caught:
        policy_for(parse("jupyter:gpu"))
    assert "c.NbPresign.policy" in caught.value.hint


def test_a_reference_that_is_none_has_none():
    with pytest.raises(BadReferenceError):
        policy_for(parse("studio:d-1"))
