from __future__ import annotations

from dataclasses import dataclass

import botocore.session
import pytest

from nb_presign.aws.calls.bodies import NotAnAnswerError, refuse_pages


@dataclass
class Response:
    content: bytes
    status_code: int = 200
    raw: object = "something"


@pytest.fixture(scope="module")
def model():
    session = botocore.session.Session()

    def model(service="sagemaker", operation="ListNotebookInstances"):
        return session.get_service_model(service).operation_model(operation)

    return model


def received(model, body, parsed=None, **facts):
    refuse_pages(
        http_response=Response(body, **facts),
        parsed={"ResponseMetadata": {}, **(parsed or {})},
        model=model,
        context={},
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"Notebook', b"[]", b"null", b"\xff", b"[" * 5000]
)
def test_no_answers(model, body):
    with pytest.raises(NotAnAnswerError) as told:
        received(model(), body)
    assert not str(told.value)


@pytest.mark.parametrize("body", [b"{}", b' {"Unknown": 1}\n'])
def test_answers_without_members(model, body):
    received(model(), body)


def test_answers_with_members_are_not_looked_at(model):
    received(model(), b"never read", {"NotebookInstances": []})


def test_errors_are_told_by_others(model):
    received(model(), b"<html>", status_code=503)


def test_operations_that_answer_nothing(model):
    received(model(operation="StartNotebookInstance"), b"")


def test_other_protocols_are_botocores(model):
    received(model("sts", "GetCallerIdentity"), b"<GetCallerIdentityResponse/>")


def test_what_was_never_sent(model):
    received(model(), b"", raw=None)
