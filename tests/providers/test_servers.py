from __future__ import annotations

import asyncio
import os

import pytest

from nb_presign.errors import (
    AmbiguousTargetError,
    NotInstalledError,
    SelfHostingOffError,
    TargetNotFoundError,
    UnauthenticatedError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
)
from nb_presign.model import ServerInfo, TargetState
from nb_presign.providers.self_hosted import directory_of
from nb_presign.providers.servers import KEPT_FOR, ServerDirectory
from nb_presign.settings import RemoteServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def directory(process_alone):
    return directory_of(process_alone())


@pytest.mark.usefixtures("b")
async def test_a_running_server_is_called_what_it_calls_itself(directory):
    address = await directory.find("b")
    assert (address.name, address.url) == ("b", "http://localhost:8882/")
    assert address.token.reveal() == "token-8882"
    assert address.detail == "/home/alice/work-8882"


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize("name", ["b", "8882", "localhost:8882", "srv_b8882"])
async def test_a_server_is_found_by_name_port_address_and_id(directory, name):
    assert (await directory.find(name)).name == "b"
    assert await directory.knows(name)


@pytest.mark.usefixtures("b")
async def test_nothing_else_is_known(directory):
    assert not await directory.knows("c")
    assert not await directory.knows("")


@pytest.mark.usefixtures("b")
async def test_our_own_runtime_file_is_not_another_server(a):
    assert [server.name for server in await directory_of(a.context).all()] == ["b"]


@pytest.mark.usefixtures("a", "b")
async def test_a_process_that_is_no_server_sees_all(directory):
    assert [server.name for server in await directory.all()] == ["a", "b"]


@pytest.mark.usefixtures("b")
async def test_a_server_that_does_not_answer_is_down(directory, network):
    del network.apis["http://localhost:8882/"]
    (server,) = [s for s in await directory.all() if "8882" in s.address.aliases]
    assert (server.name, server.state) == ("work-8882", TargetState.DOWN)
    with pytest.raises(UnreachableError, match="work-8882") as caught:
        await directory.find("8882")
    assert "http://localhost:8882/" in caught.value.hint


@pytest.mark.usefixtures("b")
async def test_a_server_that_is_slow_is_down_too(process_alone, network):
    class Hung:
        async def server(self):
            await asyncio.Event().wait()

    network.apis["http://localhost:8882/"] = Hung()
    context = process_alone()
    directory = ServerDirectory(
        context.settings, context.clock, context.offload, network.connect, patience=0.01
    )
    with pytest.raises(UnreachableError):
        await directory.find("8882")
    assert network.opened == network.closed


@pytest.mark.usefixtures("b")
async def test_a_server_without_nb_presign_is_named_after_its_directory(directory, network):
    network.apis["http://localhost:8882/"] = NotInstalledError("Not found.")
    (server,) = [s for s in await directory.all() if "8882" in s.address.aliases]
    assert (server.name, server.state) == ("work-8882", TargetState.NOT_INSTALLED)
    with pytest.raises(NotInstalledError) as caught:
        await directory.find("work-8882")
    assert "pip install nb_presign" in caught.value.hint


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize(
    ("error", "raised", "state"),
    [
        (UnauthenticatedError("No."), UpstreamError, TargetState.UNKNOWN),
        (UpstreamError("Garbage."), UpstreamError, TargetState.UNKNOWN),
        (UpstreamTimeoutError("Slow."), UnreachableError, TargetState.DOWN),
    ],
)
async def test_other_failures_are_told_as_the_servers_not_ours(
    directory, network, error, raised, state
):
    network.apis["http://localhost:8882/"] = error
    with pytest.raises(raised, match="work-8882") as caught:
        await directory.find("8882")
    assert type(caught.value) is raised
    (server,) = [s for s in await directory.all() if "8882" in s.address.aliases]
    assert (server.state, bool(server.reason)) == (state, True)


@pytest.mark.usefixtures("b")
async def test_a_server_that_serves_no_links_says_so(directory, network):
    class Off:
        async def server(self):
            return ServerInfo(name="b", id="srv_b", version="1", self_hosted=False)

    network.apis["http://localhost:8882/"] = Off()
    with pytest.raises(SelfHostingOffError):
        await directory.find("b")


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize(("here", "hint"), [("hub:alice/-", "hub:alice/-"), ("", "its log")])
async def test_a_server_that_has_no_name_for_links_says_who_has(directory, network, here, hint):
    class Off:
        async def server(self):
            return ServerInfo(name="", id="", version="1", self_hosted=False, here=here)

    network.apis["http://localhost:8882/"] = Off()
    with pytest.raises(SelfHostingOffError) as caught:
        await directory.find("8882")
    assert hint in caught.value.hint
    (server,) = [s for s in await directory.all() if "8882" in s.address.aliases]
    assert server.instead == here


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize("name", ["", "x/y", "x@y", ".", "a\nb"])
async def test_a_name_that_no_reference_can_hold_is_not_taken_over(directory, network, name):
    class Odd:
        async def server(self):
            return ServerInfo(name=name, id="srv_b", version="1", self_hosted=True)

    network.apis["http://localhost:8882/"] = Odd()
    (server,) = [s for s in await directory.all() if "8882" in s.address.aliases]
    assert (server.name, server.state) == ("work-8882", TargetState.UNKNOWN)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"sock": "/run/j.sock", "url": "http+unix://x/"}, "socket"),
        ({"password": True, "token": ""}, "password"),
    ],
)
async def test_a_server_that_cannot_be_asked_is_listed_with_the_reason(
    directory, write_runtime_file, network, facts, word
):
    write_runtime_file(pid=os.getpid(), port=8883, **facts)
    (server,) = await directory.all()
    assert server.state is TargetState.UNKNOWN
    assert word in server.reason
    assert server.mend
    assert network.calls == []


