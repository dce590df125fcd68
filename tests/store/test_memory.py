from __future__ import annotations

from datetime import timedelta

import pytest
from contracts.store import ALICE, LinkStoreContract
from support.values import a_link, an_access_key

from nb_presign.errors import SelfHostingOffError
from nb_presign.model import Link
from nb_presign.secret import Secret
from nb_presign.store.memory import MemoryStore


@pytest.fixture
def store(clock):
    return MemoryStore(clock)


class TestMemoryStore(LinkStoreContract):
    pass


def test_what_is_over_for_long_is_forgotten(store, clock):
    old = store.add_link(a_link(clock.now()), ALICE)
    clock.tick(timedelta(days=2, minutes=6).total_seconds())
    new = store.add_link(a_link(clock.now()), ALICE)
    assert (store.link(old.id), store.link(new.id)) == (None, new)


def test_of_a_chain_the_last_is_kept_longest(store, clock):
    """Live links are refreshed all day: each of them costs a few links, and not one a refresh."""
    last = store.add_link(a_link(clock.now()), ALICE)
    for _ in range(200):
        clock.tick(240)
        last = store.add_link(a_link(clock.now(), family=last.family), ALICE)
    assert len(store.links(since=clock.now() - timedelta(days=9))) < 25
    clock.tick(timedelta(days=1).total_seconds())
    store.add_link(a_link(clock.now()), ALICE)
    assert store.link(last.id) == last
    successor = store.add_link(a_link(clock.now(), family=last.family), ALICE)
    assert successor.family == last.family


def test_revoking_goes_for_the_family_and_for_no_other(store, clock):
    first = store.add_link(a_link(clock.now()), ALICE)
    second = store.add_link(a_link(clock.now(), family=first.id), ALICE)
    stranger = store.add_link(a_link(clock.now()), ALICE)
    revoked = store.revoke(second.id, now=clock.now(), actor=ALICE)
    assert revoked.revoked_at == clock.now()
    assert store.link(first.id).revoked_at == clock.now()
    assert store.link(stranger.id).revoked_at is None


def test_it_keeps_no_secret(store, clock):
    secrets = {"url": Secret("https://canary"), "auth_token": Secret("canary")}
    kept: Link = store.add_link(a_link(clock.now(), **secrets), ALICE)
    for link in (kept, store.link(kept.id)):
        assert (link.url, link.auth_token) == (None, None)


def test_it_takes_no_access_keys(store, clock):
    with pytest.raises(SelfHostingOffError, match="aws-keys create"):
        store.add_access_key(an_access_key(clock.now()), "sealed", ALICE)
    assert store.access_keys() == ()
