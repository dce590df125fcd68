from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock
from support.providers import FakeProvider, LastingProvider, OtherProvider
from support.values import SERVER, a_redemption

from nb_presign.errors import (
    AmbiguousTargetError,
    InputError,
    LinkNotFoundError,
    LinkRevokedError,
    NotRevocableError,
    OutOfRangeError,
    SessionNotFoundError,
    StoreError,
    TargetNotFoundError,
    UnknownProviderError,
    UnreachableError,
)
from nb_presign.model import (
    Actor,
    BareTarget,
    MintRequest,
    Scope,
    ServerInfo,
    SessionState,
    Target,
    TargetQuery,
)
from nb_presign.offload import Offload
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.service import PresignService
from nb_presign.store.sql import SqlStore

ONE = Target("fake", "one", "lab")


class Heard:
    """Keeps what the service tells the outside."""

    def __init__(self) -> None:
        self.events = []
        self.ended = 0
        self.closed = 0

    def end(self) -> None:
        self.ended += 1

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(tmp_path, clock):
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield store
    store.close()


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def provider():
    return FakeProvider()


@pytest.fixture
def service(store, clock, heard, provider):
    offload = Offload()
    yield PresignService(
        info=ServerInfo(name="a", id=SERVER, version="0", self_hosted=True),
        registry=ProviderRegistry.of(
            [provider, OtherProvider(names=("two", "three")), LastingProvider(names=())]
        ),
        store=store,
        offload=offload,
        clock=clock,
        actor=Actor("alice"),
        emit=heard.events.append,
        on_ended=heard.end,
        on_close=heard.close,
    )
    offload.close()


def mint(service, target=ONE, **asked):
    return asyncio.run(service.mint(MintRequest(target=target, **asked)))


class TestListing:
    def test_which_server_answers(self, service):
        assert asyncio.run(service.server()).id == SERVER

    def test_providers(self, service):
        found = asyncio.run(service.providers())
        assert [info.name for info in found] == ["fake", "lasting", "other"]

    def test_targets_of_all_and_of_one(self, service):
        everything = asyncio.run(service.targets(TargetQuery()))
        assert len(everything.items) == 4
        some = asyncio.run(service.targets(TargetQuery(provider="other")))
        assert [item.title for item in some.items] == ["two", "three"]


