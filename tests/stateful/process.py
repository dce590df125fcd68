"""One server's worth of the real thing, on files that others share: no HTTP, no threads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from stateful.model import KEEP
from support.clock import FakeClock
from support.providers import FakeProvider
from support.values import SERVER

from nb_presign.access.entry.book import SessionBook
from nb_presign.attempts import Attempts
from nb_presign.clock import SteadyClock
from nb_presign.model import Actor, ServerInfo
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.redemption import Redeemer
from nb_presign.service import PresignService
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore
from nb_presign.upkeep import Upkeep


class AtOnce:
    """Implements what is used of `Offload`, on the spot: what happens next depends on no thread."""

    async def __call__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    def start(self, call: Callable[[], object]) -> None:
        call()


class Process:
    """Service, redeemer and book, as `bootstrap` puts them together."""

    def __init__(self, directory: Path, wall: FakeClock) -> None:
        self.clock = SteadyClock(wall)
        self.store = SqlStore(f"sqlite:///{directory / 'store.sqlite'}", self.clock)
        self.signer = TokenSigner(KeyRing(directory / "keys.json", self.clock))
        offload: Any = AtOnce()
        self.book = SessionBook(self.store, offload, self.clock, audience=SERVER)
        self.service = PresignService(
            info=ServerInfo(name="b", id=SERVER, version="0", self_hosted=True),
            registry=ProviderRegistry.of([FakeProvider()]),
            store=self.store,
            offload=offload,
            clock=self.clock,
            actor=Actor("ann"),
            on_ended=self.book.forget_all,
        )
        self.redeemer = Redeemer(
            signer=self.signer,
            store=self.store,
            offload=offload,
            clock=self.clock,
            audience=SERVER,
            attempts=Attempts(self.clock),
        )
        self.store.revision()  # opens it

    def purge(self) -> None:
        keep = timedelta(seconds=KEEP)
        Upkeep(self.store, self.clock, keep=keep, keep_audit=keep, pause=0).turn()

    def stop(self, *, crash: bool) -> None:
        self.book.close()
        if crash:
            self.store._database.close()  # nothing is kept on the way out
        else:
            self.store.close()
