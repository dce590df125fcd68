"""Paths however they are written, wherever they stand: who is let into `pub` stays there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

import pytest
from containment.cases import GUESTS
from containment.stage import CANARIES, Stage
from containment.tries import (
    ALWAYS,
    MORE,
    READ,
    SECRET,
    TARGETS,
    TEXT,
    Try,
    by_id,
    in_bodies,
    reading,
    writing,
)
from support.tally import Tally, record


def needles(*names: str) -> list[bytes]:
    """Write canaries as they may arrive: as they are, and in base64 as files are sent."""
    found = []
    for name in names:
        text = CANARIES[name].encode()
        found += [text, base64.b64encode(text)[:-4]]
    return found


def leaks(stage: Stage, tries: Iterable[Try], cookie: str, *names: str) -> tuple[list[str], int]:
    """Send everything; tell which answers held a canary, and how many there were.

    A canary is also what file id or path stands for the path or file id that was asked about.
    """
    wanted, found, count = needles(*names), [], 0
    places = [stage.names["priv_file"].encode(), b"priv/doc.txt"] if "priv" in names else []
    for each in tries:
        count += 1
        answer = stage.send(
            each.method, each.target, cookie, body=each.body, headers=dict(each.headers)
        )
        arrived = answer.everything
        opened = answer.status == 101
        asked = each.target.encode("utf-8", "surrogatepass") + each.body
        told = [place for place in places if place not in asked]
        if opened or any(needle in arrived for needle in (*wanted, *told)):
            found.append(f"{answer.status} {each.method} {each.target[:200]} {each.body[:100]!r}")
    return found, count


def beyond(name: str) -> list[str]:
    """Name the canaries that a guest must not be sent."""
    return [each for each in CANARIES if each != "neighbour" or GUESTS[name][1] == "notebook"]


def outside_of(name: str, stage: Stage) -> dict[str, Any]:
    """Look at everything that is not a guest's, and at where sessions and links lead."""
    found = dict(stage.snapshot())
    inside = "pub/own.ipynb" if GUESTS[name][1] == "notebook" else "pub/"
    files = found["files"]
    found["files"] = {path: what for path, what in files.items() if not path.startswith(inside)}
    found["links"] = {path: what for path, what in files.items() if what.startswith("-> ")}
    # The server keeps the slash that somebody has put in front.
    paths = [path.removeprefix("/") for _, path, _, _, _ in found["sessions"]]
    found["sessions"] = [path for path in paths if not path.startswith(inside)]
    # Ids are given to what is inside, too, and what is saved is signed.
    del found["file ids"], found["signatures"]
    return found


def copied(stage: Stage) -> list[str]:
    """Name files of `pub` that hold what was outside."""
    return [
        str(path)
        for path in (stage.root / "pub").rglob("*")
        if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(stage.root)
        if any(needle in path.read_bytes() for needle in needles("priv", "outside"))
        and (stage.root / "priv") not in path.resolve().parents
    ]


def test_no_spelling_reads_what_is_outside(stage, cookies, unguarded_files):
    stage.reset()
    cookie = cookies["full pub"]
    tries = [
        *reading(stage, SECRET, ALWAYS),
        *reading(stage, SECRET, READ, every=3),
        *by_id(stage),
    ]
    found, tried = leaks(stage, tries, cookie, *beyond("full pub"))
    assert found == []
    baseline = reading(unguarded_files, SECRET, ALWAYS)
    naive, naively = leaks(unguarded_files, baseline, "guest=1", *beyond("full pub"))
    record(
        Tally(
            what="answers to a guest of one directory that held what lies outside of it",
            bad=len(found),
            tried=tried,
            baseline="a server that takes any cookie for a user",
            baseline_bad=len(naive),
            baseline_tried=naively,
        )
    )


@pytest.mark.parametrize("name", ["read notebook", "execute notebook"])
def test_who_has_one_notebook_has_no_other(stage, cookies, name):
    stage.reset()
    before = outside_of(name, stage)
    tries = [
        *reading(stage, "pub/other.ipynb", (*ALWAYS, *READ), every=3),
        *writing(stage, "pub/other.ipynb", every=9),
        *in_bodies(stage, "pub/other.ipynb", every=9),
        *by_id(stage),
    ]
    assert leaks(stage, tries, cookies[name], *beyond(name))[0] == []
    assert outside_of(name, stage) == before
    assert stage.send("GET", "/api/contents/pub/own.ipynb", cookies[name]).status == 200


