"""Default deny over the live router of a server with everything: no route is without a row."""

from __future__ import annotations

import re

import pytest
from containment.cases import GUESTS, READS, SHUTDOWN, WRITES, narrowing
from containment.stage import changed, settled
from support.guests import a_session
from support.servers import World
from support.walk import LiveRoute, live_routes, sample

from nb_presign.access.gate.gate import Gate
from nb_presign.access.gate.routes import ROUTES

#: Routes, as `METHOD pattern`, without a row on purpose: refused to every guest, and why.
DENIED = {
    r"GET /.*/$": "takes the slash off before anybody is asked; where it leads to is judged itself",
    r"POST /.*/$": "likewise",
    r"PUT /.*/$": "likewise",
    r"GET /lab/.*$": "JupyterLab's own 404",
    r"GET /nb-presign/api/links$": "guests mint, list and revoke nothing",
    r"POST /nb-presign/api/links$": "likewise",
    r"GET /nb-presign/api/links/([^/]+)$": "likewise",
    r"DELETE /nb-presign/api/links/([^/]+)$": "likewise",
    r"POST /nb-presign/api/links/([^/]+)/refresh$": "likewise",
    r"GET /nb-presign/api/openapi\.json$": "likewise",
    r"GET /nb-presign/api/providers$": "likewise",
    r"GET /nb-presign/api/providers/([^/]+)/findings$": "likewise",
    r"GET /nb-presign/api/target$": "likewise",
    r"GET /nb-presign/api/notebooks$": "likewise",
    r"POST /nb-presign/api/target/start$": "likewise",
    r"PUT /nb-presign/api/links/([^/]+)$": "likewise",
    r"GET /nb-presign/api/server$": "likewise",
    r"GET /nb-presign/api/sessions$": "likewise",
    r"DELETE /nb-presign/api/sessions$": "likewise",
    r"DELETE /nb-presign/api/sessions/([^/]+)$": "likewise",
    r"GET /nb-presign/api/targets$": "likewise",
    r"GET /nb-presign/open$": "mints with the owner's rights",
    r"HEAD /nb-presign/open$": "likewise",
    r"POST /nb-presign/open$": "likewise",
}
#: The app behind the proxy: its rows are made when a server runs, from its router.
NAMED = "/tiny"
#: What stands for the names in cases where nothing runs.
IDS = {
    name: f"{number:08x}-1111-4111-8111-111111111111"
    for number, name in enumerate(
        f"{who}_{what}"
        for who in ("own", "inner", "other", "pub", "priv")
        for what in ("kernel", "session", "file")
    )
}
NAMES = {
    **IDS,
    "pub_room": f"text:file:{IDS['pub_file']}",
    "priv_room": f"text:file:{IDS['priv_file']}",
    "terminal": "1",
    "port": "9",
    "fresh": "fresh",
    "link": "lnk_0",
    "guest": "ses_0",
}
#: Besides those of the cases: what front ends ask for that the patterns do not give away.
ALSO = (
    "GET /",
    "GET /lab",
    "GET /lab/workspaces/a",
    "GET /view/pub/own.ipynb",
    "GET /nbconvert/pdf/pub/own.ipynb",
    "GET /api/collaboration/room/JupyterLab:globalAwareness",
    f"GET /api/collaboration/room/{'a' * 32}",
    f"DELETE /api/collaboration/fork/{'a' * 32}",
    "GET /nb-presign/static/redeem.js",
)


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    changes = {"NbPresign": {"aws_api": True}}
    return live_routes(World(tmp_path_factory.mktemp("walk")), changes)


@pytest.fixture(scope="module")
def gate():
    return Gate("/", str)


@pytest.fixture(scope="module")
def requests(routes):
    """Give every live route the requests that reach it."""
    every = [(case.method, case.filled(NAMES)[0]) for case in (*WRITES, *READS, SHUTDOWN)]
    every += [tuple(text.split()) for text in ALSO]
    every += [(route.method, sample(route.pattern) or "") for route in routes]
    found: dict[LiveRoute, list[str]] = {route: [] for route in routes}
    for method, url in dict.fromkeys(every):
        path = url.partition("?")[0]
        rule = next((r for r in routes if re.match(r.pattern, path)), None)
        for route in routes:
            if rule is not None and (route.pattern, route.method) == (rule.pattern, method):
                found[route].append(path)
                break
    return found


def shadowed(route, routes):
    """Tell whether an earlier rule takes whatever this one could."""
    path = sample(route.pattern)
    first = next(each for each in routes if re.match(each.pattern, path))
    return first.pattern != route.pattern


def test_the_server_has_everything(routes):
    handlers = {route.handler.partition(".")[0] for route in routes}
    assert handlers >= {
        "jupyter_lsp",
        "jupyter_server",
        "jupyter_server_fileid",
        "jupyter_server_proxy",
        "jupyter_server_terminals",
        "jupyter_server_ydoc",
        "jupyterlab",
        "jupyterlab_server",
        "nb_presign",
        "nbclassic",
        "notebook",
    }
    assert len(routes) > 220


def test_every_route_can_be_tried(routes, requests):
    assert [route.pattern for route in routes if sample(route.pattern) is None] == []
    missed = [route for route, paths in requests.items() if not paths]
    assert [str(route) for route in missed if not shadowed(route, routes)] == []


def test_every_route_has_a_row_or_a_reason(gate, requests):
    without = {
        str(route)
        for route, paths in requests.items()
        if not route.pattern.startswith(NAMED) and not shadowed(route, requests)
        if all(gate.find(route.method, path) is None for path in paths)
    }
    assert sorted(without) == sorted(DENIED)


def test_no_row_is_dead(gate, requests):
    reached = {
        id(match.route)
        for route, paths in requests.items()
        for path in paths
        if (match := gate.find(route.method, path))
    }
    assert [row.pattern.pattern for row in ROUTES if id(row) not in reached] == []


def test_no_row_has_a_method_too_many(gate, requests):
    """What no handler has would be open as soon as one has it."""
    reached = {
        (id(match.route), route.method)
        for route, paths in requests.items()
        for path in paths
        if (match := gate.find(route.method, path))
    }
    assert [
        f"{method} {row.pattern.pattern}"
        for row in ROUTES
        for method in row.methods
        if (id(row), method) not in reached
    ] == []


@pytest.mark.parametrize("name", GUESTS)
def test_a_route_that_is_not_open_to_a_guest_does_nothing(stage, cookies, gate, requests, name):
    scope, narrowed = GUESTS[name]
    session = a_session(scope=scope, narrowing=narrowing(narrowed, NAMES))
    stage.reset()
    before, wrong, tried = stage.snapshot(), {}, 0
    for route, paths in requests.items():
        for path in paths:
            match = gate.find(route.method, path)
            if match is not None and (match.route.public or match.open_to(session)):
                continue
            if route.pattern.startswith(NAMED) and name == "full":
                continue
            tried += 1
            answer = stage.send(route.method, path, cookies[name])
            absorbed = match is not None and match.route.absorb is not None
            expected = {200, 204} if absorbed else {401, 403}
            if route.pattern == "/.*/$":
                # The platform takes a slash off before it asks who it is: everybody is told that.
                expected = {302}
            if answer.status not in expected:
                wrong[f"{route.method} {path}"] = answer.status
            assert stage.server.token.encode() not in answer.everything
    assert wrong == {}
    assert tried > 20
    assert changed(before, settled(stage, before, seconds=0.3)) == set()
