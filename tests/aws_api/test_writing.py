from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from support.aws_desk import LIST, START

from nb_presign.aws_api.refusal import RefusedError
from nb_presign.aws_api.writing import write, write_refusal

AT = datetime(2030, 1, 2, 3, 4, 5, 123456, timezone(timedelta(hours=1)))


@pytest.fixture(scope="session")
def shape(models):
    return models.operation("sagemaker", LIST).output_shape


def test_times_are_seconds_with_thousandths(shape):
    instance = {"NotebookInstanceName": "é", "CreationTime": AT}
    body = json.loads(write(shape, {"NotebookInstances": [instance]}))
    assert body == {
        "NotebookInstances": [{"NotebookInstanceName": "é", "CreationTime": 1893549845.123}]
    }


def test_no_output_is_no_body(models):
    assert write(models.operation("sagemaker", START).output_shape, {}) == b""


@pytest.mark.parametrize(
    "result",
    [
        {"Instances": []},
        {"NotebookInstances": [{"Name": "a"}]},
        {"NotebookInstances": {}},
        {"NextToken": 1},
        {"NextToken": None},
        {"NotebookInstances": [{"CreationTime": 1.5}]},
    ],
)
def test_what_the_model_does_not_have_is_a_mistake(shape, result):
    with pytest.raises(TypeError):
        write(shape, result)


def test_truth_is_no_number(models):
    shape = models.operation("athena", "CreatePresignedNotebookUrl").output_shape
    with pytest.raises(TypeError):
        write(shape, {"AuthTokenExpirationTime": True})
    assert json.loads(write(shape, {"AuthTokenExpirationTime": 1})) == {
        "AuthTokenExpirationTime": 1
    }


def test_refusals():
    error = RefusedError("ValidationException", "Not é.")
    assert json.loads(write_refusal(error, "sagemaker")) == {
        "__type": "ValidationException",
        "message": "Not é.",
    }
    assert json.loads(write_refusal(RefusedError("UnknownOperationException"), "")) == {
        "__type": "UnknownOperationException"
    }


def test_athena_s_own_are_spelled_by_its_model():
    error = RefusedError("InvalidRequestException", "No.", AthenaErrorCode="INVALID_INPUT")
    assert json.loads(write_refusal(error, "athena")) == {
        "__type": "InvalidRequestException",
        "AthenaErrorCode": "INVALID_INPUT",
        "Message": "No.",
    }
    error = RefusedError("AccessDeniedException", "No.")
    assert json.loads(write_refusal(error, "athena"))["message"] == "No."
