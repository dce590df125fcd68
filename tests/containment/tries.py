"""Every place of a request where a path can stand, or an id for one, and hostile paths in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from containment.spellings import BESIDE, decoded, of_url
from containment.stage import Stage
from support.raw import UPGRADE

SECRET = "priv/secret.txt"
#: What else of the stage a spelling may aim at.
TARGETS = ("priv/secret.ipynb", "priv", "pub/other.ipynb", "../outside/secret.txt")

#: Where a path stands in a URL that reads; these meet all spellings in every run.
ALWAYS = ("/api/contents/*", "/files/*")
READ = (
    "/api/contents/*?type=file&format=base64",
    "/api/contents/*?type=directory&content=1",
    "/api/contents/*/checkpoints",
    "/view/*",
    "/nbconvert/script/*",
    "/nbclassic/view/*",
    "/tree/*",
    "/api/fileid/id?path=*",
    "/api/resolvePath?path=*",
)
#: Where else, by the same rules, or to files of the server's own.
MORE = (
    "/files/*?download=1",
    "/nbconvert/html/*",
    "/nbclassic/edit/*",
    "/nbclassic/notebooks/*",
    "/nbclassic/tree/*",
    "/notebooks/*",
    "/edit/*",
    "/lab/tree/*",
    "/doc/workspaces/a/tree/*",
    "/api/notebooks/*",
    "/api/resolvePath?kernel={inner_kernel}&path=*",
    "/static/*",
    "/custom/*",
    "/nbextensions/*",
    "/lab/extensions/*",
    "/lab/api/themes/*",
    "/lab/api/settings/*",
    "/lab/api/workspaces/*",
    "/lab/api/translations/*",
    "/kernelspecs/python3/*",
    "/api/kernelspecs/*",
    "/api/config/*",
    "/server-proxy/icon/*",
    "/nb-presign/static/*",
)
TEXT = {"type": "file", "format": "text", "content": "written by a guest"}
_KERNEL = {"type": "notebook", "kernel": {"id": "{inner_kernel}"}}
#: Where a path stands in the URL of a write.
WRITE: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/api/contents/*", TEXT),
    ("POST", "/api/contents/*", {"type": "file", "ext": ".txt"}),
    ("PATCH", "/api/contents/*", {"path": "pub/stolen.txt"}),
    ("POST", "/api/contents/*/checkpoints", None),
    ("POST", "/api/contents/*/checkpoints/checkpoint", None),
    ("DELETE", "/api/contents/*/checkpoints/checkpoint", None),
    ("POST", "/api/contents/*/trust", None),
    ("DELETE", "/api/contents/*", None),
    ("PUT", "/api/collaboration/session/*", {"format": "text", "type": "file"}),
    ("PUT", "/lab/api/settings/*", {"raw": "{}"}),
    ("PUT", "/lab/api/workspaces/*", {"data": {}, "metadata": {"id": "a"}}),
)
#: Where a path, `*`, stands in a body.
BODY: tuple[tuple[str, str, Any], ...] = (
    ("POST", "/api/contents/pub", {"copy_from": "*"}),
    ("POST", "/api/contents/pub/sub", {"copy_from": "*", "type": "file"}),
    ("POST", "/api/contents/pub", {"type": "file", "ext": "*"}),
    ("POST", "/api/contents/pub", {"type": "file", "name": "*"}),
    ("PUT", "/api/contents/pub/new.txt", {**TEXT, "path": "*"}),
    ("PUT", "/api/contents/pub/new.txt", {**TEXT, "name": "*"}),
    ("PATCH", "/api/contents/pub/notes.txt", {"path": "*"}),
    ("POST", "/api/sessions", {**_KERNEL, "path": "*"}),
    ("POST", "/api/sessions", {**_KERNEL, "path": "pub/n.ipynb", "name": "*"}),
    ("POST", "/api/sessions", {**_KERNEL, "notebook": {"path": "*"}}),
    ("POST", "/api/sessions", {**_KERNEL, "notebook": {"path": "pub/n.ipynb", "name": "*"}}),
    ("PATCH", "/api/sessions/{inner_session}", {"path": "*"}),
    ("PATCH", "/api/sessions/{inner_session}", {"notebook": {"path": "*"}}),
    ("PATCH", "/api/sessions/{inner_session}", {"notebook": {"name": "*"}}),
    ("POST", "/api/kernels", {"name": "python3", "path": "*"}),
    ("POST", "/api/terminals", {"cwd": "*"}),
)
#: Ids that stand for paths, and names said twice.
IDS: tuple[tuple[str, str], ...] = (
    ("GET", "/api/fileid/path?id={priv_file}"),
    ("GET", "/api/fileid/path?id={pub_file}&id={priv_file}"),
    ("GET", "/api/fileid/path?id=%20{priv_file}"),
    ("GET", "/api/fileid/id?path=pub/doc.txt&path=priv/doc.txt"),
    ("GET", "/api/fileid/id?path=pub/doc.txt;path=priv/doc.txt"),
    ("GET", "/api/fileid/id?path=pub/doc.txt&%70ath=priv/doc.txt"),
    ("GET", "/api/resolvePath?path=notes.txt&kernel={other_kernel}"),
    ("GET", "/api/resolvePath?path=pub/doc.txt&path=../priv/doc.txt"),
    ("GET", "/api/collaboration/fork/text:file:{priv_file}"),
    ("PUT", "/api/collaboration/fork/text:file:{priv_file}"),
    ("PUT", "/api/collaboration/fork/text:file:{pub_file}%2f..%2ftext:file:{priv_file}"),
    ("PUT", "/api/collaboration/fork/text%3Afile%3A{priv_file}"),
    ("GET", "/api/collaboration/timeline/priv/doc.txt"),
    ("GET", "/api/collaboration/timeline/text:file:{priv_file}"),
    ("PUT", "/api/collaboration/undo_redo/{priv_room}?action=undo&steps=1&forkRoom=x"),
    ("GET", "/api/kernels/{other_kernel}"),
    ("GET", "/api/sessions/{other_session}"),
    ("POST", "/api/kernels/{inner_kernel}/../{other_kernel}/restart"),
    ("DELETE", "/api/sessions/{other_session}"),
)
#: Where what stands before the path is not written as usual.
UNUSUAL: tuple[tuple[str, str], ...] = tuple(
    (method, f"{before}{SECRET}")
    for method in ("GET", "HEAD", "get", "GET ")
    for before in (
        "//api/contents/",
        "/api//contents/",
        "/api/contents//",
        "/api/./contents/",
        "/x/../api/contents/",
        "/%61pi/contents/",
        "/api%2fcontents/",
        "/api/contents%2f",
        "/API/contents/",
        "/api/contents;x/",
        "/api/contents?/",
        "/api/contents/pub/../../contents/",
        "/files//",
        "/files/pub/../../files/",
        "//files/",
        "/%66iles/",
        "files/",
        "http://127.0.0.1/files/",
        "/api/notebooks/../contents/",
        "/nb-presign/redeem/../../files/",
        "/static/../files/",
        "/login/../files/",
        "/login%2f..%2ffiles/",
        "/static/%2e%2e/files/",
    )
)
#: Rooms of documents outside; opening one sends its text.
ROOMS = (
    "text:file:{priv_file}",
    "json:notebook:{priv_file}",
    "text%3Afile%3A{priv_file}",
    "x:y:{priv_file}",
    "text:file:{pub_file}/text:file:{priv_file}",
    "text:file:{pub_file}%2ftext:file:{priv_file}",
    "text:file:{pub_file}/../text:file:{priv_file}",
    "text:file:{priv_file}?x={pub_file}",
    "text:file:{priv_file}%00",
    "text:file:{priv_file}/",
)


@dataclass(frozen=True, slots=True)
class Try:
    """One request with a hostile path in it."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def spelled(target: str, stage: Stage) -> list[str]:
    """Write a target in all ways that can stand in a URL."""
    plain = [*decoded(target, stage.root), *BESIDE]
    raw = [text for text in plain if text.isascii() and text.isprintable() and " " not in text]
    return list(
        dict.fromkeys(
            [
                *raw,
                *(quote(text, safe="/", errors="surrogatepass") for text in plain),
                *of_url(target, stage.root),
            ]
        )
    )


