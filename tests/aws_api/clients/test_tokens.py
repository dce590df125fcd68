"""Athena's AuthToken: what a program does with it, over REST and a kernel's socket."""

from __future__ import annotations

import asyncio

import pytest
from kernel_socket import KernelSocket
from tornado.httpclient import HTTPClientError

from nb_presign.model import Scope


@pytest.fixture(scope="module")
def token(house, access):
    return lent(house, access)


def lent(house, access):
    client = access.boto3("athena")
    answer = client.create_presigned_notebook_url(SessionId=house.session_id)
    client.close()
    return answer["AuthToken"]


def asked(house, token, path, scheme="Bearer"):
    with house.lab.stranger(headers={"Authorization": f"{scheme} {token}"}) as program:
        return program.get(path)


async def hung_up(socket):
    """Close to the end: the event loop is over after it."""
    socket.close()
    assert await socket.closed(5)


def run(house, token, code, kernel_id=""):
    async def ran():
        headers = {"Authorization": f"Bearer {token}"}
        kernel = kernel_id or house.kernel_id
        socket = await KernelSocket.open(house.lab.url, kernel, headers)
        outcome = await socket.run(code)
        await hung_up(socket)
        return outcome

    return asyncio.run(ran())


@pytest.mark.parametrize("scheme", ["Bearer", "token"])
def test_it_reads_the_notebook(house, token, scheme):
    answer = asked(house, token, "api/contents/sub/training.ipynb", scheme)
    assert answer.status_code == 200
    assert len(answer.json()["content"]["cells"]) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [("api/contents/diary.txt", 403), ("nb-presign/api/links", 401), ("api/kernels/none", 403)],
)
def test_it_reads_nothing_else(house, token, path, status):
    """Refused by the gate; 404 would be its being let through."""
    assert asked(house, token, path).status_code == status


def test_it_runs_code_in_the_notebooks_kernel(house, token):
    outcome = run(house, token, "print(6 * 7)")
    assert (outcome.status, outcome.text.strip()) == ("ok", "42")


def test_it_runs_nothing_where_the_key_only_reads(house):
    reader = lent(house, house.access(scope=Scope.READ))
    assert asked(house, reader, "api/contents/sub/training.ipynb").status_code == 200
    # Read-only sockets are not opened, or take no input.
    try:
        outcome = asyncio.run(_answered(house, reader))
    except HTTPClientError:
        outcome = False
    assert not outcome
    assert run(house, lent(house, house.access()), "'touched' in globals()").text.strip() == "False"


async def _answered(house, token):
    headers = {"Authorization": f"Bearer {token}"}
    socket = await KernelSocket.open(house.lab.url, house.kernel_id, headers)
    answered = await socket.answered(await socket.send("touched = True"), 0.5)
    await hung_up(socket)
    return answered


def test_it_is_a_session_that_ends_when_its_owner_says_so(house):
    access = house.access()
    token = lent(house, access)
    assert asked(house, token, "api/contents/sub/training.ipynb").status_code == 200
    (link,) = house.links(access)
    with house.lab.owner() as owner:
        sessions = owner.get("nb-presign/api/sessions").json()
        (session,) = [each for each in sessions if each["link_id"] == link["id"]]
        assert owner.delete(f"nb-presign/api/sessions/{session['id']}").is_success
    assert asked(house, token, "api/contents/sub/training.ipynb").status_code in {401, 403}
