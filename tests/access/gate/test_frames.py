"""What passes over sockets, as a table."""

from __future__ import annotations

import json

import pytest
from support.guests import a_session

from nb_presign.access.gate.frames import Frames, may_know
from nb_presign.model import Narrowing, Scope

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
KERNELS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
COLLABORATION = "https://schema.jupyter.org/jupyter_collaboration/awareness/v1"
OURS = "https://nb-presign.readthedocs.io/events/session/v1"
FOREIGN = "https://example.org/contents_service/v1"


def guest(scope, *, narrowed=False):
    return a_session(scope=scope, narrowing=Narrowing("pub") if narrowed else None)


@pytest.mark.parametrize("frames", list(Frames))
@pytest.mark.parametrize("scope", list(Scope))
def test_who_talks(frames, scope):
    expected = frames is Frames.CHANNEL and scope is not Scope.READ
    assert frames.takes_input(guest(scope)) is expected


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("narrowed", [True, False])
def test_everything_comes_out_of_a_channel_and_nothing_out_of_a_silent_one(scope, narrowed):
    session = guest(scope, narrowed=narrowed)
    for message in ("text", b"bytes", {"schema_id": CONTENTS}, json.dumps({"schema_id": CONTENTS})):
        assert Frames.CHANNEL.lets_out(session, message)
        assert not Frames.SILENT.lets_out(session, message)


@pytest.mark.parametrize(
    ("schema", "scopes"),
    [
        (CONTENTS, set(Scope)),
        (KERNELS, set(Scope)),
        (COLLABORATION, {Scope.FULL}),
        (OURS, set()),
        (FOREIGN, set()),
        ("", set()),
        ("events.jupyter.org/jupyter_server/contents_service/v1", set()),
    ],
)
def test_who_may_know_what(schema, scopes):
    for scope in Scope:
        assert may_know(guest(scope), schema) is (scope in scopes)
        assert not may_know(guest(scope, narrowed=True), schema)


@pytest.mark.parametrize("write", [json.dumps, lambda e: json.dumps(e).encode(), lambda e: e])
def test_an_event_is_known_by_the_id_beside_its_data(write):
    session = guest(Scope.READ)
    assert Frames.EVENTS.lets_out(session, write({"schema_id": CONTENTS, "path": OURS}))
    assert not Frames.EVENTS.lets_out(session, write({"schema_id": OURS, "path": CONTENTS}))
    assert not Frames.EVENTS.lets_out(session, write({"data": {"schema_id": CONTENTS}}))


@pytest.mark.parametrize(
    "message", ["", "x", b"\xff", "[]", "1", "null", '{"schema_id": 1}', '{"schema_id": null}']
)
def test_what_is_no_event_is_not_let_out(message):
    assert not Frames.EVENTS.lets_out(guest(Scope.FULL), message)
