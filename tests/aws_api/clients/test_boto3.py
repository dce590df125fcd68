"""boto3: every operation, its paginators and waiters, its exceptions."""

from __future__ import annotations

import json
import time

import pytest
from aws_api.clients.conftest import GPU, LAB, REGION
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError
from guest import Guest

from nb_presign.aws_api.operations.table import OPERATIONS

INSTANCES = {"away": "Failed", GPU: "InService", LAB: "InService"}


@pytest.fixture(scope="module")
def sagemaker(access):
    client = access.boto3("sagemaker")
    yield client
    client.close()


@pytest.fixture(scope="module")
def athena(access):
    client = access.boto3("athena")
    yield client
    client.close()


@pytest.fixture
def who(sagemaker):
    """Find the ids of the domain and its user, as one does."""
    (domain,) = sagemaker.list_domains()["Domains"]
    (user,) = sagemaker.list_user_profiles(DomainIdEquals=domain["DomainId"])["UserProfiles"]
    return {"DomainId": domain["DomainId"], "UserProfileName": user["UserProfileName"]}


def opened(url, server):
    """Open a URL as a guest, and return what it leads to."""
    assert url.startswith(f"{server.url}nb-presign/redeem#nbp1.")
    guest = Guest(url)
    answer = guest.redeem()
    assert answer.status_code == 200, answer.text
    assert guest.get("api/status").status_code == 200
    guest.close()
    return answer.json()


def refusal(call, **given):
    with pytest.raises(ClientError) as caught:
        call(**given)
    return caught.value.response["Error"]


def test_instances(sagemaker):
    answer = sagemaker.list_notebook_instances()
    found = {
        each["NotebookInstanceName"]: each["NotebookInstanceStatus"]
        for each in answer["NotebookInstances"]
    }
    assert found == INSTANCES
    assert answer["ResponseMetadata"]["RequestId"]
    told = sagemaker.describe_notebook_instance(NotebookInstanceName="away")
    assert told["FailureReason"].startswith("It does not answer.")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"NameContains": "gpu"}, [GPU]),
        ({"StatusEquals": "InService", "SortOrder": "Descending"}, [LAB, GPU]),
        ({"SortBy": "Status", "SortOrder": "Ascending"}, ["away", GPU, LAB]),
    ],
)
def test_filters(sagemaker, filters, names):
    answer = sagemaker.list_notebook_instances(**filters)
    assert [each["NotebookInstanceName"] for each in answer["NotebookInstances"]] == names


def test_a_url_to_this_server_opens_it(house, access, sagemaker):
    answer = sagemaker.create_presigned_notebook_instance_url(
        NotebookInstanceName=LAB, SessionExpirationDurationInSeconds=1800
    )
    assert opened(answer["AuthorizedUrl"], house.lab)["scope"] == "execute"
    link = house.links(access)[0]
    assert (link["target"], link["session_seconds"]) == ("jupyter:my_lab", 1800)
    # It leads to where Describe says the instance is.
    url = sagemaker.describe_notebook_instance(NotebookInstanceName=LAB)["Url"]
    assert answer["AuthorizedUrl"].startswith(f"http://{url}/")


def test_a_url_to_another_server_opens_that(house, sagemaker):
    answer = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName=GPU)
    opened(answer["AuthorizedUrl"], house.gpu)


def test_a_url_of_a_domain_opens_a_page(house, sagemaker, who):
    answer = sagemaker.create_presigned_domain_url(
        **who, LandingUri="app:JupyterLab:sub/training.ipynb", ExpiresInSeconds=60
    )
    found = opened(answer["AuthorizedUrl"], house.lab)
    assert found["location"] == "/user/ann/lab/tree/sub/training.ipynb"
    answer = sagemaker.create_presigned_domain_url(**who, SpaceName=GPU)
    opened(answer["AuthorizedUrl"], house.gpu)


def test_a_url_of_a_session_opens_the_notebook(house, athena):
    answer = athena.create_presigned_notebook_url(SessionId=house.session_id)
    found = opened(answer["NotebookUrl"], house.lab)
    assert found["location"] == "/user/ann/lab/tree/sub/training.ipynb"
    assert 590 < answer["AuthTokenExpirationTime"] - time.time() <= 600


def test_sessions(house, athena):
    (listed,) = athena.list_sessions(WorkGroup="my_lab")["Sessions"]
    got = athena.get_session(SessionId=listed["SessionId"])
    status = athena.get_session_status(SessionId=house.session_id)
    assert listed["SessionId"] == got["SessionId"] == status["SessionId"] == house.session_id
    assert {listed["Status"]["State"], got["Status"]["State"], status["Status"]["State"]} <= {
        "IDLE",
        "BUSY",
        "CREATING",
    }
    assert got["EngineVersion"] == "python3"
    (book,) = athena.list_notebook_metadata(WorkGroup="primary", Filters={"Name": "train"})[
        "NotebookMetadataList"
    ]
    assert book["Name"] == "training"
    assert got["EngineConfiguration"]["AdditionalConfigs"]["NotebookId"] == book["NotebookId"]
    sessions = athena.list_notebook_sessions(NotebookId=book["NotebookId"])
    assert [each["SessionId"] for each in sessions["NotebookSessionsList"]] == [house.session_id]


