"""A store that is made at its first use."""

from __future__ import annotations

import threading

import pytest
from support.clock import FakeClock
from support.values import a_link

from nb_presign.model import Actor
from nb_presign.store.deferred import deferred
from nb_presign.store.sql import SqlStore


@pytest.fixture
def made():
    return []


@pytest.fixture
def store(made, tmp_path):
    def make():
        made.append(SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", FakeClock()))
        return made[-1]

    store = deferred(make)
    yield store
    store.close()


def test_nothing_is_made_before_a_method_is_called(store, made):
    look = store.link
    assert not made
    assert look("lnk_1") is None
    assert len(made) == 1


def test_it_keeps_what_it_is_given(store, made):
    link = store.add_link(a_link(FakeClock().now()), Actor("ada"))
    assert store.link(link.id) == link
    assert len(made) == 1


def test_of_many_threads_one_makes_it(store, made):
    start = threading.Barrier(8)

    def use():
        start.wait()
        store.revision()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_closing_one_that_was_not_used_makes_nothing(store, made):
    store.close()
    assert not made


def test_it_has_no_other_methods(store):
    with pytest.raises(AttributeError):
        _ = store.forget_everything
