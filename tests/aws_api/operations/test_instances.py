"""Notebook instances of SageMaker: Jupyter servers, by name."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from aws_api.operations.conftest import KEY, MINE, server

from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import NotAllowedError, OutOfRangeError
from nb_presign.model import Scope, TargetState

ARN = "arn:aws:sagemaker:eu-north-1:000000000000:notebook-instance/"
SERVER = "arn:nb-presign:jupyter:::server/"


def names(answer):
    return [each["NotebookInstanceName"] for each in answer["NotebookInstances"]]


@pytest.fixture
def many(desk):
    """Have one server of each state beside this one."""
    desk.others += [
        server("zeta", TargetState.DOWN, mend="Start it."),
        server("beta", TargetState.STOPPED, startable=True),
        server("gamma", TargetState.STARTING),
        server("eta", TargetState.NOT_INSTALLED, mend="Run 'pip install nb_presign' there."),
    ]
    return desk


def test_this_server_is_an_instance_in_service(desk):
    (told,) = desk.ask("ListNotebookInstances")["NotebookInstances"]
    assert told == {
        "NotebookInstanceName": MINE,
        "NotebookInstanceArn": f"{ARN}{MINE}",
        "NotebookInstanceStatus": "InService",
        # As AWS writes it: where the start page is, without a scheme.
        "Url": "127.0.0.1:8888/base",
    }
    assert desk.ask("DescribeNotebookInstance", NotebookInstanceName=MINE) == told


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["beta", "eta", "gamma", MINE, "zeta"]),
        ({"SortOrder": "Descending"}, ["zeta", MINE, "gamma", "eta", "beta"]),
        ({"SortBy": "Status"}, ["eta", "zeta", MINE, "gamma", "beta"]),
        ({"SortBy": "CreationTime"}, ["beta", "eta", "gamma", MINE, "zeta"]),
        ({"NameContains": "ETA"}, ["beta", "eta", "zeta"]),
        ({"StatusEquals": "Failed"}, ["eta", "zeta"]),
        ({"StatusEquals": "Stopped", "NameContains": "z"}, []),
        ({"StatusEquals": "Deleting"}, []),
        ({"NotebookInstanceLifecycleConfigNameContains": "a"}, []),
        ({"DefaultCodeRepositoryContains": "a"}, []),
        ({"AdditionalCodeRepositoryEquals": "https://example.org/a"}, []),
    ],
)
def test_filters_and_orders(many, given, found):
    answer = many.ask("ListNotebookInstances", **given)
    assert names(answer) == found
    assert "NextToken" not in answer


@pytest.mark.parametrize("given", [{}, {"SortOrder": "Descending"}, {"SortBy": "Status"}])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_hold_all_of_the_list_once(many, given, size):
    pages, more = [], {}
    while True:
        answer = many.ask("ListNotebookInstances", MaxResults=size, **given, **more)
        pages.append(names(answer))
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    whole = names(many.ask("ListNotebookInstances", MaxResults=100, **given))
    assert [name for page in pages for name in page] == whole
    assert {len(page) for page in pages[:-1]} <= {size}


def test_ten_are_on_a_page_where_nothing_is_said(desk):
    desk.others += [server(f"n{number}") for number in range(10)]
    answer = desk.ask("ListNotebookInstances")
    assert len(names(answer)) == 10
    assert names(desk.ask("ListNotebookInstances", NextToken=answer["NextToken"])) == ["n9"]


def test_what_comes_or_goes_between_pages_repeats_and_hides_nothing(many):
    first = many.ask("ListNotebookInstances", MaxResults=2)
    assert names(first) == ["beta", "eta"]
    many.others = [server("alpha"), *many.others[:1], server("theta")]
    second = many.ask("ListNotebookInstances", NextToken=first["NextToken"])
    assert names(second) == [MINE, "theta", "zeta"]


@pytest.mark.parametrize(
    "token",
    ["x", "é", "bnVsbA==", "WzFd", "W10=", "W1tbW1tbW1tbW1tb" * 100, "WyJTcGFjZXMiLCJhIl0="],
)
def test_a_token_of_no_list_is_refused(desk, token):
    with pytest.raises(RefusedError, match="Invalid NextToken") as caught:
        desk.ask("ListNotebookInstances", NextToken=token)
    assert caught.value.kind == "ValidationException"


@pytest.mark.parametrize(
    "name",
    ["CreationTimeBefore", "CreationTimeAfter", "LastModifiedTimeBefore", "LastModifiedTimeAfter"],
)
def test_times_that_nobody_knows_are_not_compared(desk, name):
    with pytest.raises(RefusedError, match=f"{name} cannot be asked for"):
        desk.ask("ListNotebookInstances", **{name: datetime(2030, 1, 1, tzinfo=timezone.utc)})


def test_one_that_fails_says_why_but_not_where_it_is(many):
    told = many.ask("DescribeNotebookInstance", NotebookInstanceName="zeta")
    assert told["NotebookInstanceStatus"] == "Failed"
    assert told["FailureReason"] == "It does not answer. Start it."
    assert "Url" not in told
    assert "secret" not in str(told)


def test_a_link_is_minted_for_the_key_and_held_to_its_policy(desk):
    answer = desk.ask(
        "CreatePresignedNotebookInstanceUrl",
        NotebookInstanceName=MINE,
        SessionExpirationDurationInSeconds=1800,
    )
    url = answer.pop("AuthorizedUrl")
    assert answer == {}
    assert url.startswith("http://127.0.0.1:8888/base/nb-presign/redeem#nbp1.")
    (link,) = desk.links()
    assert str(link.target.id) == "my_lab"
    assert link.minted_by == f"access-key:{KEY}"
    assert (link.scope, link.session_seconds, link.note) == (Scope.EXECUTE, 1800, "from CI")
    assert link.expires_at - link.created_at == timedelta(minutes=5)
    assert link.permission.policy == desk.key.policy
    assert link.permission.action == "sagemaker:CreatePresignedNotebookInstanceUrl"
    assert link.max_uses is None


def test_a_session_lasts_twelve_hours_where_nothing_is_said(desk):
    desk.ask("CreatePresignedNotebookInstanceUrl", NotebookInstanceName=MINE)
    assert desk.links()[0].session_seconds == 43_200


@pytest.mark.parametrize("name", ["beta", "gamma", "zeta", "eta"])
def test_nothing_is_minted_for_what_is_not_in_service(many, name):
    with pytest.raises(RefusedError, match=f"Notebook Instance {name} is "):
        many.ask("CreatePresignedNotebookInstanceUrl", NotebookInstanceName=name)
    assert not many.links()


@pytest.mark.parametrize(
    "operation",
    [
        "CreatePresignedNotebookInstanceUrl",
        "DescribeNotebookInstance",
        "StartNotebookInstance",
        "StopNotebookInstance",
    ],
)
class TestEach:
    """What holds for each operation on one instance."""

    def test_what_is_not_there_is_not_found_as_on_aws(self, desk, operation):
        with pytest.raises(RefusedError) as caught:
            # Names mind case, and `my_lab` is no name of an instance.
            desk.ask(operation, NotebookInstanceName="My-Lab")
        assert (caught.value.kind, caught.value.message) == (
            "ValidationException",
            "RecordNotFound",
        )

    def test_two_of_one_name_are_said_to_be_two(self, desk, operation):
        # One is called so, and the other is taken for it: one chance in 16 million.
        desk.others.append(server(MINE))
        named = rf"Several .* {MINE}: my_lab, {MINE}\. Give each"
        with pytest.raises(RefusedError, match=named):
            desk.ask(operation, NotebookInstanceName=MINE)
        desk.allow({"Effect": "Allow", "Action": "*", "Resource": f"{SERVER}my_lab"})
        with pytest.raises(RefusedError, match=rf"Several .* {MINE}: my_lab\. Give each"):
            desk.ask(operation, NotebookInstanceName=MINE)
        desk.allow({"Effect": "Allow", "Action": "*", "Resource": f"{SERVER}other"})
        with pytest.raises(NotAllowedError):
            desk.ask(operation, NotebookInstanceName=MINE)
        assert not desk.links()

    def test_what_is_allowed_on_one_name_is_no_other_server_while_that_is_away(
        self, desk, operation
    ):
        desk.allow({"Effect": "Allow", "Action": "*", "Resource": f"{ARN}my-lab"})
        with pytest.raises(RefusedError, match="RecordNotFound"):
            desk.ask(operation, NotebookInstanceName="my-lab")
        with pytest.raises(NotAllowedError):
            desk.ask(operation, NotebookInstanceName=MINE)
        assert not desk.links()

    def test_the_policy_is_asked_by_both_names(self, desk, operation):
        desk.allow({"Effect": "Deny", "Action": "*", "Resource": "*"})
        with pytest.raises(NotAllowedError):
            desk.ask(operation, NotebookInstanceName=MINE)
        ((action, resources, target),) = desk.judged
        assert action == f"sagemaker:{operation}"
        assert resources == (f"{ARN}{MINE}", f"{SERVER}my_lab")
        assert target.id == "my_lab"
        assert not desk.links()

    def test_who_may_not_is_not_told_whether_it_is_there(self, desk, operation):
        desk.allow({"Effect": "Allow", "Action": "*", "Resource": f"{ARN}other"})
        told = []
        for name in (MINE, "nowhere"):
            with pytest.raises(NotAllowedError) as caught:
                desk.ask(operation, NotebookInstanceName=name)
            told.append(str(caught.value).replace(name, "…"))
        assert told[0] == told[1]


def test_listing_is_about_everything(desk):
    desk.allow({"Effect": "Allow", "Action": "*", "Resource": f"{ARN}*"})
    with pytest.raises(NotAllowedError):
        desk.ask("ListNotebookInstances")
    assert desk.judged == [("sagemaker:ListNotebookInstances", ("*",), None)]


def test_a_stopped_one_is_started(many):
    assert many.ask("StartNotebookInstance", NotebookInstanceName="beta") == {}
    assert many.started == ["beta"]


@pytest.mark.parametrize(
    ("operation", "name", "message"),
    [
        ("StartNotebookInstance", MINE, r"Status \(InService\) not in \(\[Stopped, Failed\]\)"),
        ("StartNotebookInstance", "gamma", r"Status \(Pending\) not in \(\[Stopped, Failed\]\)"),
        ("StartNotebookInstance", "zeta", r"Unable to .* It does not answer\. Start it\."),
        ("StopNotebookInstance", MINE, r"Unable to .* is stopped where it runs\."),
        ("StopNotebookInstance", "beta", r"Status \(Stopped\) not in \(\[InService\]\)"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_words_of_aws(many, operation, name, message):
    with pytest.raises(RefusedError, match=message) as caught:
        many.ask(operation, NotebookInstanceName=name)
    to = "Pending" if operation.startswith("Start") else "Stopping"
    assert f"Unable to transition to ({to}) for Notebook Instance ({ARN}{name})." in str(
        caught.value
    )
    assert caught.value.kind == "ValidationException"
    assert not many.started


def test_a_session_of_another_length_is_refused_whatever_the_model_says(desk):
    with pytest.raises(OutOfRangeError):
        desk.ask(
            "CreatePresignedNotebookInstanceUrl",
            NotebookInstanceName=MINE,
            SessionExpirationDurationInSeconds=60,
        )
    assert not desk.links()
