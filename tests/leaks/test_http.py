"""No answer over HTTP tells a guest a secret: every route, every file, every error."""

from __future__ import annotations

import re
from functools import cache
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from support.canaries import ENCODINGS, Canaries
from support.place import Place, Visitor
from support.servers import World, jupyter_server
from support.tally import Tally, record

from nb_presign.model import Scope

SUPPORT = Path(__file__).parents[1] / "support"
METHODS = ("HEAD", "OPTIONS", "PUT", "TRACE", "NONSENSE")
#: What stands for the groups of the router's patterns.
SAMPLES = [
    (r"(?P<mode>lab|doc)", "lab"),
    (r"(?P<workspace>/workspaces/[a-zA-Z0-9\-\_]+)?", ""),
    (r"(?P<tree>/tree/.*)?", "/tree/files/a.ipynb"),
    (r"\w+-\w+-\w+-\w+-\w+", "{kernel}"),
    (r"(?:(?:/[^/]+)+|/?)", "/files/a.ipynb"),
    (r"[^/:@]+", "127.0.0.1"),
    (r"\d+", "1"),
    (r"(/.*|)", "/x"),
    (r"\w+", "script"),
    (r"[\w\.\-%]+", "python3"),
    (r"[^/]+", "lnk_1"),
    (r"[\w-]+", "checkpoint"),
    (r"restart|interrupt", "restart"),
    (r"robots\.txt|favicon\.ico", "robots.txt"),
]
#: Further paths below some routes: what the samples do not reach.
MORE = [
    "",
    "lab",
    "lab?reset",
    "lab/tree/files/a.ipynb?token=x",
    "lab/workspaces/other",
    "doc/tree/files/a.ipynb",
    "tree",
    "tree/files",
    "notebooks/files/a.ipynb",
    "edit/files/a.txt",
    "consoles/files/a.ipynb",
    "nbclassic/tree",
    "nbclassic/edit/files/a.txt",
    "nbclassic/notebooks/files/a.ipynb",
    "nbconvert/html/files/a.ipynb",
    "nbconvert/markdown/files/a.ipynb?download=true",
    "api/contents?content=1",
    "api/contents/runtime?content=1&hash=1",
    "api/kernelspecs/python3",
    "api/config/notebook",
    "api/spec.yaml",
    "api/me?permissions=%7B%22contents%22%3A%5B%22read%22%5D%7D",
    "lab/api/settings",
    "lab/api/settings/@jupyterlab/apputils-extension:themes",
    "lab/api/listings/@jupyterlab/extensionmanager-extension/listings.json",
    "lab/api/translations/en",
    "login",
    "login?next=/lab",
    "login?next=//evil.example/",
    "metrics",
    "nb-presign/redeem",
    "nb-presign/redeem?authToken=x",
    "nb-presign/open?target=jupyter:.",
    "nb-presign/open?target=%3Cscript%3E",
    "planted/routes",
    "tiny/where",
]
#: What is not there, or not well formed.
BROKEN = [
    "no/such/page",
    "lab/tree/%00",
    "lab/tree/%ff%fe",
    "lab/tree/" + "a" * 3000,
    "api/contents/missing.txt",
    "api/contents/../keys.json",
    "api/contents/%2e%2e/%2e%2e/etc/passwd",
    "api/contents/files/a.txt?type=nonsense",
    "api/contents/files/a.txt?format=nonsense",
    "api/contents/files/a.ipynb?content=maybe",
    "api/kernels/none",
    "api/kernels/11111111-2222-3333-4444-555555555555/channels",
    "api/sessions/11111111-2222-3333-4444-555555555555",
    "api/terminals/none",
    "api/config/%7b%7b7*7%7d%7d",
    "files/missing",
    "files/%c0%ae%c0%ae/",
    "nbconvert/nonsense/files/a.ipynb",
    "nbconvert/html/files/a.txt",
    "lab/api/settings/none",
    "lab/api/workspaces/none",
    "kernelspecs/none/logo.png",
    "nb-presign/api/links/lnk_none",
    "nb-presign/api/links/%f0",
    "nb-presign/open",
    "?token=wrong",
    "lab?token=wrong",
    "api/contents?%ff",
]