class TestMinting:
    def test_the_defaults(self, service, clock):
        link = mint(service)
        assert link.target == ONE
        assert link.created_at == clock.now()
        assert link.expires_at == clock.now() + timedelta(minutes=5)
        assert (link.session_seconds, link.scope, link.max_uses) == (43_200, Scope.READ, None)
        assert link.minted_by == "owner:alice"
        assert link.family == link.id
        assert link.url.reveal() == f"https://example.org/{link.id}"

    def test_what_was_asked_for(self, service, clock):
        link = mint(
            service,
            expires_in=60,
            session_seconds=1800,
            scope=Scope.FULL,
            max_uses=2,
            allowed_ips=("192.0.2.7",),
            note="for Bob",
        )
        assert link.expires_at == clock.now() + timedelta(seconds=60)
        assert (link.session_seconds, link.scope, link.max_uses) == (1800, Scope.FULL, 2)
        assert (link.allowed_ips, link.note) == (("192.0.2.7/32",), "for Bob")

    def test_the_owners_own_click(self, service, clock):
        link = mint(service, interactive=True, max_uses=9)
        assert link.interactive
        assert (link.expires_at - clock.now(), link.max_uses) == (timedelta(seconds=60), 1)

    def test_it_is_kept_without_its_url(self, service, store):
        link = mint(service)
        assert store.link(link.id) == link
        assert store.link(link.id).url is None

    def test_it_is_told_and_audited_once_without_secrets(self, service, store, heard):
        link = mint(service)
        (event,) = heard.events
        assert (event.event, event.link_id, event.target, event.scope, event.actor) == (
            "link.minted",
            link.id,
            "fake:one/lab",
            "read",
            "owner:alice",
        )
        assert "example.org" not in repr(event)
        assert [row.event for row in store.audit()] == ["link.minted"]

    def test_on_behalf_of_somebody_else(self, service):
        link = mint(service.acting_as(Actor("bob", "local")))
        assert link.minted_by == "local:bob"
        assert service.actor == Actor("alice")

    def test_a_bare_name_that_one_provider_knows(self, service):
        assert mint(service, BareTarget("one", "lab")).target == ONE
        assert mint(service, BareTarget("three")).target == Target("other", "three")

    @pytest.mark.parametrize(
        ("request_", "error", "says"),
        [
            (MintRequest(target=BareTarget("two")), AmbiguousTargetError, "fake:two, other:two"),
            (MintRequest(target=BareTarget("four")), TargetNotFoundError, "No provider knows"),
            (MintRequest(target=Target("fakes", "one")), UnknownProviderError, "fake"),
            (MintRequest(target=Target("fake", "six")), TargetNotFoundError, "six"),
            (MintRequest(target=ONE, session_seconds=60), OutOfRangeError, "30 min"),
            (MintRequest(target=ONE, expires_in=5), OutOfRangeError, "10 s"),
            (MintRequest(target=ONE, max_uses=0), OutOfRangeError, "uses"),
            (MintRequest(target=ONE, allowed_ips=("10.0.0.1/8",)), OutOfRangeError, "CIDR"),
        ],
    )
    def test_refusals_leave_nothing_behind(self, service, store, heard, request_, error, says):
        with pytest.raises(error, match=re.escape(says)) as refused:
            asyncio.run(service.mint(request_))
        assert isinstance(refused.value, (InputError, TargetNotFoundError))
        assert store.audit() == ()
        assert heard.events == []

    def test_an_upstream_that_fails_leaves_nothing_behind(self, service, store, heard, provider):
        provider.fails = UnreachableError("No answer.")
        with pytest.raises(UnreachableError):
            mint(service)
        assert store.audit() == ()
        assert heard.events == []

    def test_an_unusable_provider_is_not_asked_for_bare_names(self, service, provider):
        provider.usable = False
        assert mint(service, BareTarget("two")).target == Target("other", "two")

    def test_without_a_store_nobody_gets_a_link(self, service, tmp_path, heard, clock):
        (tmp_path / "file").write_text("")
        away = SqlStore(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", clock)
        with pytest.raises(StoreError):
            mint(replace(service, store=away))
        assert heard.events == []


class Halting(FakeProvider):
    """Mints when it is told to."""

    def __init__(self):
        super().__init__()
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def mint(self, draft):
        self.asked.set()
        await self.go_on.wait()
        return await super().mint(draft)


class HaltingStore:
    """Keeps links when it is told to."""

    def __init__(self, store):
        self.store = store
        self.asked, self.go_on = threading.Event(), threading.Event()

    def __getattr__(self, name):
        return getattr(self.store, name)

    def add_link(self, link, actor):
        self.asked.set()
        assert self.go_on.wait(10)
        return self.store.add_link(link, actor)


class TestGoingAway:
    """Whoever asked for a link hangs up."""

    def test_while_the_upstream_is_asked_nothing_is_kept(self, service, store, heard):
        async def run():
            provider = Halting()
            slow = replace(service, registry=ProviderRegistry.of([provider]))
            minting = asyncio.ensure_future(slow.mint(MintRequest(target=ONE)))
            await provider.asked.wait()
            minting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await minting
            return asyncio.all_tasks() - {asyncio.current_task()}

        assert asyncio.run(run()) == set()
        assert store.audit() == ()
        assert heard.events == []

    def test_while_it_is_kept_all_of_it_is(self, service, store, heard):
        halting = HaltingStore(store)

        async def run():
            minting = asyncio.ensure_future(
                replace(service, store=halting).mint(MintRequest(target=ONE))
            )
            await service.offload(halting.asked.wait, 10)
            minting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await minting
            halting.go_on.set()
            await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()}, timeout=10)
            return asyncio.all_tasks() - {asyncio.current_task()}

        assert asyncio.run(run()) == set()
        (link,) = asyncio.run(service.links())
        assert [event.link_id for event in heard.events] == [link.id]
        assert [row.event for row in store.audit()] == ["link.minted"]


class TestLookingUp:
    def test_one(self, service):
        link = mint(service)
        found = asyncio.run(service.link(link.id))
        assert found == link
        assert found.url is None

    def test_an_unknown_one(self, service):
        with pytest.raises(LinkNotFoundError, match="lnk_0"):
            asyncio.run(service.link("lnk_0"))

    def test_all_of_the_last_day(self, service, clock):
        old = mint(service)
        clock.tick(86_400)
        new = mint(service)
        assert asyncio.run(service.links()) == (new, old)
        clock.tick(301)
        assert asyncio.run(service.links()) == (new,)


