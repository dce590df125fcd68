from __future__ import annotations

import botocore.session
import pytest

from nb_presign.errors import BadPolicyError
from nb_presign.policy.actions import KNOWN, OPERATIONS, check_actions
from nb_presign.policy.reading import read


def document(*actions, element="Action"):
    return read({"Statement": [{"Effect": "Deny", element: list(actions), "Resource": "*"}]})


@pytest.mark.parametrize(
    "action", [*KNOWN, "*", "sagemaker:*", "athena:list*", "SAGEMAKER:STOP?otebookInstance"]
)
def test_an_action_that_there_is(action):
    check_actions(document(action))


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        ("sagemaker:CreatePresignedNotebookUrl", "'sagemaker:CreatePresignedNotebookInstanceUrl'"),
        ("athena:listsession", "'athena:ListSessions'"),
        ("nb-presign:Connct", "'nb-presign:Connect'"),
        ("ec2:*", "There are: "),
        ("sagemaker:Delete*", "There are: "),
    ],
)
@pytest.mark.parametrize("element", ["Action", "NotAction"])
def test_one_that_there_is_not(action, hint, element):
    with pytest.raises(BadPolicyError) as error:
        check_actions(document("sagemaker:*", action, element=element))
    assert f"statement 1, {element}" in error.value.message
    assert repr(action) in error.value.message
    assert hint in error.value.hint


def test_aws_has_each_of_the_operations():
    session = botocore.session.get_session()
    names = {
        service: set(session.get_service_model(service).operation_names)
        for service in ("sagemaker", "athena")
    }
    for action in OPERATIONS:
        service, _, name = action.partition(":")
        assert name in names[service]
