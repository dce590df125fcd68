"""Default deny over the live router: what the table does not allow has no effect."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from support.guests import a_session
from support.servers import World

from nb_presign.access.gate import Gate, Verdict
from nb_presign.model import Scope

#: Prints every route of a JupyterLab server with the methods that its handler has.
WALK = """
import asyncio, json
from jupyterlab.labapp import LabApp
from tornado.web import RequestHandler

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")

def walk(router):
    for rule in router.rules:
        regex = getattr(rule.matcher, "regex", None)
        if isinstance(rule.target, type) and regex is not None:
            own = [m for m in METHODS if getattr(rule.target, m) is not getattr(RequestHandler, m)]
            yield regex.pattern, [m.upper() for m in own] or ["GET"]
        elif hasattr(rule.target, "rules"):
            yield from walk(rule.target)

async def main():
    app = LabApp.initialize_server(argv=["--allow-root", "--no-browser", "--port=0"])
    found = {(p, m) for p, methods in walk(app.web_app.default_router) for m in methods}
    print("ROUTES" + json.dumps(sorted(found)))

asyncio.run(main())
"""

SAMPLES = [
    (r"\w+-\w+-\w+-\w+-\w+", "11111111-2222-3333-4444-555555555555"),
    (r"(?:(?:/[^/]+)+|/?)", "/pub/own.ipynb"),
    (r"restart|interrupt", "restart"),
    (r"/workspaces/[a-zA-Z0-9\-\_]+", "/workspaces/a"),
    (r"/tree/.*", "/tree/pub/own.ipynb"),
    (r"lab|doc", "lab"),
    (r"robots\.txt|favicon\.ico", "robots.txt"),
]


def sample(pattern):
    """Make a path that a pattern of the router matches."""
    path = pattern.removesuffix("$")
    for regex, text in SAMPLES:
        path = path.replace(regex, text)
    path = re.sub(r"\(\?P<\w+>", "(", path)
    path = re.sub(r"\[[^\]]+\]\+|\\w\+|\.\*|\.\+", "x", path)
    path = re.sub(r"\\(.)", r"\1", path)
    path = re.sub(r"[()?]", "", path)
    return path if re.fullmatch(pattern.removesuffix("$"), path) else None


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("walk"))
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        env=world.env,
        cwd=world.home,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("ROUTES"))
    return [(pattern, method) for pattern, method in json.loads(line.removeprefix("ROUTES"))]


def test_every_route_of_the_platform_can_be_tried(routes):
    assert len(routes) > 100
    assert [pattern for pattern, _ in routes if sample(pattern) is None] == []


@pytest.mark.parametrize("scope", list(Scope))
def test_what_the_table_does_not_allow_is_refused_and_has_no_effect(
    host, make_guest, routes, scope
):
    gate = Gate("/", lambda: str(host.server.root))
    guest = make_guest(scope)
    # tornado hangs up on a request that is refused before its body was read.
    guest.client.headers["Connection"] = "close"
    files = {p: p.read_bytes() for p in host.server.root.rglob("*") if p.is_file()}
    refused = 0
    for pattern, method in routes:
        path = sample(pattern)
        ruling = gate.decide(a_session(scope=scope), method, path, b"{}")
        if ruling.verdict is not Verdict.DENY:
            continue
        if "licenses" in pattern:
            # jupyterlab_server 2.28 never answers an error here, whoever asks: nobody awaits its
            # `finish`.
            continue
        refused += 1
        body = {"content": b"{}"} if method in {"POST", "PUT", "PATCH"} else {}
        answer = guest.request(method, path.lstrip("/"), **body)
        if pattern == "/.*/$":
            # The platform takes a slash off before it asks who it is; everybody gets that answer.
            assert (answer.status_code, answer.headers["Location"]) == (302, "/x")
            continue
        # 401: our own REST says it this way. 405: the handler has no such method.
        assert answer.status_code in {401, 403, 405}, (method, path, answer.status_code)
        assert host.server.token not in answer.text
    assert refused > 40
    with host.server.owner() as owner:
        assert owner.get("api/status").json()["kernels"] == 0
        assert owner.get("api/terminals").json() == []
        assert owner.get("nb-presign/api/links").status_code == 200
    assert {p: p.read_bytes() for p in host.server.root.rglob("*") if p.is_file()} == files