def concrete(pattern, kernel):
    """Make a path that a pattern of the router matches; None: it cannot be told."""
    path = pattern.removesuffix("$")
    for regex, text in SAMPLES:
        path = path.replace(regex, text.replace("{kernel}", kernel))
    path = re.sub(r"\(\?P<\w+>", "(", path)
    path = re.sub(r"\.[*+]", "x", path)
    path = re.sub(r"\\(.)", r"\1", path)
    path = re.sub(r"[()?]", "", path)
    return path.lstrip("/") if re.fullmatch(pattern.removesuffix("$"), path) else None


def linked(answer):
    """List the pages, scripts and styles of this server that a page names."""
    page = answer.body.decode("utf-8", "replace")
    found = re.findall(r"""(?:src|href|load)["']?\s*[=:]\s*["']([^"'{}<>]{1,300})["']""", page)
    for address in found:
        parts = urlsplit(urljoin("http://here/", address.replace("\\/", "/")))
        if parts.netloc == "here":
            yield parts.path.lstrip("/")


def crawl(place, visitor, kernel):
    """Ask for everything, and in the end leave and ask again."""
    with place.server.owner() as owner:
        routes = owner.get("planted/routes").json()
    # What the router of today has and the samples cannot fill would go untried.
    assert [p for p, _ in routes if concrete(p, kernel) is None] == []
    todo = [concrete(p, kernel) for p, method in routes if method in {"GET", "HEAD"}]
    todo += [way for file in files_of(place) for way in ways_to(file)] + MORE + BROKEN
    seen = {"logout"}  # ends the session
    while todo:
        path = todo.pop(0)
        # Static files are sent to everybody, and guests are nobody there.
        if path in seen or path.startswith("static/"):
            continue
        seen.add(path)
        answer = visitor.ask("GET", path)
        if answer.status == 200 and b"text/html" in answer.head and "files/" not in path:
            todo += linked(answer)
    for path, method in zip([*MORE, *BROKEN], cycle(METHODS), strict=False):
        # tornado hangs up after a method that it does not know.
        visitor.ask(method, path, more={"Connection": "close"})
    for path in ("logout", "", "lab", "lab/tree/files/a.ipynb", "api/contents", "api/me"):
        visitor.ask("GET", path)
    return visitor.answers


def files_of(place):
    found = [path for path in place.home.rglob("*") if path.is_file()]
    return [path.relative_to(place.home) for path in found if path.stat().st_size < 10**6]


def ways_to(file):
    """List the paths under which a file can be had."""
    name = quote(str(file))
    yield from (f"files/{name}", f"view/{name}", f"nbconvert/script/{name}")
    yield from (f"api/contents/{name}", f"api/contents/{name}?type=file&format=base64")


def leaks(place, answers):
    # Guests of all scopes are sent the same scripts and styles.
    look = cache(place.canaries.in_bytes)
    found = [(a.method, a.path, a.status, look(a.head) | look(a.body)) for a in answers]
    return [each for each in found if each[3]]


@pytest.fixture(scope="module")
def kernel(place):
    with place.server.owner() as owner:
        body = {"path": "files/a.ipynb", "name": "a", "type": "notebook", "kernel": {}}
        answer = owner.post("api/sessions", json=body)
        return answer.json()["kernel"]["id"]


@pytest.fixture(scope="module")
def told(place, kernel):
    """What guests of each scope were told."""
    return {scope: crawl(place, place.guest(scope), kernel) for scope in Scope}


@pytest.fixture(scope="module")
def leaked(place, told):
    """Which of that held a secret."""
    return leaks(place, [answer for answers in told.values() for answer in answers])


def test_no_answer_to_a_guest_holds_a_secret(told, leaked):
    for answers in told.values():
        assert len(answers) > 200
        assert sum(a.status == 200 for a in answers) > 60
    assert leaked == []


