"""What a Hub never ends is ended: shares that came from links, and no others."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from jupyter_servers import free_port
from support.clock import FakeClock
from support.hub import accept, enter

from nb_presign.hub_guests import HubGuests
from nb_presign.model import Actor, Link, Scope, Target, new_id
from nb_presign.offload import Offload
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.provider import HubProvider
from nb_presign.providers.hub.scopes import MARK
from nb_presign.secret import Secret
from nb_presign.store.sql import SqlStore

pytestmark = pytest.mark.anyio
OWNER = Actor("alice")
SESSION = 1800


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def clock():
    return FakeClock(datetime.now(timezone.utc))


@pytest.fixture
def place(hub, alices_token):
    return HubPlace(
        api_url=f"{hub.url}hub/api/",
        pages_url=f"{hub.url}hub/",
        token=Secret(alices_token),
        user="alice",
    )


@pytest.fixture
def store_url(tmp_path):
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def store(store_url, clock):
    store = SqlStore(store_url, clock)
    yield store
    store.close()


@pytest.fixture
def offload():
    offload = Offload()
    yield offload
    offload.close()


@pytest.fixture
def ended():
    return []


@pytest.fixture
def guests(place, store, offload, clock, ended):
    return make(place, store, offload, clock, ended)


@pytest.fixture
def restarted(place, store_url, offload, clock):
    """Make it anew, with a store of its own on the same database."""
    stores = []

    def restart():
        stores.append(SqlStore(store_url, clock))
        return make(place, stores[-1], offload, clock)

    yield restart
    for store in stores:
        store.close()


@pytest.fixture(autouse=True)
def _nobody_is_left(hub):
    yield
    with hub.admin() as admin:
        admin.delete("shares/alice/")
        admin.delete("share-codes/alice/")


def make(place, store, offload, clock, ended=None):
    on_ended = (lambda: ended.append(1)) if ended is not None else (lambda: None)
    return HubGuests(place, store, offload, clock, keep=timedelta(days=30), on_ended=on_ended)


async def mint(place, store, clock, **changes):
    draft = Link(
        id=new_id("lnk"),
        target=Target("hub", "alice"),
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(seconds=60),
        session_seconds=SESSION,
        scope=Scope.FULL,
    )
    link = await HubProvider(place).mint(replace(draft, **changes))
    store.add_link(link, OWNER)
    return link


def away():
    return f"http://127.0.0.1:{free_port()}/hub/api/"


def guests_of(hub):
    return [share["user"]["name"] for share in hub.shares("alice")]


@contextmanager
def shared_by_hand(hub, user):
    with hub.admin() as admin:
        assert admin.post("shares/alice/", json={"user": user}).is_success
        yield
        admin.patch("shares/alice/", json={"user": user})


async def test_a_guest_stays_until_the_session_is_over_and_the_owner_for_ever(
    hub, bob, place, store, clock, guests, ended
):
    link = await mint(place, store, clock)
    assert accept(bob, link.url.reveal()).status_code == 200
    clock.tick(SESSION - 10)
    assert await guests.turn() == 0
    assert guests_of(hub) == ["bob"]
    clock.tick(20)
    assert await guests.turn() == 1
    assert ended == [1]
    assert guests_of(hub) == []
    with hub.signed_in("alice") as alice:
        assert enter(alice, "user/alice/lab").status_code == 200


async def test_a_restart_forgets_nothing(hub, bob, place, store, clock, restarted):
    link = await mint(place, store, clock)
    accept(bob, link.url.reveal())
    # The server is away for long.
    clock.tick(3 * 86_400)
    assert await restarted().turn() == 1
    assert guests_of(hub) == []


async def test_what_was_done_is_not_asked_about_again(bob, place, store, clock, guests):
    link = await mint(place, store, clock)
    accept(bob, link.url.reveal())
    clock.tick(SESSION + 10)
    assert await guests.turn() == 1
    assert await guests.turn() == 0
    assert not await guests._openings()


async def test_who_was_let_in_by_hand_before_stays(hub, bob, place, store, clock, guests):
    with shared_by_hand(hub, "bob"):
        link = await mint(place, store, clock)
        accept(bob, link.url.reveal())
        assert any(MARK in scope for scope in hub.shares("alice")[0]["scopes"])
        clock.tick(SESSION + 10)
        assert await guests.turn() == 0
        assert guests_of(hub) == ["bob"]


async def test_who_is_let_in_by_hand_meanwhile_stays(hub, bob, place, store, clock, guests):
    link = await mint(place, store, clock)
    with shared_by_hand(hub, "carol"):
        accept(bob, link.url.reveal())
        clock.tick(SESSION + 10)
        assert await guests.turn() == 1
        assert guests_of(hub) == ["carol"]


async def test_somebody_elses_codes_are_left_alone(hub, bob, place, store, clock, guests):
    link = await mint(place, store, clock)
    with hub.admin() as admin:
        by_hand = admin.post("share-codes/alice/", json={"expires_in": 60}).json()
        accept(bob, f"{hub.url}hub/accept-share?code={by_hand['code']}")
        clock.tick(SESSION + 10)
        assert await guests.turn() == 0
        assert guests_of(hub) == ["bob"]
        listed = [code["id"] for code in hub.codes("alice")]
    assert {by_hand["id"], link.audience.partition("/")[2]} == set(listed)


async def test_a_link_that_is_revoked_takes_its_code_and_its_guests_along(
    hub, bob, place, store, clock, guests
):
    first = await mint(place, store, clock)
    successor = await mint(place, store, clock, family=first.id)
    accept(bob, successor.url.reveal())
    store.revoke(first.id, now=clock.now(), actor=OWNER)
    assert await guests.turn() == 1
    assert guests_of(hub) == []
    assert hub.codes("alice") == []


async def test_a_later_code_of_the_same_id_is_left_alone(hub, place, store, clock, guests):
    first = await mint(place, store, clock)
    with hub.admin() as admin:
        assert admin.delete("share-codes/alice/").is_success
    store.revoke(first.id, now=clock.now(), actor=OWNER)
    # The Hub's clock is the real one: another expiry by a minute, at once.
    later = await mint(place, store, clock, expires_at=clock.now() + timedelta(seconds=120))
    assert later.audience == first.audience
    await guests.turn()
    await HubProvider(place).revoke(first)
    assert len(hub.codes("alice")) == 1


async def test_of_two_links_the_one_that_was_accepted_counts(hub, bob, place, store, clock, guests):
    await mint(place, store, clock)
    long = await mint(place, store, clock, session_seconds=2 * SESSION)
    accept(bob, long.url.reveal())
    clock.tick(SESSION + 10)
    assert await guests.turn() == 0
    assert guests_of(hub) == ["bob"]
    clock.tick(SESSION)
    assert await guests.turn() == 1


async def test_what_cannot_be_done_now_is_done_next_time(bob, place, store, clock, guests):
    link = await mint(place, store, clock)
    accept(bob, link.url.reveal())
    clock.tick(SESSION + 10)
    guests._place = replace(place, api_url=away())
    assert await guests.turn() == 0
    guests._place = place
    assert await guests.turn() == 1


async def test_nothing_is_asked_where_no_link_is(place, store, clock, offload):
    nowhere = replace(place, api_url=away())
    assert await make(nowhere, store, offload, clock).turn() == 0
