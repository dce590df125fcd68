from __future__ import annotations

import asyncio
import json
import logging
import ssl

import httpx
import pytest
from contracts.api import PresignApiContract
from support.servers import World, free_port, jupyter_server

from nb_presign import errors
from nb_presign.client import PresignClient, connect_to
from nb_presign.model import MintRequest, Target, TargetQuery
from nb_presign.providers.base import ServerAddress
from nb_presign.secret import Secret

TOKEN = "canary-token"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("client")
    root = home / "n"
    root.mkdir()
    (root / "a.ipynb").write_text('{"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5}')
    config = {
        "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
        "NbPresign": {"server_name": "b"},
    }
    with jupyter_server(World(home), root, config=config, base_url="/x/") as running:
        yield running


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def api(server):
    client = connect_to(ServerAddress("b", server.url, Secret(server.token)))
    yield client
    await client.aclose()


class TestPresignClient(PresignApiContract):
    """Over real sockets, against the service in a real server."""


def client(respond, url="https://b.example/x/", name="b"):
    """Make a client whose server is a function of the request."""
    address = ServerAddress(name, url, Secret(TOKEN))
    return PresignClient(address, transport=httpx.MockTransport(respond))


def answering(status, content=b"", **headers):
    return lambda _: httpx.Response(status, content=content, headers=headers)


def raising(error):
    def respond(_):
        raise error

    return respond


async def refusal(respond, call="server", *args):
    api = client(respond)
    with pytest.raises(errors.PresignError) as caught:
        await getattr(api, call)(*args)
    await api.aclose()
    assert TOKEN not in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.hint
    return caught.value


@pytest.mark.anyio
@pytest.mark.parametrize(
    "cls", [errors.LinkExpiredError, errors.OutOfRangeError, errors.StoreError]
)
async def test_an_error_there_is_the_same_error_here(cls):
    body = {"code": cls.code, "message": "No.", "hint": "Do.", "fields": {"low": 1, "new": [2]}}
    error = await refusal(answering(400, json.dumps(body).encode()))
    assert type(error) is cls
    assert (error.message, error.hint, error.fields) == ("No.", "Do.", {"low": 1, "new": [2]})


@pytest.mark.anyio
async def test_an_error_of_a_newer_server_is_still_one_of_ours():
    body = {"code": "from-the-future", "message": "No.", "hint": "Do.", "fields": {}}
    error = await refusal(answering(418, json.dumps(body).encode()))
    assert type(error) is errors.PresignError


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "content", "cls"),
    [
        (404, b"<html>canary</html>", errors.NotInstalledError),
        (404, b"{}", errors.NotInstalledError),
        (401, b"", errors.UnauthenticatedError),
        (403, b'{"message":"canary"}', errors.UnauthenticatedError),
        (302, b"", errors.UnauthenticatedError),
        (500, b"<html>canary</html>", errors.UpstreamError),
        (502, b"\xff\xfe", errors.UpstreamError),
        (200, b"<html>canary</html>", errors.UpstreamError),
        (200, b'{"name":1}', errors.UpstreamError),
        (200, b"", errors.UpstreamError),
    ],
)
async def test_what_is_not_ours_is_told_from_what_is(status, content, cls):
    assert type(await refusal(answering(status, content))) is cls


@pytest.mark.anyio
async def test_a_server_without_us_comes_with_the_mending_command():
    error = await refusal(answering(404, b"<html></html>"))
    assert "pip install nb_presign" in error.hint


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("error", "cls"),
    [
        (httpx.ConnectError("[Errno 111] canary"), errors.UnreachableError),
        (
            httpx.ConnectError("[Errno -2] Name or service not known canary"),
            errors.UnreachableError,
        ),
        (httpx.ConnectTimeout("canary"), errors.UnreachableError),
        (httpx.ReadTimeout("canary"), errors.UpstreamTimeoutError),
        (httpx.WriteTimeout("canary"), errors.UpstreamTimeoutError),
        (httpx.ReadError("canary"), errors.UnreachableError),
        (httpx.RemoteProtocolError("canary"), errors.UnreachableError),
        (ssl.SSLError("certificate verify failed canary"), errors.UnreachableError),
        (httpx.DecodingError("canary"), errors.UpstreamError),
    ],
)
async def test_what_goes_wrong_on_the_way_is_one_of_ours(error, cls):
    assert type(await refusal(raising(error))) is cls