@pytest.mark.parametrize("tries", [writing, in_bodies])
def test_no_spelling_changes_what_is_outside(stage, cookies, tries):
    stage.reset()
    before = outside_of("full pub", stage)
    wanted = beyond("full pub")
    found, tried = leaks(stage, tries(stage, SECRET, every=3), cookies["full pub"], *wanted)
    assert tried > 500
    assert found == []
    assert outside_of("full pub", stage) == before
    assert copied(stage) == []
    # It was a guest who may write.
    stage.reset()
    body = json.dumps(TEXT).encode()
    answer = stage.send("PUT", "/api/contents/pub/a.txt", cookies["full pub"], body=body)
    assert answer.status == 201


def test_no_spelling_leaves_the_root(stage, cookies):
    """Also who has the whole server has its root directory only, as far as files are served."""
    stage.reset()
    slots = ("/api/contents/*", "/files/*", "/view/*", "/api/fileid/id?path=*")
    tries = reading(stage, "../outside/secret.txt", slots)
    assert leaks(stage, tries, cookies["full"], "outside")[0] == []


def test_reading_inside_works(stage, cookies):
    """The corpus proves nothing of a guest who may read nothing."""
    stage.reset()
    for path in ("pub/notes.txt", "pub/sub/deep.txt", "pub/inner/deep.txt"):
        answer = stage.send("GET", f"/api/contents/{path}", cookies["read pub"])
        assert answer.status == 200, path
    assert stage.send("GET", "/files/pub/notes.txt", cookies["read pub"]).body == b"notes"


def test_a_listing_does_not_tell_of_links_that_lead_outside(stage, cookies):
    stage.reset()
    answer = stage.send("GET", "/api/contents/pub", cookies["read pub"])
    names = {entry["name"] for entry in json.loads(answer.body)["content"]}
    inside = {"own.ipynb", "other.ipynb", "notes.txt", "doomed.txt", "doc.txt", "sub", "inner"}
    assert names == {*inside, f"{stage.names['fresh']}.txt"}


@pytest.mark.parametrize("place", ["pub", "pub/sub"])
def test_a_copied_directory_takes_along_nothing_from_outside(stage, cookies, place):
    """Copies follow symbolic links (jupyter_server 2.21, `shutil.copytree`)."""
    stage.reset()
    for directory in ("pub", "pub/", "/pub"):
        body = json.dumps({"copy_from": directory}).encode()
        answer = stage.send("POST", f"/api/contents/{place}", cookies["full pub"], body=body)
        assert answer.status == 403
    assert copied(stage) == []
    body = json.dumps({"copy_from": "pub/sub"}).encode()
    answer = stage.send("POST", f"/api/contents/{place}", cookies["full pub"], body=body)
    assert answer.status == 201


@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_no_spelling_of_anything_for_anybody(stage, cookies, unguarded_files):
    found, tried = [], 0
    for name in (name for name, (_, where) in GUESTS.items() if where):
        for target in (SECRET, *TARGETS):
            # Whoever may most, and who has one notebook only, meet all of them everywhere.
            every = 1 if target == SECRET and name in {"full pub", "execute notebook"} else 8
            tries = [
                *reading(stage, target, (*ALWAYS, *READ, *MORE), every=every),
                *writing(stage, target, every=every),
                *in_bodies(stage, target, every=every),
                *by_id(stage),
            ]
            stage.reset()
            before = outside_of(name, stage)
            leaked, count = leaks(stage, tries, cookies[name], *beyond(name))
            found, tried = [*found, *leaked], tried + count
            assert copied(stage) == []
            assert outside_of(name, stage) == before
    assert found == []
    baseline = [each for target in TARGETS for each in reading(unguarded_files, target, ALWAYS)]
    naive, naively = leaks(unguarded_files, baseline, "guest=1", *beyond("full pub"))
    record(
        Tally(
            what="answers to guests of a directory or notebook that held what lies outside of it",
            bad=len(found),
            tried=tried,
            baseline="a server that takes any cookie for a user",
            baseline_bad=len(naive),
            baseline_tried=naively,
        )
    )