def test_a_server_that_takes_any_cookie_tells_its_secrets(told, leaked, tmp_path):
    """The baseline: the same look at a server whose guests are let in the naive way."""
    config = {
        "ServerApp": {
            "identity_provider_class": "naive_guests.NaiveGuests",
            "jpserver_extensions": {"nb_presign": False},
        }
    }
    world = World(tmp_path)
    with (
        jupyter_server(
            world, tmp_path, app="lab", config=config, env={"PYTHONPATH": str(SUPPORT)}
        ) as naive,
        naive.stranger(cookies={"guest": "1"}) as client,
    ):
        visitor = Visitor(client)
        naively = Place(naive, tmp_path, Canaries({"owner's token": naive.token}), [])
        for path in [*MORE, *(way for file in files_of(naively) for way in ways_to(file))]:
            visitor.ask("GET", path)
        bad = leaks(naively, visitor.answers)
    record(
        Tally(
            "answers to guests that held a secret of the server",
            bad=len(leaked),
            tried=sum(map(len, told.values())),
            baseline="a server that takes any cookie for a user",
            baseline_bad=len(bad),
            baseline_tried=len(visitor.answers),
        )
    )


def test_no_answer_to_nobody_holds_a_secret(place):
    client = place.stack.enter_context(place.server.stranger())
    visitor = Visitor(client)
    for path in [*MORE, *BROKEN, "logout"]:
        visitor.ask("GET", path)
    assert leaks(place, visitor.answers) == []


def test_a_narrowed_guest_is_told_nothing_either(place, kernel):
    del kernel
    with place.server.owner() as owner:
        (session,) = owner.get("api/sessions").json()
    visitor = place.guest("execute", f"session:{session['id']}")
    for path in [*MORE, *BROKEN, *(way for file in files_of(place) for way in ways_to(file))]:
        visitor.ask("GET", path)
    assert leaks(place, visitor.answers) == []


def test_the_same_look_at_what_the_owner_is_told_finds_it(place):
    owner = place.owner()
    told = {"the page": "lab", "a file": f"files/runtime/jpserver-{place.server.process.pid}.json"}
    found = {where: leaks(place, [owner.ask("GET", path)]) for where, path in told.items()}
    assert [found[where][0][3] for where in told] == [{"owner's token"}, {"owner's token"}]
    (keys,) = leaks(place, [owner.ask("GET", "files/data/nb_presign/keys.json")])
    assert keys[3] == {"signing key 0"}


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_however_a_leak_is_written_it_is_found_on_its_way(place, encoding):
    (place.home / "leak.bin").write_bytes(ENCODINGS[encoding](place.server.token.encode()))
    owner = place.owner()
    answers = [owner.ask("GET", "files/leak.bin")]
    answers += [owner.ask("GET", "api/contents/leak.bin?type=file&format=base64")]
    (place.home / "leak.bin").unlink()
    # Base64 of an encoding is none of ours to see through, except where it is of the thing itself.
    assert leaks(place, answers)[0][3] == {"owner's token"}


@pytest.mark.parametrize(
    "ranges", [["bytes=0-19", "bytes=20-39", "bytes=40-"], ["bytes=-30"], ["bytes=7-7"]]
)
def test_no_part_of_a_secret_can_be_asked_for(place, ranges):
    (place.home / "part.txt").write_text(place.server.token)
    guest, owner = place.guest("read"), place.owner()
    for asked in ranges:
        part = owner.ask("GET", "files/part.txt", more={"Range": asked})
        assert part.status == 206
        answer = guest.ask("GET", "files/part.txt", more={"Range": asked})
        assert (answer.status, answer.body) == (500, b"")
    (place.home / "part.txt").unlink()


@pytest.mark.parametrize("name", ["owner's token", "hashed password", "cookie secret file"])
def test_a_copy_of_a_secret_below_the_root_is_not_sent(place, name):
    value = {"owner's token": place.server.token, **place.values}[name]
    (place.home / "files" / "copy.txt").write_text(f"{'x' * 61}{value}\n")
    guest, owner = place.guest("full"), place.owner()
    for way in ways_to("files/copy.txt"):
        if way.startswith(("files/", "api/contents/")):
            (found,) = leaks(place, [owner.ask("GET", way)])
            assert found[3] == {name}
        answer = guest.ask("GET", way)
        assert leaks(place, [answer]) == []
        assert answer.status == 500 or not way.startswith(("files/", "api/contents/"))
    (place.home / "files" / "copy.txt").unlink()


def test_a_proxied_app_is_not_shown_the_guests_cookie(place):
    guest = place.guest("full")
    answer = guest.ask("GET", "tiny/where")
    assert (answer.status, b"_xsrf" in answer.body) == (200, True)  # it tells what it was sent
    assert leaks(place, [answer]) == []
