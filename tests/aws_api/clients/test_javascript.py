"""The SDK for JavaScript v3 under Node: all calls in one process."""

from __future__ import annotations

import json

import pytest
from aws_api.clients.conftest import GPU, LAB
from aws_clients import JAVASCRIPT, javascript
from guest import Guest

from nb_presign.aws_api.operations.table import OPERATIONS


def call(operation, pages=False, **given):  # noqa: FBT002  # as it is written in JSON
    service = "athena" if operation in OPERATIONS["athena"] else "sagemaker"
    return {"service": service, "operation": operation, "input": given, "pages": pages}


@pytest.fixture(scope="module")
def ids(house, access):
    """Find the domain, its user and the notebook, which other calls name."""
    domains, users, books = javascript(
        access,
        house.home,
        [
            call("ListDomains"),
            call("ListUserProfiles"),
            call("ListNotebookMetadata", WorkGroup="my_lab"),
        ],
    )
    return {
        "domain": domains["output"]["Domains"][0]["DomainId"],
        "user": users["output"]["UserProfiles"][0]["UserProfileName"],
        "book": books["output"]["NotebookMetadataList"][0]["NotebookId"],
    }


@pytest.fixture(scope="module")
def results(house, access, ids):
    """Make each call there is, and some that are refused; by what they are called here."""
    session = {"SessionId": house.session_id}
    who = {"DomainId": ids["domain"], "UserProfileName": ids["user"]}
    calls = {
        "instances": call("ListNotebookInstances", pages=True, MaxResults=1),
        "spaces": call("ListSpaces", pages=True, MaxResults=2),
        "sessions": call("ListSessions", pages=True, WorkGroup="primary"),
        "describe": call("DescribeNotebookInstance", NotebookInstanceName=LAB),
        "instance": call("CreatePresignedNotebookInstanceUrl", NotebookInstanceName=LAB),
        "domain": call("CreatePresignedDomainUrl", **who),
        "notebook": call("CreatePresignedNotebookUrl", **session),
        "session": call("GetSession", **session),
        "status": call("GetSessionStatus", **session),
        "opened": call("ListNotebookSessions", NotebookId=ids["book"]),
        "start": call("StartNotebookInstance", NotebookInstanceName=LAB),
        "stop": call("StopNotebookInstance", NotebookInstanceName=LAB),
        "nowhere": call("GetSession", SessionId="nowhere"),
        "nobody": call("CreatePresignedDomainUrl", **{**who, "UserProfileName": "nobody"}),
        "invalid": call("DescribeNotebookInstance", NotebookInstanceName="-"),
    }
    found = javascript(access, house.home, list(calls.values()))
    return dict(zip(calls, found, strict=True))


def test_lists(house, results):
    pages = results["instances"]["output"]
    names = [[each["NotebookInstanceName"] for each in page["NotebookInstances"]] for page in pages]
    assert names == [["away"], [GPU], [LAB]]
    assert [len(page["Spaces"]) for page in results["spaces"]["output"]] == [2, 1]
    (page,) = results["sessions"]["output"]
    assert [each["SessionId"] for each in page["Sessions"]] == [house.session_id]


def test_what_is_told(house, results):
    assert results["describe"]["output"]["NotebookInstanceStatus"] == "InService"
    assert results["describe"]["requestId"]
    assert results["session"]["output"]["WorkGroup"] == "my_lab"
    assert results["status"]["output"]["SessionId"] == house.session_id
    (session,) = results["opened"]["output"]["NotebookSessionsList"]
    assert session["SessionId"] == house.session_id


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("instance", "AuthorizedUrl"),
        ("domain", "AuthorizedUrl"),
        ("notebook", "NotebookUrl"),
    ],
)
def test_each_url_opens(results, name, member):
    guest = Guest(results[name]["output"][member])
    assert guest.redeem().status_code == 200
    assert guest.get("api/contents/sub/training.ipynb").status_code == 200
    guest.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("start", "ValidationException"),
        ("stop", "ValidationException"),
        ("nowhere", "ResourceNotFoundException"),
        ("nobody", "ResourceNotFound"),
        ("invalid", "ValidationException"),
    ],
)
def test_refusals_have_their_names(results, name, kind):
    error = results[name]["error"]
    assert (error["name"], error["status"]) == (kind, 400)
    assert error["message"]
    assert error["requestId"]


def test_the_sdk_is_locked_by_hash_and_to_no_host():
    locked = json.loads((JAVASCRIPT / "package-lock.json").read_text())["packages"]
    said = json.loads((JAVASCRIPT / "package.json").read_text())
    assert locked.pop("")["dependencies"] == said["dependencies"]
    assert len(locked) > 10
    assert [name for name, facts in locked.items() if "resolved" in facts] == []
    assert [name for name, facts in locked.items() if not facts.get("integrity")] == []
