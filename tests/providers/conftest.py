"""Jupyter servers in memory: real services, stores and providers; the network is a dictionary."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.folders import items

from nb_presign.api import PresignApi
from nb_presign.errors import UnreachableError
from nb_presign.model import Actor, Link, ServerInfo
from nb_presign.offload import Offload
from nb_presign.providers.base import LocalItem, NotebookSession, ServerAddress
from nb_presign.providers.context import ProviderContext
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.secret import Secret
from nb_presign.service import PresignService
from nb_presign.settings import RemoteServer, Settings
from nb_presign.store.sql import SqlStore

pytest.register_assert_rewrite("contracts.provider")


@dataclass
class FakeServer:
    """Implements `LocalServer`."""

    name: str
    id: str
    url: str
    files: set[str] = field(default_factory=set)
    open: list[NotebookSession] = field(default_factory=list)
    #: What is in each folder.
    folders: dict[str, tuple[LocalItem, ...]] = field(default_factory=dict)

    async def sessions(self) -> tuple[NotebookSession, ...]:
        return tuple(self.open)

    async def exists(self, path: str) -> bool:
        return path in self.files

    async def folder(self, path: str) -> tuple[LocalItem, ...] | None:
        return self.folders.get(path)

    def page_of(self, path: str) -> str:
        return f"lab/tree/{path}"


class FakeSigner:
    """Implements `LinkSigner`; its tokens can be read."""

    ready = True

    def sign(self, link: Link) -> Secret:
        prefix = "nbo1" if link.interactive else "nbp1"
        return Secret(f"{prefix}.{link.id}.{link.audience}")


class Call:
    """A connection: passes calls on, or raises what the network has for the address."""

    def __init__(self, network: Network, address: ServerAddress) -> None:
        self.network, self.address = network, address
        network.opened += 1

    def __getattr__(self, name: str) -> Any:
        found = self.network.apis.get(self.address.url, UnreachableError("No answer."))

        async def refuse(*_: object) -> None:
            raise found

        self.network.tokens.append(self.address.token.reveal())
        self.network.calls.append((self.address.url, name))
        return refuse if isinstance(found, Exception) else getattr(found, name)

    async def aclose(self) -> None:
        self.network.closed += 1


@dataclass
class Network:
    """Connects addresses with services."""

    apis: dict[str, PresignApi | Exception] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    opened: int = 0
    closed: int = 0

    def connect(self, address: ServerAddress) -> Call:
        return Call(self, address)


@dataclass
class Machine:
    """One Jupyter server and its nb_presign."""

    server: FakeServer
    service: PresignService
    context: ProviderContext

    @property
    def providers(self) -> ProviderRegistry:
        return self.service.registry


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def offload() -> Iterator[Offload]:
    offload = Offload()
    yield offload
    offload.close()


@pytest.fixture(autouse=True)
def runtime_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test's process a Jupyter runtime directory of its own."""
    directory = tmp_path / "runtime"
    directory.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(directory))
    return directory


@pytest.fixture
def living() -> Iterator[Callable[[], int]]:
    """Start processes that do nothing until the test ends; gives their ids."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> int:
        command = [sys.executable, "-S", "-c", "input()"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL))
        return started[-1].pid

    yield start
    for process in started:
        process.communicate(b"\n")


@pytest.fixture
def write_runtime_file(runtime_dir: Path) -> Callable[..., Path]:
    """Write what jupyter_server writes when it starts."""

    def write(*, pid: int, port: int, mode: int = 0o600, **facts: Any) -> Path:
        file = runtime_dir / f"jpserver-{pid}.json"
        content = {
            "url": f"http://localhost:{port}/",
            "hostname": "localhost",
            "port": port,
            "sock": "",
            "secure": False,
            "base_url": "/",
            "token": f"token-{port}",
            "root_dir": f"/home/alice/work-{port}",
            "password": False,
            "pid": pid,
            "version": "2.21.0",
            **facts,
        }
        file.write_text(json.dumps(content))
        file.chmod(mode)
        return file

    return write


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[..., Settings]:
    def make(name: str = "x", **changes: Any) -> Settings:
        facts = {"store_url": f"sqlite:///{tmp_path / name}.sqlite", "data_dir": tmp_path / name}
        return Settings(**{**facts, **changes})

    return make


@pytest.fixture
def machine(
    network: Network,
    clock: FakeClock,
    offload: Offload,
    settings_of: Callable[..., Settings],
) -> Iterator[Callable[..., Machine]]:
    """Make a server that others reach at `http://localhost:<port>/`."""
    stores = []

    def make(
        name: str,
        port: int,
        *,
        servers: tuple[RemoteServer, ...] = (),
        server_id: str = "",
        store: str = "",
        **changes: Any,
    ) -> Machine:
        server = FakeServer(name, server_id or f"srv_{name}{port}", f"http://localhost:{port}/")
        settings = settings_of(store or f"{name}-{port}", servers=servers, **changes)
        context = ProviderContext(
            settings=settings,
            clock=clock,
            offload=offload,
            connect=network.connect,
            local=server,
            signer=FakeSigner(),
        )
        info = ServerInfo(name=name, id=server.id, version="1", self_hosted=True)
        stores.append(SqlStore(settings.store_url, clock))
        service = PresignService(
            info=info,
            registry=ProviderRegistry.load(context),
            store=stores[-1],
            offload=offload,
            clock=clock,
            actor=Actor(f"owner-of-{name}"),
        )
        network.apis[server.url] = service
        return Machine(server, service, context)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def process_alone(
    network: Network, clock: FakeClock, offload: Offload, settings_of: Callable[..., Settings]
) -> Callable[..., ProviderContext]:
    """Make the context of a process that is no Jupyter server, such as the command line."""

    def make(**changes: Any) -> ProviderContext:
        return ProviderContext(
            settings=settings_of(**changes),
            clock=clock,
            offload=offload,
            connect=network.connect,
        )

    return make


@pytest.fixture
def token_in_environment(monkeypatch: pytest.MonkeyPatch) -> str:
    """Set the variable in which configured servers find their token; gives its name."""
    monkeypatch.setenv("THE_TOKEN", "configured-token")
    return "THE_TOKEN"


@pytest.fixture
def a(machine: Callable[..., Machine]) -> Machine:
    """Give the server that the person works on."""
    made = machine("a", 8881)
    made.server.files = {"here.ipynb", "sub", "sub/x.ipynb", "notebooks", "notebooks/n.ipynb"}
    made.server.open = [
        NotebookSession(
            "aaaa1111-0000-4000-8000-000000000000", "here.ipynb", "k-a", "python3", "idle"
        )
    ]
    return made


@pytest.fixture
def b(
    machine: Callable[..., Machine],
    write_runtime_file: Callable[..., Path],
    living: Callable[[], int],
) -> Machine:
    """Give another running server of the same person."""
    made = machine("b", 8882)
    made.server.files = {"analysis.ipynb"}
    made.server.folders = {"": items("analysis.ipynb", "sub/"), "sub": items("y.ipynb")}
    made.server.open = [
        NotebookSession(
            "bbbb2222-0000-4000-8000-000000000001", "analysis.ipynb", "k-b", "r", "busy"
        ),
        NotebookSession("bbbb3333-0000-4000-8000-000000000002", "sub/y.ipynb", "k-c", "r", "idle"),
    ]
    write_runtime_file(pid=living(), port=8882)
    # Where a test makes no server of its own process, this file is its own.
    write_runtime_file(pid=os.getpid(), port=8881)
    return made