class TestRefreshing:
    def test_the_successor_is_on_the_same_terms(self, service, clock, heard):
        link = mint(service, expires_in=60, note="n", max_uses=3, session_seconds=3600)
        clock.tick(50)
        successor = asyncio.run(service.acting_as(Actor("bob")).refresh(link.id))
        assert successor.id != link.id
        assert successor.family == link.id
        assert successor.expires_at == clock.now() + timedelta(seconds=60)
        for name in ("target", "note", "max_uses", "session_seconds", "scope", "allowed_ips"):
            assert getattr(successor, name) == getattr(link, name)
        assert successor.minted_by == "owner:bob"
        assert successor.url.reveal() == f"https://example.org/{successor.id}"
        assert heard.events[-1].event == "link.refreshed"

    def test_the_predecessor_stays_good(self, service):
        link = mint(service)
        asyncio.run(service.refresh(link.id))
        assert asyncio.run(service.link(link.id)) == link

    def test_uses_start_again(self, service, store, clock):
        link = mint(service, max_uses=1)
        store.redeem(a_redemption(link, clock.now()))
        assert asyncio.run(service.refresh(link.id)).uses == 0

    def test_a_chain_is_one_family(self, service):
        first = mint(service)
        second = asyncio.run(service.refresh(first.id))
        assert asyncio.run(service.refresh(second.id)).family == first.id

    def test_a_revoked_link_has_no_successor(self, service, store):
        link = mint(service)
        asyncio.run(service.revoke(link.id))
        before = store.audit()
        with pytest.raises(LinkRevokedError, match=link.id):
            asyncio.run(service.refresh(link.id))
        assert store.audit() == before

    def test_a_link_revoked_meanwhile_has_no_successor(self, service, store, clock):
        link = mint(service)

        class Slow(FakeProvider):
            async def mint(self, draft):
                store.revoke(link.id, now=clock.now(), actor=Actor("bob"))
                return await super().mint(draft)

        slow = replace(service, registry=ProviderRegistry.of([Slow()]))
        with pytest.raises(LinkRevokedError):
            asyncio.run(slow.refresh(link.id))
        assert [found.id for found in asyncio.run(service.links())] == [link.id]

    def test_an_unknown_link_has_none(self, service):
        with pytest.raises(LinkNotFoundError):
            asyncio.run(service.refresh("lnk_0"))


class TestRevoking:
    def test_the_chain_and_its_sessions_end(self, service, store, clock, heard, provider):
        first = mint(service)
        second = asyncio.run(service.refresh(first.id))
        session = store.redeem(a_redemption(first, clock.now()))
        revoked = asyncio.run(service.revoke(second.id))
        assert revoked.revoked_at == clock.now()
        assert store.link(first.id).revoked_at == clock.now()
        assert store.session(session.id).state(clock.now()) is SessionState.ENDED
        assert provider.revoked == [second.id]
        assert heard.ended == 1
        assert heard.events[-1].event == "link.revoked"

    def test_twice_is_as_good_as_once(self, service, store, clock, heard):
        link = mint(service)
        once = asyncio.run(service.revoke(link.id))
        before = store.audit(), list(heard.events)
        clock.tick(1)
        assert asyncio.run(service.revoke(link.id)) == once
        assert (store.audit(), heard.events) == before

    def test_an_unknown_link(self, service, heard):
        with pytest.raises(LinkNotFoundError):
            asyncio.run(service.revoke("lnk_0"))
        assert heard.ended == 0

    def test_an_upstream_that_cannot_take_it_back(self, service, store):
        lasting = replace(service, registry=ProviderRegistry.of([LastingProvider()]))
        link = mint(lasting, Target("lasting", "one"))
        with pytest.raises(NotRevocableError, match="Lasting places"):
            asyncio.run(lasting.revoke(link.id))
        assert store.link(link.id).revoked_at is None


class TestSessions:
    def test_those_of_this_server(self, service, store, clock):
        link = mint(service)
        session = store.redeem(a_redemption(link, clock.now()))
        foreign = replace(link, id="lnk_2", family="lnk_2", audience="srv_2")
        store.add_link(foreign, Actor("x"))
        store.redeem(a_redemption(foreign, clock.now()))
        assert asyncio.run(service.sessions()) == (session,)

    def test_ending_one(self, service, store, clock, heard):
        session = store.redeem(a_redemption(mint(service), clock.now()))
        ended = asyncio.run(service.end_session(session.id))
        assert ended.ended_at == clock.now()
        assert heard.ended == 1
        event = heard.events[-1]
        assert (event.event, event.session_id, event.link_id) == (
            "session.ended",
            session.id,
            session.link_id,
        )
        told = len(heard.events)
        assert asyncio.run(service.end_session(session.id)) == ended
        assert len(heard.events) == told

    def test_ending_all(self, service, store, clock, heard):
        guests = [store.redeem(a_redemption(mint(service), clock.now())) for _ in range(2)]
        ended = asyncio.run(service.end_sessions())
        assert {s.id for s in ended} == {s.id for s in guests}
        assert heard.ended == 1
        assert {(e.event, e.session_id) for e in heard.events[-2:]} == {
            ("session.ended", s.id) for s in guests
        }
        told = len(heard.events)
        assert asyncio.run(service.end_sessions()) == ()
        assert len(heard.events) == told

    def test_an_unknown_one(self, service):
        with pytest.raises(SessionNotFoundError, match="ses_0"):
            asyncio.run(service.end_session("ses_0"))


def test_closing_lets_go(service, heard):
    asyncio.run(service.aclose())
    assert heard.closed == 1


def test_the_store_is_purged_now_and_then(service, store, clock):
    old = mint(service)
    clock.tick(40 * 86_400)
    turns = 0
    while store.link(old.id) is not None:
        mint(service)
        turns += 1
        assert turns < 10_000
