from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from support.clock import FakeClock

from nb_presign.access_keys import AccessKeys
from nb_presign.errors import StoreError
from nb_presign.model import Actor
from nb_presign.offload import Offload
from nb_presign.resealing import Resealing
from nb_presign.signing import rotation
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.sealing import Sealer, sealing_key
from nb_presign.store.sql import SqlStore


class House:
    """A server with a store that no configuration file names, and its key file."""

    def __init__(self, path, clock, offload):
        self.path, self.clock = path, clock
        self.ring = KeyRing(path, clock)
        self.store = SqlStore(f"sqlite:///{path.parent / 's.sqlite'}", clock)
        self.used = True
        self.access_keys = AccessKeys(
            store=self.store, sealer=Sealer(self.ring), offload=offload, clock=clock
        )
        self.resealing = Resealing(self.ring, self.access_keys, in_use=lambda: self.used)

    def make(self):
        return asyncio.run(self.access_keys.create(actor=Actor("ann")))

    def find(self, key):
        return asyncio.run(self.access_keys.find(key.id))

    def sealed_by(self, key):
        return sealing_key(self.store.access_key(key.id)[1])

    def rotate(self):
        rotation.rotate(self.path, self.clock.now())

    def retire(self):
        rotation.retire(self.path, [key.id for key in rotation.keys_of(self.path)[:-1]])

    @property
    def newest(self):
        return rotation.keys_of(self.path)[-1].id


class SlowKeys:
    """Access keys that are moved when they are allowed to be, or cannot be."""

    def __init__(self, access_keys, failure=None):
        self.access_keys, self.failure, self.times = access_keys, failure, 0
        self.begun, self.go_on = threading.Event(), threading.Event()

    def reseal(self, sealer, ids):
        self.times += 1
        self.begun.set()
        self.go_on.wait(30)
        if self.failure:
            raise self.failure
        return self.access_keys.reseal(sealer, ids)


@pytest.fixture
def house(tmp_path):
    offload = Offload(1)
    house = House(tmp_path / "keys.json", FakeClock(), offload)
    yield house
    house.store.close()
    offload.close()


def test_a_new_signing_key_gets_all_secrets_before_the_old_one_goes(house):
    (one, secret), (two, _) = house.make(), house.make()
    house.rotate()
    house.resealing.turn()
    assert {house.sealed_by(one), house.sealed_by(two)} == {house.newest}
    house.retire()
    assert house.find(one) == (one, secret)


def test_a_key_that_is_retired_between_two_turns_is_used_once_more(house):
    key, secret = house.make()
    house.resealing.turn()
    house.rotate()
    house.retire()
    assert house.find(key) is None
    house.resealing.turn()
    assert house.find(key) == (key, secret)


def test_after_that_it_opens_nothing(house):
    key, _ = house.make()
    old = house.store.access_key(key.id)[1]
    house.resealing.turn()
    house.rotate()
    house.retire()
    house.resealing.turn()
    house.store.reseal_access_key(key.id, old, was=house.store.access_key(key.id)[1])
    house.rotate()
    house.resealing.turn()
    assert house.find(key) is None


def test_without_a_change_the_store_is_not_asked(house, monkeypatch):
    house.make()
    house.rotate()
    house.resealing.turn()
    asked = []
    monkeypatch.setattr(house.access_keys.store, "access_keys", lambda: asked.append(1))
    house.resealing.turn()
    assert asked == []


def test_where_there_are_no_keys_none_are_made(house):
    house.resealing.turn()
    assert not house.path.exists()


def test_a_store_that_is_not_open_waits_and_loses_nothing(house):
    key, secret = house.make()
    house.used = False
    house.resealing.turn()
    house.rotate()
    house.resealing.turn()
    house.retire()
    house.resealing.turn()
    house.used = True
    house.resealing.turn()
    assert house.find(key) == (key, secret)


def test_trouble_with_the_store_is_tried_again(house, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    key, secret = house.make()
    house.resealing.turn()
    house.rotate()
    house.retire()
    with monkeypatch.context() as patch:

        def fail():
            raise StoreError("The store is locked.")

        patch.setattr(house.store, "access_keys", fail)
        house.resealing.turn()
        assert house.find(key) is None
    house.resealing.turn()
    assert house.find(key) == (key, secret)
    assert secret.reveal() not in caplog.text


def test_two_turns_at_once_are_one(house):
    """One is started each minute, also while the one before waits for a slow store."""
    key, secret = house.make()
    house.resealing.turn()
    house.rotate()
    slow = SlowKeys(house.access_keys)
    house.resealing = Resealing(house.ring, slow)
    first = threading.Thread(target=house.resealing.turn)
    first.start()
    assert slow.begun.wait(30)
    house.resealing.turn()
    assert slow.times == 1
    slow.go_on.set()
    first.join(30)
    house.retire()
    assert house.find(key) == (key, secret)


def test_what_nobody_thought_of_is_logged_without_its_text(house, caplog):
    house.make()
    house.rotate()
    broken = SlowKeys(house.access_keys, failure=ZeroDivisionError("c4n4ry"))
    resealing = Resealing(house.ring, broken)
    broken.go_on.set()
    resealing.turn()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "ZeroDivisionError" in record.getMessage()
    assert "c4n4ry" not in caplog.text
    broken.failure = None
    resealing.turn()
    assert broken.times == 2
