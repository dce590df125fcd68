"""What a real browser does with the guest cookie, and with pages of others that want to use it.

The pages of others come from another port of the same host, which browsers count as the same site,
and by another name of the same machine, which they do not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page
from support.browser import chromium
from support.certificate import self_signed
from support.opening import mint
from support.proxy import forwards, proxy
from support.servers import RunningServer, World, jupyter_server
from support.visit import follow

pytestmark = pytest.mark.browser

CONFIG = {
    "ServerApp": {"jpserver_extensions": {"nb_presign": True}},
    "NbPresign": {"server_name": "b"},
}
#: Everything at once; what a page of another origin may send without asking first.
ATTACK = """
<!doctype html><title>attack</title>
<iframe name="sink"></iframe>
<img src="{server}logout">
<form id="link" method="post" action="{server}nb-presign/api/links" target="sink"
  enctype="text/plain"><input name='{{"target":"jupyter:.","x":"' value='"}}'></form>
<form id="file" method="post" action="{server}api/contents" target="sink"
  enctype="text/plain"><input name='{{"type":"notebook","x":"' value='"}}'></form>
<form id="open" method="post" action="{server}nb-presign/open" target="sink">
  <input name="target" value="jupyter:."></form>
<script>
const done = [];
const send = (method, path, body) => done.push(fetch("{server}" + path, {{
  method, mode: "no-cors", credentials: "include", body,
  headers: {{"Content-Type": "text/plain"}}}}).then(() => "sent", () => "blocked"));
send("POST", "api/kernels", "{{}}");
send("POST", "api/contents", '{{"type":"notebook"}}');
send("GET", "logout");
done.push(fetch("{server}api/contents", {{credentials: "include"}})
  .then(answer => answer.text()).then(text => "read " + text, () => "blocked"));
done.push(new Promise(told => {{
  const socket = new WebSocket("{server}api/events/subscribe".replace("http", "ws"));
  socket.onopen = () => told("open");
  socket.onerror = () => told("blocked");
}}));
for (const form of document.forms) done.push(new Promise(told => {{
  document.querySelector("iframe").onload = () => told("answered");
  form.submit();
  setTimeout(told, 1500, "sent");
}}));
Promise.all(done).then(found => {{ document.title = "done"; window.found = found; }});
</script>
"""
AWAY = '<!doctype html><script>location = "{server}logout"</script>'


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("browser")
    with jupyter_server(World(home), home / "files", config=CONFIG) as running:
        (running.root / "a.txt").write_text("the guest's file")
        yield running


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser) -> Iterator[BrowserContext]:
    made = browser.new_context(ignore_https_errors=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def others(server) -> Iterator[int]:
    """Serve pages of others; returns the port."""

    class Others(BaseHTTPRequestHandler):
        def do_GET(self):
            page = {"/attack": ATTACK, "/away": AWAY}.get(self.path, "<!doctype html>")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.format(server=server.url).encode())

        def log_message(self, *_):
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Others)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield listening.server_port
    listening.shutdown()
    thread.join()
    listening.server_close()


def a_guest(server, context, url=None, **terms) -> Page:
    """Open a link as a person does; at another address of the server, if one is given."""
    with server.owner() as owner:
        link = mint(owner, **terms)["url"]
    page = context.new_page()
    follow(page, link.replace(server.url, url) if url else link)
    return page


def guest_cookies(context):
    return [each for each in context.cookies() if "nb-presign-" in each["name"]]


def whoami(page, url) -> str:
    answer = page.context.request.get(f"{url}api/me")
    return answer.json()["identity"]["username"] if answer.ok else ""


def state(server):
    """See everything that a page of somebody else might want to change."""
    with server.owner() as owner:
        lists = {kind: owner.get(f"api/{kind}").json() for kind in ("kernels", "terminals")}
        sessions = owner.get("nb-presign/api/sessions").json()
        links = owner.get("nb-presign/api/links").json()
    live = sorted(each["id"] for each in sessions if each["state"] == "live")
    files = sorted(path.name for path in server.root.iterdir() if not path.name.startswith("."))
    return json.dumps([lists, live, len(links), files])


def test_over_http_pages_cannot_read_it(server, context):
    page = a_guest(server, context)
    (cookie,) = guest_cookies(context)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
    assert "nb-presign" not in page.evaluate("document.cookie")
    assert whoami(page, server.url).startswith("ses_")


def test_behind_tls_the_browser_holds_it_to_this_host(server, context, others, tmp_path):
    with proxy(server.url, forwards("https"), certificate=self_signed(tmp_path)) as front:
        page = a_guest(server, context, front.url)
        (cookie,) = guest_cookies(context)
        assert cookie["name"].startswith("__Host-nb-presign-")
        assert (cookie["httpOnly"], cookie["secure"], cookie["path"]) == (True, True, "/")
        name = whoami(page, front.url)
        assert name.startswith("ses_")
        plain = cookie["name"].removeprefix("__Host-")
        page.goto(f"http://127.0.0.1:{others}/")
        for planted in (plain, cookie["name"], f"__Secure-{plain}"):
            page.evaluate(f"document.cookie = '{planted}=planted; path=/; max-age=600'")
        # The plain one is kept, and sent along; it does not count.
        assert {each["name"] for each in guest_cookies(context)} == {cookie["name"], plain}
        assert whoami(page, front.url) == name
        page.goto(f"{front.url}logout")
        assert [each["name"] for each in guest_cookies(context)] == []
        assert whoami(page, front.url) == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_pages_of_others_change_and_read_nothing(server, context, others, host):
    guest = a_guest(server, context, scope="full")
    name, before = whoami(guest, server.url), state(server)
    written = len(server.logged())
    page = context.new_page()
    page.goto(f"http://{host}:{others}/attack")
    page.wait_for_function("document.title == 'done'")
    found = page.evaluate("window.found")
    log = server.logged()[written:]
    for sent in ("POST /api/contents", "POST /api/kernels", "POST /nb-presign/", "GET /logout"):
        assert sent in log, "the attack did not reach the server"
    assert "open" not in found
    assert not [each for each in found if each.startswith("read ")]
    assert state(server) == before
    assert whoami(guest, server.url) == name


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_others_cannot_log_a_guest_out(server, context, others, host):
    guest = a_guest(server, context)
    name = whoami(guest, server.url)
    page = context.new_page()
    page.goto(f"http://{host}:{others}/away")
    page.wait_for_url(f"{server.url}logout")
    page.wait_for_load_state()
    assert whoami(guest, server.url) == name
    assert f'"{name}"' in state(server).replace("\\", "")


def test_a_guest_can(server, context):
    page = a_guest(server, context)
    name = whoami(page, server.url)
    page.goto(f"{server.url}logout")
    assert whoami(page, server.url) == ""
    assert name not in state(server)