def dealt(ways: list[str], place: int, every: int) -> list[str]:
    """Deal spellings out to places, so that some place meets each of them."""
    return ways[place % every :: every]


def reading(stage: Stage, target: str, slots: Iterable[str], *, every: int = 1) -> Iterator[Try]:
    for place, slot in enumerate(slots):
        ways = dealt(spelled(target, stage), place, every)
        before, star, after = slot.format(**stage.names).partition("*")
        for way in ways:
            in_query = star and "?" in before
            yield Try("GET", before + (quote(way, safe="%/") if in_query else way) + after)


def writing(stage: Stage, target: str, *, every: int = 1) -> Iterator[Try]:
    for place, (method, slot, body) in enumerate(WRITE):
        before, _, after = slot.partition("*")
        for way in dealt(spelled(target, stage), place, every):
            yield Try(method, before + way + after, _json(body, stage))


def in_bodies(stage: Stage, target: str, *, every: int = 1) -> Iterator[Try]:
    ways = [*decoded(target, stage.root), *of_url(target, stage.root), *BESIDE]
    for place, (method, path, body) in enumerate(BODY):
        for way in dealt(list(dict.fromkeys(ways)), place, every):
            text = json.dumps(body).replace('"*"', json.dumps(way))
            yield Try(method, path.format(**stage.names), _filled(text, stage))


def by_id(stage: Stage) -> Iterator[Try]:
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    for method, path in (*IDS, *UNUSUAL):
        yield Try(method, path.format(**stage.names), b"{}" if method == "PUT" else b"")
    for body in ("path=priv/doc.txt", "path=../outside/secret.txt"):
        # Handlers take arguments from a form in the body, and prefer those.
        yield Try("GET", "/api/fileid/id?path=pub/doc.txt", body.encode(), form)
        yield Try("GET", "/api/resolvePath?path=pub/doc.txt", body.encode(), form)
    hidden = f"id={stage.names['priv_file']}".encode()
    yield Try("GET", f"/api/fileid/path?id={stage.names['pub_file']}", hidden, form)
    for room in ROOMS:
        path = f"/api/collaboration/room/{room}".format(**stage.names)
        yield Try("GET", path, headers=tuple(UPGRADE.items()))


def _json(body: Any, stage: Stage) -> bytes:
    return b"" if body is None else _filled(json.dumps(body), stage)


def _filled(text: str, stage: Stage) -> bytes:
    for name, value in stage.names.items():
        text = text.replace(f"{{{name}}}", value)
    return text.encode()
