"""What a front end is told when what it asks is taken and let go."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from support.guests import a_session

from nb_presign.access.access import guest_user
from nb_presign.access.gate.absorbed import Absorbed, absorb


class Handler:
    """Remembers its answer."""

    def __init__(self, path):
        self.request = SimpleNamespace(path=path)
        self.status, self.headers, self.body = 200, {}, None

    def set_status(self, status):
        self.status = status

    def set_header(self, name, value):
        self.headers[name] = value

    def finish(self, body=b""):
        assert self.body is None
        self.body = body


@pytest.fixture
def user():
    return guest_user(a_session())


def answer(absorbed, user, path="/base/x"):
    handler = Handler(path)
    absorb(handler, absorbed, user)
    return handler


def test_what_is_done_has_no_body(user):
    handler = answer(Absorbed.DONE, user)
    assert (handler.status, handler.headers, handler.body) == (204, {}, b"")


@pytest.mark.parametrize("absorbed", sorted(set(Absorbed) - {Absorbed.DONE}, key=str))
def test_whatever_else_is_a_json_document(absorbed, user):
    handler = answer(absorbed, user)
    assert (handler.status, handler.headers) == (200, {"Content-Type": "application/json"})
    assert isinstance(json.loads(handler.body), dict | list)


def test_a_guest_stays_who_they_are(user):
    assert json.loads(answer(Absorbed.IDENTITY, user).body) == asdict(user)


def test_a_workspace_is_empty_and_called_what_was_asked_for(user):
    body = answer(Absorbed.WORKSPACE, user, "/base/lab/api/workspaces/mine").body
    assert json.loads(body) == {"data": {}, "metadata": {"id": "mine"}}
    body = answer(Absorbed.WORKSPACE, user, "/base/lab/api/workspaces/" + "x" * 300).body
    assert json.loads(body)["metadata"] == {"id": "x" * 100}