@pytest.mark.parametrize("name", [name for name in OPERATIONS["sagemaker"] if "List" in name])
def test_paginators(sagemaker, name):
    operation = xform_name(name)
    assert sagemaker.can_paginate(operation)
    whole = getattr(sagemaker, operation)(MaxResults=100)
    (members,) = [each for each, value in whole.items() if isinstance(value, list)]
    pages = list(sagemaker.get_paginator(operation).paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page[members]) for page in pages] == [1] * len(whole[members])
    assert [each for page in pages for each in page[members]] == whole[members]


@pytest.mark.parametrize(
    ("waiter", "name"),
    [("notebook_instance_in_service", LAB), ("notebook_instance_deleted", "nowhere")],
)
def test_waiters(sagemaker, waiter, name):
    wait = sagemaker.get_waiter(waiter).wait
    wait(NotebookInstanceName=name, WaiterConfig={"MaxAttempts": 1})


@pytest.mark.parametrize("waiter", ["notebook_instance_in_service", "notebook_instance_stopped"])
def test_waiters_see_failures(sagemaker, waiter):
    # What does not answer is not said to be stopped: who waits for that would take it for done.
    with pytest.raises(WaiterError, match="terminal failure"):
        sagemaker.get_waiter(waiter).wait(NotebookInstanceName="away")


def test_what_a_server_cannot_do(sagemaker):
    told = refusal(sagemaker.start_notebook_instance, NotebookInstanceName=LAB)
    assert told["Code"] == "ValidationException"
    assert told["Message"].startswith("Status (InService) not in ([Stopped, Failed]).")
    told = refusal(sagemaker.stop_notebook_instance, NotebookInstanceName=LAB)
    assert "is stopped where it runs" in told["Message"]
    told = refusal(sagemaker.create_presigned_notebook_instance_url, NotebookInstanceName="away")
    assert told["Message"].startswith("Notebook Instance away is Failed. It does not answer.")


def test_what_is_not_there_is_an_exception_of_its_own(sagemaker, athena, who):
    told = refusal(sagemaker.describe_notebook_instance, NotebookInstanceName="nowhere")
    assert (told["Code"], told["Message"]) == ("ValidationException", "RecordNotFound")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.create_presigned_domain_url(**{**who, "UserProfileName": "nobody"})
    with pytest.raises(athena.exceptions.ResourceNotFoundException):
        athena.get_session(SessionId="nowhere")
    with pytest.raises(athena.exceptions.InvalidRequestException):
        athena.list_sessions(WorkGroup="nowhere")


PRESIGN = "sagemaker:CreatePresignedNotebookInstanceUrl"
NAMED = "arn:aws:sagemaker:{}:000000000000:notebook-instance/" + GPU


def only(*resources):
    statement = {"Effect": "Allow", "Action": PRESIGN, "Resource": list(resources)}
    return json.dumps({"Statement": statement})


def test_a_key_does_what_its_policy_allows(house):
    # Each server goes by its own region: that which is asked, and that which opens the link.
    allowed = house.access(only(NAMED.format(REGION), NAMED.format("us-east-1")))
    client = allowed.boto3("sagemaker")
    told = refusal(client.create_presigned_notebook_instance_url, NotebookInstanceName=LAB)
    assert told["Code"] == "AccessDeniedException"
    assert not house.links(allowed)
    answer = client.create_presigned_notebook_instance_url(NotebookInstanceName=GPU)
    opened(answer["AuthorizedUrl"], house.gpu)
    assert refusal(client.list_notebook_instances)["Code"] == "AccessDeniedException"
    client.close()


@pytest.mark.parametrize(
    ("region", "said"),
    [
        # Here it is allowed; where it would be opened, never.
        (REGION, f"{PRESIGN} or nb-presign:Connect on {NAMED.format('us-east-1')} or "),
        ("us-east-1", f"{PRESIGN} on resource: {NAMED.format(REGION)}"),
    ],
)
def test_nothing_is_minted_that_the_other_servers_names_keep_shut(house, region, said):
    access = house.access(only(NAMED.format(region)))
    client = access.boto3("sagemaker")
    told = refusal(client.create_presigned_notebook_instance_url, NotebookInstanceName=GPU)
    client.close()
    assert told["Code"] == "AccessDeniedException"
    assert said in told["Message"]
    assert not house.links(access)


ARN = "arn:aws:{}:eu-north-1:000000000000:{}"
SERVER = "arn:nb-presign:jupyter:::server/my_lab"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:CreatePresignedNotebookInstanceUrl", SERVER),
        ("sagemaker:CreatePresignedDomainUrl", SERVER),
        (
            "sagemaker:CreatePresignedDomainUrl",
            ARN.format("sagemaker", f"notebook-instance/{LAB}"),
        ),
        ("athena:CreatePresignedNotebookUrl", ARN.format("athena", "workgroup/my_lab")),
        ("athena:CreatePresignedNotebookUrl", f"{SERVER}/session/*"),
    ],
)
def test_what_a_policy_allows_to_mint_it_allows_to_open(house, who, action, resource):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    access = house.access(json.dumps({"Statement": statement}))
    service, _, name = action.partition(":")
    given = {
        "CreatePresignedNotebookInstanceUrl": {"NotebookInstanceName": LAB},
        "CreatePresignedDomainUrl": who,
        "CreatePresignedNotebookUrl": {"SessionId": house.session_id},
    }[name]
    client = access.boto3(service)
    answer = getattr(client, xform_name(name))(**given)
    client.close()
    opened(answer.get("NotebookUrl") or answer["AuthorizedUrl"], house.lab)
