from __future__ import annotations

import pytest
from support.aws import ACCOUNT

from nb_presign.aws.place import Place
from nb_presign.errors import BadReferenceError
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers.aws.aim import take_apart, target_of
from nb_presign.providers.aws.operations import operation
from nb_presign.reference import format_reference, parse

ARN = f"arn:aws:sagemaker:eu-west-1:{ACCOUNT}:mlflow-app/app-1"


def aim(text):
    target = parse(text)
    return take_apart(operation(target.provider), target)


@pytest.mark.parametrize(
    ("text", "names", "path"),
    [
        ("sagemaker:gpu", ("gpu",), ""),
        ("sagemaker:gpu/lab/tree/a%20b.ipynb", ("gpu",), "lab/tree/a b.ipynb"),
        ("studio:d-1/ada", ("d-1", "ada"), ""),
        ("studio:d-1/ada/lab", ("d-1", "ada", "lab"), ""),
        ("studio:d-1/ada/lab/x/y.ipynb", ("d-1", "ada", "lab"), "x/y.ipynb"),
        ("studio:d-1/ada/-/jobs", ("d-1", "ada"), "jobs"),
        ("studio:d-1/ada/-", ("d-1", "ada"), ""),
        (f"mlflow-app:{ARN}", (ARN,), ""),
        ("emr:j-1", ("j-1",), ""),
        ("emr:j-1/TezUI", ("j-1", "TezUI"), ""),
        ("emr-serverless:00a/00b", ("00a", "00b"), ""),
    ],
)
def test_a_reference_is_taken_apart(text, names, path):
    found = aim(text)
    assert (tuple(found.names.values()), found.path) == (names, path)


@pytest.mark.parametrize(
    "text",
    [
        "studio:d-1",
        "studio:d-1/-/lab",
        "emr-serverless:00a",
        f"mlflow-app:{ARN.partition('/')[0]}",
        "athena:5e55/x",
        "emr:j-1/TezUI/x",
        f"mlflow-app:{ARN}/x",
        "airflow:nightly/dags",
        "sagemaker:gpu?zone=x",
        "flink:clicks?ui=presto",
        f"mlflow-app:{ARN}?region=us-west-2",
    ],
)
def test_what_is_no_reference_of_a_row_says_how_one_is_written(text):
    with pytest.raises(BadReferenceError) as caught:
        aim(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("emr:j-1", {"ClusterId": "j-1", "OnClusterAppUIType": "SparkHistoryServer"}),
        ("emr-history:p-1", {"PersistentAppUIId": "p-1", "PersistentAppUIType": "SHS"}),
        (
            "emr-history:p-1/TEZ?application=app_1",
            {
                "PersistentAppUIId": "p-1",
                "PersistentAppUIType": "TEZ",
                "ApplicationId": "app_1",
            },
        ),
        ("flink:clicks", {"ApplicationName": "clicks", "UrlType": "FLINK_DASHBOARD_URL"}),
        ("flink:n?ui=zeppelin", {"ApplicationName": "n", "UrlType": "ZEPPELIN_UI_URL"}),
        (f"mlflow-app:{ARN}", {"Arn": ARN}),
        ("studio:d-1/ada/-/x", {"DomainId": "d-1", "UserProfileName": "ada"}),
    ],
)
def test_parts_and_options_become_parameters(text, parameters):
    assert aim(text).mint_parameters() == parameters


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("studio:d-1/ada/-", "studio:d-1/ada"),
        ("studio:d-1/ada/-/jobs", "studio:d-1/ada/-/jobs"),
        ("sagemaker:gpu/a.ipynb?profile=dev&region=eu-west-1",) * 2,
        (f"mlflow-app:{ARN}",) * 2,
    ],
)
def test_a_canonical_form_is_its_own(text, canonical):
    found = aim(text).target
    assert format_reference(found) == canonical
    assert take_apart(operation(found.provider), found).target == found


class TestPlace:
    def test_it_is_said_by_options(self):
        assert aim("sagemaker:gpu?profile=dev&region=eu-west-1").place == Place("dev", "eu-west-1")
        assert aim("sagemaker:gpu").place == Place()

    def test_an_arn_says_the_region(self):
        assert aim(f"mlflow-app:{ARN}").place == Place("", "eu-west-1")

    def test_what_is_written_of_it_is_what_was_said(self):
        row = operation("sagemaker")
        assert format_reference(target_of(row, ("gpu",), Place())) == "sagemaker:gpu"
        there = target_of(row, ("gpu",), Place("dev", "eu-west-1"))
        assert format_reference(there) == "sagemaker:gpu?profile=dev&region=eu-west-1"
        assert TargetInfo(target=there, title="gpu", state=TargetState.READY)

    def test_aiming_elsewhere_writes_it(self):
        there = aim("sagemaker:gpu").at(Place("dev", "eu-west-1"))
        assert there.reference == "sagemaker:gpu?profile=dev&region=eu-west-1"
        same = aim(f"mlflow-app:{ARN}")
        assert same.at(same.place).reference == f"mlflow-app:{ARN}"
