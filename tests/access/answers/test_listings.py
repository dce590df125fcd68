"""What lists hold for a guest, at a handler of tornado's own and at one like jupyter_server's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.gates import KERNEL, OTHER, OWN, PUB, RUNNING, SESSION, TWO, a_root
from support.guests import a_session
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, RequestHandler

from nb_presign.access.answers import listings
from nb_presign.access.gate.reach import Reach
from nb_presign.model import Scope


class _Connection(HTTPConnection):
    """Goes nowhere."""

    def set_close_callback(self, callback):
        """Never close."""


class Plain(RequestHandler):
    """Remembers what it would send."""

    sent: Any = None

    def finish(self, chunk=None):
        written = b"".join(self._write_buffer) + (chunk or "").encode()
        self.sent = json.loads(written)


class LikeJupyters(Plain):
    """Hands a model to one method that writes it."""

    def _finish_model(self, model, location=True):  # noqa: FBT002  # jupyter_server's signature
        del location
        self.finish(json.dumps(model))

    def answer(self, model):
        self._finish_model(model, location=False)


@pytest.fixture
def root(tmp_path):
    return a_root(tmp_path)


def handler_of(cls, path, method="GET"):
    start = RequestStartLine(method, f"/{path}", "HTTP/1.1")
    headers = HTTPHeaders({"Host": "localhost"})
    request = HTTPServerRequest(start_line=start, headers=headers, connection=_Connection())
    return cls(Application(), request)


def hold(handler, path, *, scope=Scope.EXECUTE, narrowing=None, root="", running=RUNNING):
    session = a_session(scope=scope, narrowing=narrowing)
    reach = Reach(narrowing, str(root), running=running)
    listings.hold(handler, session, reach, path)


def entry(path, kind="file"):
    return {"name": path.rpartition("/")[2], "path": path, "type": kind, "writable": True}


def directory(path, *children):
    return {**entry(path, "directory"), "content": [entry(child) for child in children]}


def answered(path, model, cls=LikeJupyters, **how):
    handler = handler_of(cls, path)
    hold(handler, path, **how)
    if cls is LikeJupyters:
        handler.answer(model)
    else:
        handler.finish(json.dumps(model))
    return handler.sent


@pytest.mark.parametrize("cls", [Plain, LikeJupyters])
class TestContents:
    def test_who_reads_may_write_nothing(self, cls):
        model = directory("pub", "pub/a", "pub/b")
        found = answered("api/contents/pub", model, cls, scope=Scope.READ)
        assert [found["writable"], *(each["writable"] for each in found["content"])] == [False] * 3
        file = answered("api/contents/a", entry("a"), cls, scope=Scope.READ)
        assert file == {**entry("a"), "writable": False}

    def test_who_may_write_is_told_so(self, cls):
        model = directory("pub", "pub/a")
        assert answered("api/contents/pub", model, cls) == model

    def test_the_way_to_a_narrowed_directory_shows_nothing_else(self, cls, root):
        model = directory("", "pub", "priv", "public", ".x")
        found = answered("api/contents", model, cls, narrowing=PUB, root=root)
        assert [each["path"] for each in found["content"]] == ["pub"]
        assert found["writable"] is False
        assert found["content"][0]["writable"] is True

    def test_links_are_shown_that_stay_inside(self, cls, root):
        model = directory("", "pub", "out", "within")
        found = answered("api/contents", model, cls, root=root)
        assert [each["path"] for each in found["content"]] == ["pub", "within"]
        model = directory("pub", "pub/own.ipynb", "pub/to-priv")
        found = answered("api/contents/pub", model, cls, narrowing=PUB, root=root)
        assert [each["path"] for each in found["content"]] == ["pub/own.ipynb"]

    def test_the_servers_own_files_are_not_shown(self, cls, root):
        handler = handler_of(cls, "api/contents")
        reach = Reach(None, str(root), closed=(root.resolve() / "priv",))
        listings.hold(handler, a_session(scope=Scope.FULL), reach, "api/contents")
        model = directory("", "pub", "priv", "within")
        getattr(handler, "answer", lambda found: handler.finish(json.dumps(found)))(model)
        assert [each["path"] for each in handler.sent["content"]] == ["pub"]

    def test_an_entry_without_a_plain_path_is_not_shown(self, cls):
        model = directory("pub", "pub/a", "pub/../b", "pub/c\\d")
        model["content"].append({"name": "x", "type": "file"})
        found = answered("api/contents/pub", model, cls)
        assert [each["path"] for each in found["content"]] == ["pub/a"]


def test_the_content_of_a_notebook_is_its_own():
    cell = {"metadata": {"path": "../x", "writable": True}}
    notebook = {**entry("a.ipynb", "notebook"), "content": {"cells": [cell]}}
    found = answered("api/contents/a.ipynb", notebook, scope=Scope.READ)
    assert found == {**notebook, "writable": False}


def test_lists_of_checkpoints_are_left_alone():
    found = answered("api/contents/a/checkpoints", [{"id": "checkpoint"}], Plain, scope=Scope.READ)
    assert found == [{"id": "checkpoint"}]


@pytest.mark.parametrize(
    ("narrowing", "sessions", "kernels"),
    [
        (None, 4, 3),
        (PUB, [SESSION, TWO], [KERNEL, RUNNING[2].kernel_id]),
        (OWN, [SESSION], [KERNEL]),
    ],
)
def test_what_runs_is_listed_as_far_as_a_session_reaches(narrowing, sessions, kernels):
    models = [{"id": each.id, "path": each.path} for each in RUNNING]
    ids = [{"id": kernel} for kernel in dict.fromkeys(each.kernel_id for each in RUNNING)]
    found = answered("api/sessions", models, Plain, narrowing=narrowing)
    assert sessions in (len(found), [each["id"] for each in found])
    found = answered("api/kernels", ids, Plain, narrowing=narrowing)
    assert kernels in (len(found), [each["id"] for each in found])
    assert narrowing is None or OTHER not in str(found)


def test_what_was_written_in_pieces_is_one_list():
    handler = handler_of(Plain, "api/kernels")
    hold(handler, "api/kernels", narrowing=OWN)
    handler.write('[{"id": "x"}')
    handler.finish("]")
    assert handler.sent == []


def test_errors_and_writes_are_passed_on():
    handler = handler_of(Plain, "api/kernels")
    hold(handler, "api/kernels", narrowing=OWN)
    handler.set_status(500)
    handler.finish('{"message": "x"}')
    assert handler.sent == {"message": "x"}
    handler = handler_of(Plain, "api/sessions", "POST")
    hold(handler, "api/sessions", narrowing=OWN)
    handler.finish('{"id": "x"}')
    assert handler.sent == {"id": "x"}