async def test_no_name_is_guessed_but_near_ones_are_told(directory, machine, write_runtime_file):
    machine("gpu-box", 8881)
    write_runtime_file(pid=os.getpid(), port=8881)
    with pytest.raises(TargetNotFoundError, match="gpu-bix") as caught:
        await directory.find("gpu-bix")
    assert "gpu-box" in caught.value.hint


async def test_two_of_one_name_are_told_apart_by_port(
    directory, machine, write_runtime_file, living
):
    for port in (8888, 8889):
        machine("root", port)
        write_runtime_file(pid=living(), port=port)
    with pytest.raises(AmbiguousTargetError) as caught:
        await directory.find("root")
    assert "jupyter:8888" in caught.value.message
    assert "jupyter:8889" in caught.value.message
    assert (await directory.find("8889")).url == "http://localhost:8889/"
    assert [server.name for server in await directory.all()] == ["8888", "8889"]


async def test_a_server_with_our_own_name_is_called_by_its_port(
    a, machine, write_runtime_file, living
):
    machine("a", 8882)
    write_runtime_file(pid=living(), port=8882)
    assert [server.name for server in await directory_of(a.context).all()] == ["8882"]


@pytest.mark.usefixtures("b")
async def test_answers_are_kept_for_a_moment(directory, network, clock):
    await directory.all()
    await directory.find("b")
    asked = network.opened
    clock.tick(KEPT_FOR - 0.1)
    await directory.all()
    assert network.opened == asked
    clock.tick(0.2)
    await directory.all()
    assert network.opened == 2 * asked


@pytest.mark.usefixtures("b")
async def test_every_connection_is_closed(directory, network):
    network.apis["http://localhost:8881/"] = UnreachableError("No.")
    await directory.all()
    assert (network.opened, network.closed) == (2, 2)


async def test_a_configured_server_keeps_its_name_here(
    process_alone, machine, network, token_in_environment
):
    machine("its-own-name", 9000)
    remote = RemoteServer("gpu", "http://localhost:9000/", token_env=token_in_environment)
    directory = directory_of(process_alone(servers=(remote,)))
    for name in ("gpu", "its-own-name", "9000", "localhost:9000"):
        assert (await directory.find(name)).name == "gpu"
    assert set(network.tokens) == {"configured-token"}


async def test_a_token_file_is_read_when_it_is_needed(
    process_alone, machine, network, tmp_path, clock
):
    machine("x", 9000)
    file = tmp_path / "token"
    file.write_text("first\n")
    remote = RemoteServer("gpu", "http://localhost:9000/", token_file=str(file))
    directory = directory_of(process_alone(servers=(remote,)))
    await directory.all()
    file.write_text("second\n")
    clock.tick(KEPT_FOR)
    await directory.all()
    assert network.tokens == ["first", "second"]


@pytest.mark.parametrize(
    "where", [{}, {"token_env": "NO_SUCH_VARIABLE"}, {"token_file": "/no/such/file"}]
)
async def test_a_missing_token_is_told_and_nothing_is_asked(process_alone, network, where):
    remote = RemoteServer("gpu", "http://localhost:9000/", **where)
    directory = directory_of(process_alone(servers=(remote,)))
    with pytest.raises(UpstreamError, match="token") as caught:
        await directory.find("gpu")
    assert "c.NbPresign.servers['gpu']" in caught.value.hint
    assert network.calls == []


async def test_a_server_that_is_configured_and_runs_here_is_one(
    process_alone, b, network, token_in_environment
):
    remote = RemoteServer("mine", "http://127.0.0.1:8882/", token_env=token_in_environment)
    network.apis["http://127.0.0.1:8882/"] = b.service
    directory = directory_of(process_alone(servers=(remote,)))
    listed = [server.name for server in await directory.all() if server.id == b.server.id]
    assert listed == ["mine"]


@pytest.mark.usefixtures("b")
async def test_a_server_is_found_by_the_id_that_links_are_for(directory):
    found = await directory.by_id("srv_b8882")
    assert found is not None
    assert found.name == "b"
    assert await directory.by_id("") is None
    assert await directory.by_id("srv_other") is None


async def test_a_name_is_not_taken_away_by_the_port_of_another(
    directory, machine, write_runtime_file, living
):
    for name, port in (("8889", 8888), ("x", 8889)):
        machine(name, port)
        write_runtime_file(pid=living(), port=port)
    assert (await directory.find("8889")).url == "http://localhost:8888/"


@pytest.mark.usefixtures("b")
async def test_who_gives_up_waiting_takes_the_answer_from_nobody(directory):
    impatient = asyncio.ensure_future(directory.all())
    patient = asyncio.ensure_future(directory.all())
    await asyncio.sleep(0)
    impatient.cancel()
    assert "b" in [server.name for server in await patient]
    with pytest.raises(asyncio.CancelledError):
        await impatient


@pytest.mark.usefixtures("b")
async def test_a_server_that_serves_no_links_redeems_none(directory, network):
    class Off:
        async def server(self):
            return ServerInfo(name="b", id="srv_b8882", version="1", self_hosted=False)

    network.apis["http://localhost:8882/"] = Off()
    assert await directory.by_id("srv_b8882") is None
