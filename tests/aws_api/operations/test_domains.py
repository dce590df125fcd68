"""Studio's domain: this server's user, and their servers as spaces."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aws_api.operations.conftest import MINE, server

from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import BadReferenceError, NotAllowedError, OutOfRangeError
from nb_presign.model import TargetState

DOMAIN = "d-0123456789abcdef"
WHO = {"DomainId": DOMAIN, "UserProfileName": "jovyan"}


def test_the_ids_are_found_as_on_aws(desk):
    desk.others += [
        server("gpu"),
        server("old", TargetState.DOWN),
        server("off", TargetState.STOPPED),
    ]
    (domain,) = desk.ask("ListDomains")["Domains"]
    assert domain == {
        "DomainArn": f"arn:aws:sagemaker:eu-north-1:000000000000:domain/{DOMAIN}",
        "DomainId": DOMAIN,
        "DomainName": MINE,
        "Status": "InService",
        "Url": "http://127.0.0.1:8888/base/",
    }
    (user,) = desk.ask("ListUserProfiles", DomainIdEquals=DOMAIN)["UserProfiles"]
    assert user == {"DomainId": DOMAIN, "UserProfileName": "jovyan", "Status": "InService"}
    spaces = desk.ask("ListSpaces", DomainIdEquals=DOMAIN)["Spaces"]
    assert [(space["SpaceName"], space["Status"]) for space in spaces] == [
        ("gpu", "InService"),
        (MINE, "InService"),
        ("off", "InService"),
        ("old", "Failed"),
    ]
    assert {space["OwnershipSettingsSummary"]["OwnerUserProfileName"] for space in spaces} == {
        "jovyan"
    }


@pytest.mark.parametrize(
    ("operation", "given", "members"),
    [
        ("ListUserProfiles", {"DomainIdEquals": "d-other"}, "UserProfiles"),
        ("ListUserProfiles", {"UserProfileNameContains": "x"}, "UserProfiles"),
        ("ListSpaces", {"DomainIdEquals": "d-other"}, "Spaces"),
        ("ListSpaces", {"SpaceNameContains": "x"}, "Spaces"),
    ],
)
def test_filters(desk, operation, given, members):
    assert desk.ask(operation, **given) == {members: []}


def test_spaces_come_in_pages(desk):
    desk.others += [server("gpu"), server("old")]
    first = desk.ask("ListSpaces", MaxResults=2, SortOrder="Descending")
    assert [space["SpaceName"] for space in first["Spaces"]] == ["old", MINE]
    second = desk.ask("ListSpaces", NextToken=first["NextToken"], SortOrder="Descending")
    assert [space["SpaceName"] for space in second["Spaces"]] == ["gpu"]
    assert "NextToken" not in second


@pytest.mark.parametrize("space", [{}, {"SpaceName": MINE}])
def test_a_link_opens_this_server(desk, space):
    answer = desk.ask(
        "CreatePresignedDomainUrl",
        **WHO,
        **space,
        ExpiresInSeconds=20,
        SessionExpirationDurationInSeconds=3600,
    )
    assert answer["AuthorizedUrl"].startswith("http://127.0.0.1:8888/base/nb-presign/redeem#")
    (link,) = desk.links()
    assert link.target.id == "my_lab"
    assert link.expires_at - link.created_at == timedelta(seconds=20)
    assert link.session_seconds == 3600
    assert link.permission.action == "sagemaker:CreatePresignedDomainUrl"
    # By these names its session is judged, too.
    assert desk.judged[-1][1] == (
        "arn:aws:sagemaker:eu-north-1:000000000000:notebook-instance/" + MINE,
        "arn:nb-presign:jupyter:::server/my_lab",
    )


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("app:JupyterLab:lab/tree/a.ipynb", "lab/tree/a.ipynb"),
        ("app:JupyterLab:/a.ipynb", "lab/tree/a.ipynb"),
        ("app:JupyterServer:lab/tree/sub/b%20c.ipynb", "lab/tree/sub/b c.ipynb"),
        ("app:JupyterLab:lab", "lab"),
        ("app:JupyterLab:", ""),
        ("app:JupyterServer:/", ""),
        ("studio::", ""),
        ("studio::/", ""),
    ],
)
def test_landing_pages(desk, uri, path):
    desk.ask("CreatePresignedDomainUrl", **WHO, LandingUri=uri)
    assert desk.links()[0].target.path == path


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("studio::jobs", RefusedError),
        ("app:CodeEditor:x", RefusedError),
        ("app:RStudioServerPro:x", RefusedError),
        ("https://evil.example/", RefusedError),
        ("app:JupyterLab:lab?reset", RefusedError),
        ("app:JupyterLab:lab#x", RefusedError),
        ("app:JupyterLab:lab/tree/..%2fb", BadReferenceError),
        ("app:JupyterLab:lab/../logout", BadReferenceError),
        ("app:JupyterLab:logout", BadReferenceError),
        ("app:JupyterLab:nb-presign/redeem", BadReferenceError),
    ],
)
def test_pages_that_are_not_here(desk, uri, error):
    with pytest.raises(error):
        desk.ask("CreatePresignedDomainUrl", **WHO, LandingUri=uri)
    assert not desk.links()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"DomainId": "d-other"}, r"Domain \[d-other\] not found"),
        ({"UserProfileName": "root"}, r"UserProfile \[root\] not found"),
        ({"SpaceName": "nowhere"}, r"Space \[nowhere\] not found"),
    ],
)
def test_what_is_not_there(desk, given, message):
    with pytest.raises(RefusedError, match=message) as caught:
        desk.ask("CreatePresignedDomainUrl", **{**WHO, **given})
    assert caught.value.kind == "ResourceNotFound"
    assert not desk.links()


def test_what_cannot_be_opened_now(desk):
    desk.others += [server("old", TargetState.DOWN, mend="Start it."), server(MINE)]
    with pytest.raises(RefusedError, match=r"Space \[old\] cannot be opened. It does not answer."):
        desk.ask("CreatePresignedDomainUrl", **WHO, SpaceName="old")
    several = f"Several Jupyter servers are called {MINE}: my_lab, {MINE}"
    with pytest.raises(RefusedError, match=several):
        desk.ask("CreatePresignedDomainUrl", **WHO, SpaceName=MINE)
    assert not desk.links()
    # In a list each is there.
    names = [each["SpaceName"] for each in desk.ask("ListSpaces")["Spaces"]]
    assert names == [MINE, MINE, "old"]


def test_a_policy_on_another_servers_name_does_not_open_this_one(desk):
    resource = "arn:aws:sagemaker:eu-north-1:000000000000:notebook-instance/my-lab"
    desk.allow({"Effect": "Allow", "Action": "*", "Resource": resource})
    desk.others.append(server("my-lab"))
    with pytest.raises(NotAllowedError):
        desk.ask("CreatePresignedDomainUrl", **WHO)
    assert not desk.links()


def test_fewer_seconds_than_a_link_can_have_are_refused(desk):
    with pytest.raises(OutOfRangeError):
        desk.ask("CreatePresignedDomainUrl", **WHO, ExpiresInSeconds=5)


@pytest.mark.parametrize("given", [{}, {"DomainId": "d-other"}, {"SpaceName": "nowhere"}])
def test_who_may_not_is_not_told_what_is_there(desk, given):
    desk.allow({"Effect": "Allow", "Action": "sagemaker:List*", "Resource": "*"})
    with pytest.raises(NotAllowedError):
        desk.ask("CreatePresignedDomainUrl", **{**WHO, **given})
    assert not desk.links()


@pytest.mark.parametrize("operation", ["ListDomains", "ListUserProfiles", "ListSpaces"])
def test_lists_are_about_everything(desk, operation):
    desk.allow({"Effect": "Deny", "Action": f"sagemaker:{operation}", "Resource": "*"})
    with pytest.raises(NotAllowedError):
        desk.ask(operation)
    assert desk.judged == [(f"sagemaker:{operation}", ("*",), None)]
