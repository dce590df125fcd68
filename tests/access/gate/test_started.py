"""Which kernels count as started by a guest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.guests import a_session

from nb_presign.access.gate.started import StartedKernels


class Handler:
    """Answers once."""

    sent: Any = None
    status = 201

    def get_status(self):
        return self.status

    def finish(self, chunk=None):
        self.sent = chunk


@pytest.fixture
def started():
    return StartedKernels()


def answer(started, session, chunk, *, known=(), status=201):
    handler = Handler()
    handler.status = status
    started.watch(handler, session, frozenset(known))
    handler.finish(chunk)
    assert handler.sent == chunk
    return started.of(session)


@pytest.mark.parametrize("model", [{"id": "k"}, {"id": "s", "kernel": {"id": "k"}}])
@pytest.mark.parametrize(
    "form", [lambda found: found, json.dumps, lambda x: json.dumps(x).encode()]
)
def test_the_kernel_of_an_answer(started, model, form):
    assert answer(started, a_session(), form(model)) == {"k"}


def test_also_of_a_request_that_changes_a_session(started):
    assert answer(started, a_session(), {"kernel": {"id": "k"}}, status=200) == {"k"}


def test_handlers_finish_as_they_do():
    class Jupyters(Handler):
        def finish(self, *args, **kwargs):
            self.sent = (args, kwargs)

    handler = Jupyters()
    StartedKernels().watch(handler, a_session(), frozenset())
    handler.finish("{}", "more", set_content_type="application/json")
    assert handler.sent == (("{}", "more"), {"set_content_type": "application/json"})


def test_not_one_that_ran_already(started):
    assert answer(started, a_session(), {"kernel": {"id": "k"}}, known={"k"}) == set()


def test_not_one_of_an_error(started):
    assert answer(started, a_session(), {"id": "k"}, status=500) == set()


@pytest.mark.parametrize("chunk", [None, "", "x", b"[]", "3", {"kernel": None}, {}])
def test_nor_of_an_answer_without_one(started, chunk):
    assert answer(started, a_session(), chunk) == set()


def test_each_session_has_its_own(started):
    first, second = a_session(), a_session()
    answer(started, first, {"id": "a"})
    answer(started, first, {"id": "b"})
    answer(started, second, {"id": "c"})
    assert (started.of(first), started.of(second)) == ({"a", "b"}, {"c"})


def test_what_is_gone_is_forgotten_with_the_sessions_that_have_nothing_else(started):
    first, second, third = a_session(), a_session(), a_session()
    assert started.all() == set()
    for session, kernel_id in ((first, "a"), (first, "b"), (second, "c"), (third, "a")):
        answer(started, session, {"id": kernel_id})
    assert started.all() == {"a", "b", "c"}
    started.forget(frozenset({"a", "c", "x"}))
    assert started.all() == {"b"}
    assert [started.of(each) for each in (first, second, third)] == [{"b"}, set(), set()]
    assert list(started._by_session) == [first.id]


def test_who_lost_a_kernel_may_have_another(started):
    session = a_session()
    answer(started, session, {"id": "a"})
    started.forget(frozenset({"a"}))
    assert answer(started, session, {"id": "b"}) == {"b"}