@pytest.mark.anyio
async def test_a_certificate_that_is_not_trusted_is_named():
    error = await refusal(raising(httpx.ConnectError("certificate verify failed")))
    assert "certificate" in error.hint


@pytest.mark.anyio
async def test_nobody_at_that_port_is_unreachable():
    url = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(errors.UnreachableError) as caught:
        await connect_to(ServerAddress("gone", url, Secret(TOKEN))).server()
    assert "gone" in caught.value.message


@pytest.mark.anyio
async def test_a_wrong_token_is_said_to_be_wrong(server):
    api = connect_to(ServerAddress("b", server.url, Secret("wrong")))
    with pytest.raises(errors.UnauthenticatedError):
        await api.links()
    await api.aclose()


@pytest.mark.anyio
async def test_redirects_are_not_followed_and_the_token_goes_nowhere_else():
    seen = []

    def respond(request):
        seen.append(request)
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    await refusal(respond)
    (request,) = seen
    assert request.url == "https://b.example/x/nb-presign/api/server"
    assert request.headers["Authorization"] == f"token {TOKEN}"


@pytest.mark.anyio
async def test_ids_and_queries_are_escaped_and_cookies_not_kept():
    seen = []

    def respond(request):
        seen.append(request)
        return httpx.Response(200, content=b"[]", headers={"Set-Cookie": "login=canary"})

    api = client(respond)
    for _ in range(2):
        with pytest.raises(errors.UpstreamError):
            await api.link("../../api/shutdown?x#y")
    with pytest.raises(errors.UpstreamError):
        await api.targets(TargetQuery(provider="jupyter", cursor="a&b=c"))
    assert seen[0].url.raw_path.endswith(b"/links/..%2F..%2Fapi%2Fshutdown%3Fx%23y")
    assert dict(seen[2].url.params) == {"provider": "jupyter", "cursor": "a&b=c"}
    assert not any("Cookie" in request.headers for request in seen)
    await api.aclose()


@pytest.mark.anyio
async def test_an_address_with_a_query_shows_nothing_of_it():
    api = client(answering(500), url="https://ann:canary@b.example/x/?token=canary", name="")
    with pytest.raises(errors.UpstreamError) as caught:
        await api.server()
    assert "canary" not in str(caught.value)
    await api.aclose()


def test_one_client_serves_several_loops(server):
    api = connect_to(ServerAddress("b", server.url, Secret(server.token)))

    async def ask():
        info = await api.server()
        again = await api.server()
        await api.aclose()
        return info == again and info.name

    assert [asyncio.run(ask()) for _ in range(3)] == ["b", "b", "b"]


def test_a_closed_client_can_be_used_again(server):
    api = connect_to(ServerAddress("b", server.url, Secret(server.token)))

    async def ask():
        await api.server()
        await api.aclose()
        await api.aclose()
        info = await api.server()
        await api.aclose()
        return info.name

    assert asyncio.run(ask()) == "b"


@pytest.mark.anyio
async def test_a_proxy_of_the_environment_does_not_see_this_machines_traffic(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    api = connect_to(ServerAddress("b", server.url, Secret(server.token)))
    assert (await api.server()).name == "b"
    await api.aclose()


@pytest.mark.anyio
async def test_neither_token_nor_url_is_logged(server, caplog):
    caplog.set_level(logging.DEBUG)
    api = connect_to(ServerAddress("b", server.url, Secret(server.token)))
    link = await api.mint(MintRequest(target=Target("jupyter", ".")))
    await api.aclose()
    assert server.token not in caplog.text
    assert link.url.reveal().rpartition(".")[2] not in caplog.text
    assert server.token not in repr(api)
