"""Athena's sessions: open notebooks and their kernels."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aws_api.operations.conftest import KEY, MINE, REGION, notebook

from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import NotAllowedError
from nb_presign.model import Scope
from nb_presign.policy import connecting

WORKGROUP = "arn:aws:athena:eu-north-1:000000000000:workgroup/my_lab"
INSTANCE = f"arn:aws:sagemaker:eu-north-1:000000000000:notebook-instance/{MINE}"
SERVER = "arn:nb-presign:jupyter:::server/my_lab"


@pytest.fixture
def busy(desk):
    """Have a notebook open for each state of a kernel."""
    states = ["idle", "busy", "starting", "restarting", "terminating", "dead", "unknown"]
    desk.here.open += [notebook(n, f"sub/n{n}.ipynb", state) for n, state in enumerate(states)]
    return desk


def ids(answer):
    return [int(each["SessionId"][:8], 16) for each in answer["Sessions"]]


def test_a_session_is_told_of(desk):
    desk.here.open.append(one := notebook(1, "sub/b c.ipynb"))
    (listed,) = desk.ask("ListSessions", WorkGroup="my_lab")["Sessions"]
    assert listed == {
        "SessionId": one.id,
        "Description": "sub/b c.ipynb",
        "EngineVersion": {"EffectiveEngineVersion": "python3"},
        "Status": {"State": "IDLE"},
    }
    got = dict(desk.ask("GetSession", SessionId=one.id))
    book = got.pop("EngineConfiguration")["AdditionalConfigs"]["NotebookId"]
    assert got == {
        "SessionId": one.id,
        "Description": "sub/b c.ipynb",
        "WorkGroup": "my_lab",
        "EngineVersion": "python3",
        "Status": {"State": "IDLE"},
    }
    assert desk.ask("GetSessionStatus", SessionId=one.id) == {
        "SessionId": one.id,
        "Status": {"State": "IDLE"},
    }
    assert desk.ask("ListNotebookSessions", NotebookId=book)["NotebookSessionsList"] == [
        {"SessionId": one.id}
    ]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("IDLE", [0]),
        ("BUSY", [1]),
        ("CREATING", [2, 3]),
        ("TERMINATING", [4]),
        ("FAILED", [5]),
        ("CREATED", [6]),
        ("DEGRADED", []),
    ],
)
def test_states(busy, state, found):
    assert ids(busy.ask("ListSessions", WorkGroup="primary", StateFilter=state)) == found
    assert ids(busy.ask("ListSessions", WorkGroup="primary")) == list(range(7))


def test_a_kernel_without_a_name_has_no_version(desk):
    desk.here.open.append(type(one := notebook(1))(one.id, one.path, "", "", "unknown"))
    (listed,) = desk.ask("ListSessions", WorkGroup="my_lab")["Sessions"]
    assert "EngineVersion" not in listed
    assert "EngineVersion" not in desk.ask("GetSession", SessionId=one.id)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_hold_all_of_the_list_once(busy, size):
    found, more = [], {}
    while more is not None:
        answer = busy.ask("ListSessions", WorkGroup="my_lab", MaxResults=size, **more)
        assert len(answer["Sessions"]) <= size
        found += ids(answer)
        more = {"NextToken": answer["NextToken"]} if "NextToken" in answer else None
    assert found == list(range(7))


def test_a_workgroup_is_this_server(desk):
    for operation in ("ListSessions", "ListNotebookMetadata"):
        with pytest.raises(RefusedError, match="WorkGroup other is not found") as caught:
            desk.ask(operation, WorkGroup="other")
        assert caught.value.kind == "InvalidRequestException"


@pytest.mark.parametrize("operation", ["ListSessions", "ListNotebookMetadata"])
@pytest.mark.parametrize("asked", ["my_lab", "primary"])
def test_a_policy_knows_the_workgroup_by_its_servers_name(desk, operation, asked):
    desk.allow(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": WORKGROUP},
    )
    with pytest.raises(NotAllowedError):
        desk.ask(operation, WorkGroup=asked)
    assert desk.judged[0][:2] == (f"athena:{operation}", (WORKGROUP, INSTANCE, SERVER))


def test_who_may_not_is_not_told_which_workgroups_there_are(desk):
    desk.allow({"Effect": "Allow", "Action": "athena:Get*", "Resource": "*"})
    for name in ("my_lab", "other"):
        with pytest.raises(NotAllowedError):
            desk.ask("ListSessions", WorkGroup=name)


def test_a_link_and_a_token_are_minted(desk, clock):
    desk.here.open.append(one := notebook(1))
    answer = desk.ask("CreatePresignedNotebookUrl", SessionId=one.id)
    assert answer["NotebookUrl"].startswith("http://127.0.0.1:8888/base/nb-presign/redeem#nbp1.")
    assert answer["AuthTokenExpirationTime"] == int(clock.now().timestamp()) + 600
    assert answer["AuthToken"] not in answer["NotebookUrl"]
    (link,) = desk.links()
    assert str(link.target.id) == f"{one.id}@my_lab"
    assert link.minted_by == f"access-key:{KEY}"
    assert (link.scope, link.session_seconds) == (Scope.EXECUTE, 43_200)
    assert link.permission.action == "athena:CreatePresignedNotebookUrl"
    assert link.max_uses is None
    # The token stands for a session like any other, in lists and with its limits.
    (session,) = desk.sessions()
    assert session.link_id == link.id
    assert session.expires_at - session.created_at == timedelta(minutes=10)
    assert session.narrowing.kernel_id == one.kernel_id
    assert session.address == "192.0.2.7"


def test_the_policy_is_asked_by_all_names_of_a_session(desk):
    desk.here.open.append(one := notebook(1))
    desk.ask("CreatePresignedNotebookUrl", SessionId=one.id)
    ((action, resources, target),) = desk.judged
    assert action == "athena:CreatePresignedNotebookUrl"
    assert resources == (WORKGROUP, INSTANCE, SERVER, f"{SERVER}/session/{one.id}")
    # The names and the target that its sessions have, too.
    (link,) = desk.links()
    assert target == link.target
    assert resources == connecting.resources("my_lab", link, region=REGION)


@pytest.mark.parametrize("state", ["dead", "terminating"])
def test_nothing_is_minted_for_a_kernel_that_is_over(desk, state):
    desk.here.open.append(one := notebook(1, state=state))
    with pytest.raises(RefusedError, match=f"Session {one.id} is (FAILED|TERMINATING)"):
        desk.ask("CreatePresignedNotebookUrl", SessionId=one.id)
    assert not desk.links()


def test_a_link_for_which_no_token_can_be_lent_is_revoked(desk):
    desk.here.open.append(one := notebook(1))
    # The server's policy lets nobody in from there, which the key's says nothing of.
    desk.keep_out({"Effect": "Deny", "Action": "*", "Resource": "*"})
    with pytest.raises(NotAllowedError):
        desk.ask("CreatePresignedNotebookUrl", SessionId=one.id)
    assert [link.revoked_at is not None for link in desk.links()] == [True]
    assert not desk.sessions()


@pytest.mark.parametrize(
    "operation", ["GetSession", "GetSessionStatus", "CreatePresignedNotebookUrl"]
)
class TestEach:
    """What holds for each operation on one session."""

    # Nor is an id abbreviated, as it may be in references.
    @pytest.mark.parametrize("wanted", ["nowhere", "00000001", "*", "x@my_lab"])
    def test_what_is_not_there(self, desk, operation, wanted):
        desk.here.open.append(notebook(1))
        with pytest.raises(RefusedError, match="was not found") as caught:
            desk.ask(operation, SessionId=wanted)
        assert caught.value.kind == "ResourceNotFoundException"
        assert not desk.links()

    def test_who_may_not_is_not_told_whether_it_is_there(self, desk, operation):
        desk.here.open.append(one := notebook(1))
        desk.allow({"Effect": "Allow", "Action": "athena:List*", "Resource": "*"})
        for wanted in (one.id, "nowhere"):
            with pytest.raises(NotAllowedError):
                desk.ask(operation, SessionId=wanted)
        assert not desk.links()

    def test_a_policy_may_be_about_one_session(self, desk, operation):
        desk.here.open += [one := notebook(1), other := notebook(2)]
        resource = f"{SERVER}/session/{one.id}"
        desk.allow({"Effect": "Allow", "Action": "*", "Resource": resource})
        desk.ask(operation, SessionId=one.id)
        with pytest.raises(NotAllowedError):
            desk.ask(operation, SessionId=other.id)

    @pytest.mark.parametrize("name", [WORKGROUP, INSTANCE, SERVER])
    def test_a_deny_counts_by_each_name(self, desk, operation, name):
        desk.here.open.append(one := notebook(1))
        desk.allow(
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": name},
        )
        with pytest.raises(NotAllowedError):
            desk.ask(operation, SessionId=one.id)
        assert not desk.links()
