"""What looks at a link without anybody having clicked: none of it uses the link.

Mail scanners, chat previews and prefetching browsers fetch every address that they see; some ask
with HEAD, some run the page's scripts; other sites can make a browser send requests.
"""

from __future__ import annotations

import json
from itertools import product

import pytest
from playwright.sync_api import expect
from support.servers import World, jupyter_server

pytestmark = pytest.mark.browser

REDEEM = "nb-presign/redeem"
BOTS = [
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "TelegramBot (like TwitterBot)",
    "curl/8.5.0",
    "",
]
PURPOSES = [
    {},
    {"Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"X-Moz": "prefetch"},
]
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]
ELSEWHERE = "http://elsewhere.example/"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("bots")
    root = home / "files"
    root.mkdir()
    (root / "a.txt").write_text("")
    config = {"ServerApp": {"jpserver_extensions": {"nb_presign": True}}}
    with jupyter_server(World(home / "home"), root, config=config) as server:
        yield server


@pytest.fixture(scope="module")
def owner(server):
    with server.owner() as client:
        yield client


@pytest.fixture
def mint(owner):
    def mint(**terms):
        body = {"target": "jupyter:./files/a.txt", "max_uses": 1, **terms}
        answer = owner.post("nb-presign/api/links", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return mint


@pytest.fixture
def person(browser):
    """A browser of somebody who was never here."""
    context = browser.new_context()
    yield context
    context.close()


def state(owner):
    """Everything that using a link would change."""
    links = owner.get("nb-presign/api/links").json()
    return [(link["id"], link["uses"]) for link in links], owner.get(
        "nb-presign/api/sessions"
    ).json()


def test_no_method_no_user_agent_and_no_purpose_uses_a_link(server, owner, mint):
    link = mint()
    token = link["url"].partition("#")[2]
    before = state(owner)
    with server.stranger() as bot:
        for method, agent, purpose in product(METHODS, BOTS, PURPOSES):
            # tornado hangs up after a method that it does not know.
            headers = {"User-Agent": agent, "Connection": "close", **purpose}
            answer = bot.request(method, REDEEM, params={"authToken": token}, headers=headers)
            assert not any(name.startswith("nb-presign") for name in answer.cookies)
            assert token not in answer.text + str(answer.headers)
    assert state(owner) == before


def test_nothing_mints_but_the_owners_own_click(owner):
    before = state(owner)
    for method, purpose in product(["GET", "HEAD"], PURPOSES):
        click = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
        dest = "document" if purpose.get("Sec-Purpose") or purpose.get("Purpose") else "empty"
        headers = {**click, "Sec-Fetch-Dest": dest, **purpose}
        answer = owner.request(
            method, "nb-presign/open", params={"target": "jupyter:."}, headers=headers
        )
        assert (answer.status_code, "Location" in answer.headers) == (200, False)
    assert state(owner) == before


@pytest.mark.parametrize("style", ["#", "?authToken="])
def test_a_robot_that_runs_scripts_and_does_not_click_uses_nothing(person, owner, mint, style):
    url = mint()["url"].replace("#", style)
    before = state(owner)
    posted = []
    page = person.new_page()
    page.on("request", lambda request: posted.append(request.url) if request.method != "GET" else 0)
    page.goto(url)
    expect(page.get_by_role("button", name="Open notebook")).to_be_visible()
    # Whatever such robots do to see more of a page.
    page.mouse.move(200, 200)
    page.mouse.wheel(0, 2000)
    page.evaluate("""() => {
        const kinds = ['load', 'focus', 'scroll', 'pageshow', 'visibilitychange', 'mouseover'];
        for (const kind of kinds) {
            for (const at of [window, document, document.body]) {
                at.dispatchEvent(new Event(kind));
            }
        }
    }""")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert posted == []
    assert state(owner) == before
    assert person.cookies() == []


def test_a_robot_that_prints_or_measures_the_page_uses_nothing(person, owner, mint):
    url = mint()["url"]
    before = state(owner)
    page = person.new_page()
    page.emulate_media(media="print")
    page.goto(url)
    assert len(page.screenshot()) > 1000
    assert state(owner) == before


ATTACKS = {
    "a form": """([url, body]) => {
        const form = document.body.appendChild(document.createElement('form'));
        Object.assign(form, { method: 'post', action: url, enctype: 'text/plain' });
        const field = form.appendChild(document.createElement('input'));
        // As text/plain a form's field can be made to look like JSON.
        [field.name, field.value] = [body.slice(0, -2), body.slice(-2)];
        form.submit();
    }""",
    "fetch without CORS": """([url, body]) => fetch(url, { method: 'POST', mode: 'no-cors', body,
        credentials: 'include' }).catch(() => {})""",
    "fetch with JSON": """([url, body]) => fetch(url, { method: 'POST', body,
        credentials: 'include', headers: { 'Content-Type': 'application/json' } })
        .catch(() => {})""",
    "a beacon": """([url, body]) => navigator.sendBeacon(url, body)""",
    "a JSON beacon": """([url, body]) => navigator.sendBeacon(url, new Blob([body],
        { type: 'application/json' }))""",
    "a frame": """([url, , page]) => {
        document.body.appendChild(document.createElement('iframe')).src = page;
    }""",
    "an image": """([url, , page]) => { new Image().src = page; }""",
    "prefetching": """([url, , page]) => {
        for (const rel of ['prefetch', 'preload', 'prerender', 'modulepreload']) {
            const link = document.createElement('link');
            Object.assign(link, { rel, href: page, as: 'document' });
            document.head.appendChild(link);
        }
    }""",
    "an object": """([url, , page]) => {
        document.body.appendChild(Object.assign(document.createElement('object'), { data: page }));
    }""",
}


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_another_site_makes_a_browser_use_nothing(person, server, owner, mint, attack):
    """Not even of a link whose token it has, be it shared or one that goes on by itself."""
    links = [mint(interactive=is_own) for is_own in (False, True)]
    before = state(owner)
    person.route(
        ELSEWHERE, lambda route: route.fulfill(content_type="text/html", body="<body></body>")
    )
    pages = [person.new_page() for _ in links]
    for page, link in zip(pages, links, strict=True):
        body = json.dumps({"token": link["url"].partition("#")[2], "nonce": "A" * 22})
        page.goto(ELSEWHERE)
        with page.expect_event("request", lambda r: r.url.startswith(server.url)) as asked:
            page.evaluate(ATTACKS[attack], [server.url + REDEEM, body, link["url"]])
        assert asked.value
    for page in pages:
        page.wait_for_load_state("networkidle")
    assert state(owner) == before
    assert [c for c in person.cookies() if c["name"].startswith("nb-presign")] == []


#: Has a page's browser look ahead, as site operators and search engines have it.
AHEAD = """url => {
    const rules = document.createElement('script');
    rules.type = 'speculationrules';
    const ahead = [{ urls: [url], eagerness: 'immediate' }];
    rules.textContent = JSON.stringify({ prerender: ahead, prefetch: ahead });
    const link = document.createElement('link');
    Object.assign(link, { rel: 'prefetch', href: url });
    document.head.append(rules, link);
}"""


def is_ahead(request):
    purpose = request.headers.get("sec-purpose", "")
    return "nb-presign/" in request.url and "prefetch" in purpose


@pytest.mark.parametrize("what", ["a link", "one's own link", "open"])
def test_a_browser_that_looks_ahead_uses_and_mints_nothing(person, server, owner, mint, what):
    page = person.new_page()
    if what == "open":
        page.goto(f"{server.url}files/a.txt?token={server.token}")
        url = server.url + "nb-presign/open?target=jupyter:."
    else:
        url = mint(interactive=what == "one's own link")["url"]
    before = state(owner)
    seen = []
    person.on("request", lambda request: seen.append(request))  # noqa: PLW0108  # Playwright marks what it calls, which a builtin does not let it
    page.goto(server.url + "login")
    with person.expect_event("request", is_ahead, timeout=60_000):
        page.evaluate(AHEAD, url)
    # What the page made ahead would do then, it would do at once.
    page.wait_for_timeout(1000)
    ahead = [request for request in seen if "nb-presign/" in request.url]
    assert {request.method for request in ahead} == {"GET"}
    assert state(owner) == before


PRERENDERED = """
    let ahead = true;
    Object.defineProperty(document, 'prerendering', { get: () => ahead });
    window.arrive = () => {
        ahead = false;
        document.dispatchEvent(new Event('prerenderingchange'));
    };
"""


def test_a_page_that_is_made_ahead_waits_until_somebody_comes(person, owner, mint, server):
    link = mint(interactive=True)
    before = state(owner)
    page = person.new_page()
    page.add_init_script(PRERENDERED)
    page.goto(link["url"])
    page.wait_for_load_state("networkidle")
    assert state(owner) == before
    page.evaluate("arrive()")
    page.wait_for_url(server.url + "files/a.txt")
    assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 1


def test_a_click_does_use_it(person, owner, mint, server):
    """So that the tests above could fail."""
    link = mint()
    page = person.new_page()
    page.goto(link["url"])
    page.get_by_role("button", name="Open notebook").click()
    page.wait_for_url(server.url + "files/a.txt")
    assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 1
