"""Wherever a link leads, the browser stays on the server that it is for.

What an address means is for the browser to say, so it is asked: about every place that the server
sends people to, for hundreds of targets that would rather lead elsewhere.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest
from support.servers import World, jupyter_server
from support.tricks import NAMES, bodies, urls

from nb_presign.errors import UpstreamError
from nb_presign.model import Link, Scope, Target
from nb_presign.providers.base import ServerAddress
from nb_presign.providers.minted import check_url
from nb_presign.secret import Secret

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("redirects")
    root = home / "files"
    root.mkdir()
    for name in NAMES:
        (root / name).write_text("")
    # With JupyterLab's pages, to which links may lead.
    world = World(home / "home")
    with jupyter_server(world, root, app="lab", base_url="/user/ann/") as server:
        yield server


@pytest.fixture(scope="module")
def page(browser, server):
    """A page at the place from which people are sent on."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "nb-presign/redeem")
    yield page
    context.close()


def origin(server):
    return server.url.partition("/user/")[0]


def resolved(page, addresses):
    """Ask the browser where each address leads, seen from the page: origin and path."""
    return page.evaluate(
        """addresses => addresses.map(address => {
            try { const url = new URL(address, location.href); return [url.origin, url.pathname]; }
            catch { return ['nowhere', '']; }
        })""",
        addresses,
    )


def minted(server):
    """Mint whatever is let through; returns tokens by target."""
    found = {}
    with server.owner() as owner:
        for body in bodies():
            answer = owner.post("nb-presign/api/links", json=body)
            assert answer.status_code in {201, 400, 404}, (body, answer.text)
            if answer.status_code == 201:
                found[answer.json()["target"]] = answer.json()["url"]
    return found


@pytest.fixture(scope="module")
def links(server):
    found = minted(server)
    assert len(found) > 60
    return found


def test_the_url_of_every_link_is_on_this_server(server, page, links):
    for where in resolved(page, list(links.values())):
        assert where == [origin(server), "/user/ann/nb-presign/redeem"]


def test_redeeming_leads_to_this_server_only(server, page, links):
    locations = {}
    for target, url in links.items():
        with server.stranger() as guest:
            answer = guest.post(
                "nb-presign/redeem",
                json={"token": url.partition("#")[2], "nonce": "A" * 22},
                headers={"Origin": origin(server)},
            )
        assert answer.status_code == 200, (target, answer.text)
        locations[target] = answer.json()["location"]
    for target, (where, path) in zip(
        locations, resolved(page, list(locations.values())), strict=True
    ):
        assert where == origin(server), target
        assert path.startswith("/user/ann/"), target
        assert not path.startswith("/user/ann/nb-presign"), target


def test_opening_leads_to_this_server_only(server, page):
    click = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    locations = []
    with server.owner() as owner:
        owner.headers.update({**click, "Sec-Fetch-Dest": "document"})
        for body in bodies():
            if "path" in body:
                continue
            answer = owner.get("nb-presign/open", params={"target": body["target"]})
            assert answer.status_code in {303, 400, 404}, (body, answer.status_code)
            assert ("Location" in answer.headers) == (answer.status_code == 303)
            locations += answer.headers.get_list("Location")
    assert len(locations) > 50
    landing = [origin(server), "/user/ann/nb-presign/redeem"]
    assert resolved(page, locations) == [landing] * len(locations)


def test_a_browser_that_follows_some_of_them_stays_here(server, browser, links):
    chosen = [url for target, url in links.items() if "%" in target or "@" in target][::9][:8]
    assert len(chosen) >= 5
    for url in chosen:
        context = browser.new_context()
        page = context.new_page()
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(url)
        page.get_by_role("button", name="Open notebook").click()
        page.wait_for_url(lambda url: not urlsplit(url).path.endswith("/nb-presign/redeem"))
        context.close()
        assert all(each.startswith((server.url, "data:")) for each in asked), asked


def test_what_another_server_answers_leads_to_that_server_or_nowhere(page):
    address = ServerAddress("gpu", "https://gpu.example/", Secret("x"))
    now = datetime.now(timezone.utc)
    accepted = []
    for url in urls():
        link = Link(
            id="lnk_1",
            target=Target("jupyter", "gpu"),
            created_at=now,
            expires_at=now + timedelta(minutes=1),
            session_seconds=1800,
            scope=Scope.FULL,
            interactive=True,
            url=Secret(url),
        )
        with suppress(UpstreamError):
            check_url(link, address, own_host=True)
            accepted.append(url)
    assert "https://gpu.example/nb-presign/redeem#nbo1.a.b" in accepted
    assert 4 <= len(accepted) < 100
    assert {where for where, _ in resolved(page, accepted)} == {"https://gpu.example"}
