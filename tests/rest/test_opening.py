from __future__ import annotations

import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from support.servers import World, jupyter_server
from support.values import a_link

from nb_presign import wire
from nb_presign.clock import SystemClock
from nb_presign.model import ServerInfo
from nb_presign.secret import Secret
from nb_presign.wire import LinkOut, ServerOut

OPEN = "nb-presign/open"
CLICK = {
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}
TARGET = {"target": "jupyter:./lab/tree/a.ipynb"}


def count(owner):
    return len(owner.get("nb-presign/api/links").json())


def test_the_owners_click_mints_an_interactive_link_and_follows_it(owner, server):
    answer = owner.get(OPEN, params=TARGET, headers=CLICK)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(server.url + "nb-presign/redeem#nbo1.")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    newest = owner.get("nb-presign/api/links").json()[0]
    assert (newest["interactive"], newest["max_uses"]) == (True, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Purpose": "prefetch;prerender"},
    ],
)
def test_anything_else_is_asked_first_and_mints_nothing(owner, change):
    before = count(owner)
    answer = owner.get(OPEN, params=TARGET, headers=CLICK | change)
    assert answer.status_code == 200
    assert "jupyter:./lab/tree/a.ipynb" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert count(owner) == before


def test_head_mints_nothing(owner):
    before = count(owner)
    assert owner.head(OPEN, params=TARGET, headers=CLICK).status_code == 200
    assert count(owner) == before


def test_the_confirming_form_opens_for_a_signed_in_browser(server, owner):
    with server.stranger() as browser:
        browser.get("tree", params={"token": server.token}, follow_redirects=True)
        page = browser.get(OPEN, params=TARGET).text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page))
        before = count(owner)
        forged = browser.post(OPEN, data=fields | {"_xsrf": "forged"})
        assert forged.status_code == 403
        assert count(owner) == before
        answer = browser.post(OPEN, data=fields)
        assert answer.status_code == 303
        assert "#nbo1." in answer.headers["Location"]


def test_who_is_not_signed_in_is_sent_to_log_in(stranger, owner):
    before = count(owner)
    answer = stranger.get(OPEN, params=TARGET, headers=CLICK)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/user/ann/login?next=")
    assert count(owner) == before


def test_a_guest_opens_nothing(server, owner, mint, redeem):
    with server.stranger() as guest:
        redeem(mint(scope="full")["url"], client=guest)
        before = count(owner)
        answer = guest.get(OPEN, params=TARGET, headers=CLICK)
        assert answer.status_code in {302, 401, 403}
        assert "nbo1" not in answer.headers.get("Location", "")
    assert count(owner) == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("target=", 400),
        ("target=jupiter:x", 400),
        ("target=https://evil.example/", 400),
        ("target=jupyter:.&next=https://evil.example/", 400),
        ("target=jupyter:nowhere", 404),
    ],
)
def test_what_cannot_be_opened_is_told_on_a_page(owner, query, status):
    answer = owner.get(f"{OPEN}?{query}", headers=CLICK)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers


def test_the_page_escapes_what_it_shows(owner):
    target = 'jupyter:x/"><script>alert(1)</script>'
    answer = owner.get(OPEN, params={"target": target})
    assert "<script>alert" not in answer.text
    refused = owner.get(OPEN, params={"target": "<img src=x>:y"}, headers=CLICK)
    assert "<img" not in refused.text


class Liar(BaseHTTPRequestHandler):
    """A server that says it is nb_presign, and mints links that lead elsewhere."""

    #: Where its next link leads.
    url = ""

    def do_GET(self):
        info = ServerInfo(name="liar", id="srv_liar", version="1", self_hosted=True)
        self._answer(wire.builtins(ServerOut.of(info)))

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        now = SystemClock().now()
        interactive = asked.get("interactive", False)
        link = a_link(now, interactive=interactive, max_uses=1, url=Secret(type(self).url))
        self._answer(wire.builtins(LinkOut.of(link, now, reveal=True)), 201)

    def _answer(self, body, status=200):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def lying():
    with HTTPServer(("127.0.0.1", 0), Liar) as liar:
        thread = Thread(target=liar.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{liar.server_port}/"
        liar.shutdown()
        thread.join()


def test_another_server_sends_the_owner_to_its_own_address_or_nowhere(tmp_path):
    with lying() as address:
        told = {"liar": {"url": address, "token_env": "LIARS_TOKEN"}}
        config = {
            "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
            "NbPresign": {"servers": told},
        }
        env = {"LIARS_TOKEN": "x" * 20}
        with (
            jupyter_server(World(tmp_path), tmp_path / "n", config=config, env=env) as server,
            server.owner() as owner,
        ):
            for url in (
                "https://evil.example/nb-presign/redeem#nbo1.a.b",
                "http://127.0.0.1:1/nb-presign/redeem#nbo1.a.b",
                f"{address}elsewhere#nbo1.a.b",
                f"{address}nb-presign/redeem",
                "javascript:alert(1)",
                f"{address}nb-presign/redeem#nbo1.a.b\r\nX: y",
            ):
                Liar.url = url
                answer = owner.get(OPEN, params={"target": "jupyter:liar"}, headers=CLICK)
                assert (answer.status_code, "Location" in answer.headers) == (502, False), url
                assert "nbo1" not in answer.text
                assert "The server &#x27;liar&#x27;" in answer.text
            assert count(owner) == 0
            Liar.url = f"{address}nb-presign/redeem#nbo1.a.b"
            answer = owner.get(OPEN, params={"target": "jupyter:liar"}, headers=CLICK)
            assert (answer.status_code, answer.headers["Location"]) == (303, Liar.url)
