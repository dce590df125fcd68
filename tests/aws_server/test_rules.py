"""Bad requests are refused by the rule that they break, on the wire as in the model."""

from __future__ import annotations

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st
from support.aws import models, rules

#: Nothing is refused before it is sent.
LAX = Config(parameter_validation=False)
DOMAIN_URL = models.operation("sagemaker", "CreatePresignedDomainUrl").input_shape

INSTANCE = "create_presigned_notebook_instance_url"
STUDIO = {"DomainId": "d-team00000001", "UserProfileName": "ada"}


@pytest.mark.parametrize(
    ("service", "act", "parameters", "code", "said"),
    [
        (
            "sagemaker",
            INSTANCE,
            {"NotebookInstanceName": "my instance"},
            "ValidationException",
            "'my instance' at 'notebookInstanceName' failed to satisfy constraint: Member must ",
        ),
        (
            "sagemaker",
            INSTANCE,
            {"NotebookInstanceName": "a" * 64},
            "ValidationException",
            "must have length less than or equal to 63",
        ),
        (
            "sagemaker",
            INSTANCE,
            {"NotebookInstanceName": "a", "SessionExpirationDurationInSeconds": 1799},
            "ValidationException",
            "Member must have value greater than or equal to 1800",
        ),
        (
            "sagemaker",
            "create_presigned_domain_url",
            {**STUDIO, "ExpiresInSeconds": 301},
            "ValidationException",
            "must have value less than or equal to 300",
        ),
        (
            "sagemaker",
            "list_notebook_instances",
            {"StatusEquals": "Sleeping"},
            "ValidationException",
            "must satisfy enum value set: [Pending, InService, ",
        ),
        (
            "sagemaker",
            "create_presigned_domain_url",
            {"DomainId": "d-team00000001"},
            "ValidationException",
            "Value null at 'userProfileName' failed to satisfy constraint: Member must not be null",
        ),
        (
            "athena",
            "create_presigned_notebook_url",
            {"SessionId": ""},
            "InvalidRequestException",
            "must have length greater than or equal to 1",
        ),
        (
            "emr-serverless",
            "get_dashboard_for_job_run",
            {"applicationId": "UPPER", "jobRunId": "00daily000000001", "attempt": 0},
            "ValidationException",
            "2 validation errors detected: ",
        ),
        (
            "emr",
            "list_clusters",
            {"ClusterStates": ["WAITING", "SLEEPING"]},
            "ValidationException",
            "'SLEEPING' at 'clusterStates.2.member' failed",
        ),
        (
            "sagemaker",
            "list_notebook_instances",
            {"NextToken": "made-up"},
            "ValidationException",
            "Invalid pagination token.",
        ),
    ],
)
def test_rules(client, service, act, parameters, code, said):
    made = client(service, config=LAX)
    with pytest.raises(ClientError) as refused:
        getattr(made, act)(**parameters)
    error = refused.value.response["Error"]
    assert error["Code"] == code
    assert said in error["Message"]


def test_members_that_the_model_lacks_are_refused():
    shape = models.operation("sagemaker", "ListDomains").input_shape
    assert list(rules.broken(shape, {"Colour": "red"}))
    assert list(rules.broken(shape, {"MaxResults": True}))
    assert list(rules.broken(shape, {"MaxResults": "1"}))
    assert not list(rules.broken(shape, {"MaxResults": 1}))


SOMETHING = st.one_of(st.text(max_size=70), st.integers(0, 50_000), st.none(), st.just("ada"))


@settings(deadline=None)  # the first example waits for the model
@given(
    st.dictionaries(
        st.sampled_from([*DOMAIN_URL.members]),
        SOMETHING,
    )
)
def test_what_passes_here_passes_with_botocore(parameters):
    kept = {name: value for name, value in parameters.items() if value is not None}
    if not list(rules.broken(DOMAIN_URL, kept)):
        assert not ParamValidator().validate(kept, DOMAIN_URL).has_errors()


def test_pages_belong_to_their_question(aws, client):
    aws.page_size = 1
    made = client("sagemaker")
    token = made.list_notebook_instances(NameContains="in")["NextToken"]
    assert made.list_notebook_instances(NameContains="in", NextToken=token)["NotebookInstances"]
    with pytest.raises(ClientError):
        made.list_notebook_instances(NextToken=token)
    with pytest.raises(ClientError):
        made.list_domains(NextToken=token)
