"""Operations on a real service, store and policy in this process; the server itself is played."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from support.aws.fitting import misfits
from support.clock import FakeClock

from nb_presign.api import PresignApi
from nb_presign.aws_api.call import Call
from nb_presign.aws_api.judging import Judge
from nb_presign.aws_api.operations.table import OPERATIONS
from nb_presign.bootstrap import Runtime, build
from nb_presign.model import (
    ACCESS_KEY,
    AccessKey,
    Actor,
    Link,
    Scope,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.policy import ConnectPolicy, Visit
from nb_presign.policy.reading import read
from nb_presign.providers.base import LocalItem, NotebookSession
from nb_presign.settings import Settings

#: What `my_lab` is called as a notebook instance.
MINE = "my-lab-1583e1"
KEY = "NBPK" + "A" * 16
REGION = "eu-north-1"
ALL = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


@dataclass
class Here:
    """Implements `LocalServer`."""

    name: str = "my_lab"
    id: str = "srv_0123456789abcdef"
    url: str = "http://127.0.0.1:8888/base/"
    files: set[str] = field(default_factory=lambda: {"a.ipynb", "sub/b c.ipynb"})
    open: list[NotebookSession] = field(default_factory=list)

    async def sessions(self) -> tuple[NotebookSession, ...]:
        return tuple(self.open)

    async def exists(self, path: str) -> bool:
        return path in self.files

    async def folder(self, path: str) -> tuple[LocalItem, ...] | None:
        del path
        return ()

    def page_of(self, path: str) -> str:
        return f"lab/tree/{path}"


@dataclass
class Neighbours:
    """The service, with further servers in its list, and a way to start them."""

    api: PresignApi
    others: tuple[TargetInfo, ...]
    started: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api, name)

    async def targets(self, query: TargetQuery) -> TargetPage:
        """List this server on the first page, each other one on a page of its own."""
        at = int(query.cursor or 0)
        cursor = str(at + 1) if at < len(self.others) else ""
        items = self.others[at - 1 : at] if at else (await self.api.targets(query)).items
        return TargetPage(items=items, cursor=cursor)

    async def start(self, target: Target) -> TargetInfo:
        self.started.append(target.id)
        return server(target.id, TargetState.STARTING)


def server(name: str, state: TargetState = TargetState.READY, **facts: Any) -> TargetInfo:
    target = Target("jupyter", name)
    return TargetInfo(target=target, title=name, state=state, detail="/home/alice/secret", **facts)


@dataclass
class Desk:
    """Performs operations for one key, and tells what they came to."""

    runtime: Runtime
    here: Here
    clock: FakeClock
    loop: asyncio.AbstractEventLoop
    key: AccessKey
    visit: Visit = Visit("192.0.2.7")  # noqa: RUF009  # frozen
    others: list[TargetInfo] = field(default_factory=list)
    #: What was asked of the policy.
    judged: list[tuple[str, tuple[str, ...], Target | None]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def allow(self, *statements: Mapping[str, Any]) -> None:
        """Give the key a policy."""
        self.key = replace(self.key, policy=json.dumps({"Statement": list(statements)}))

    def keep_out(self, *statements: Mapping[str, Any]) -> None:
        """Give the server a policy of its own, which guests must satisfy."""
        assert self.runtime.redeemer is not None
        policy = ConnectPolicy(read({"Statement": list(statements)}), self.here.name, REGION)
        self.runtime = replace(self.runtime, redeemer=replace(self.runtime.redeemer, policy=policy))

    def authorize(
        self,
        action: str,
        resources: tuple[str, ...],
        *,
        target: Target | None = None,
        path: str = "",
    ) -> None:
        """Ask the policy of the key, as the protocol does."""
        self.judged.append((action, resources, target))
        Judge(self.key, self.visit, self.clock.now())(action, resources, target=target, path=path)

    def opens(self, link: Link) -> bool:
        """Tell whether sessions of a link are let in here, by the key's policy."""
        return self.runtime.policy.decide(link, self.visit, self.clock.now()).allowed

    def ask(self, operation: str, **given: Any) -> Mapping[str, Any]:
        service = "athena" if operation in OPERATIONS["athena"] else "sagemaker"
        api = self.runtime.service.acting_as(Actor(self.key.id, ACCESS_KEY))
        assert self.runtime.redeemer is not None
        call = Call(
            given=given,
            key=self.key,
            visit=self.visit,
            api=Neighbours(api, tuple(self.others), self.started),
            local=self.here,
            user="jovyan",
            region=REGION,
            redeemer=self.runtime.redeemer,
            authorize=self.authorize,
        )
        answer = self.run(OPERATIONS[service][operation].perform(call))
        assert not misfits(service, operation, answer)
        return answer

    def run(self, doing: Any) -> Any:
        return self.loop.run_until_complete(doing)

    def links(self) -> tuple[Any, ...]:
        return self.run(self.runtime.service.links())

    def sessions(self) -> tuple[Any, ...]:
        return self.run(self.runtime.service.sessions())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Iterator[Desk]:
    """Give a desk whose key may do everything."""
    (tmp_path / "runtime").mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    here = Here()
    settings = Settings(
        store_url=f"sqlite:///{tmp_path / 'store.sqlite'}",
        data_dir=tmp_path,
        aws_api=True,
        aws_api_region=REGION,
    )
    runtime = build(settings, actor=Actor(str(os.getuid())), local=here, clock=clock)
    key = AccessKey(id=KEY, created_at=clock.now(), scope=Scope.EXECUTE, policy=ALL, note="from CI")
    loop = asyncio.new_event_loop()
    yield Desk(runtime, here, clock, loop, key)
    loop.run_until_complete(runtime.service.aclose())
    loop.close()


def notebook(number: int, path: str = "a.ipynb", state: str = "idle") -> NotebookSession:
    session_id = f"{number:08x}-0000-4000-8000-000000000000"
    return NotebookSession(session_id, path, f"k-{number}", "python3", state)
