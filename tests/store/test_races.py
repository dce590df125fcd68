"""Two processes of eight racers each, on one SQLite file and on one PostgreSQL.

The naive store runs the same races.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from contracts.store import ALICE
from support.postgres import a_database
from support.tally import Tally, record
from support.values import a_link

from nb_presign.clock import SystemClock
from nb_presign.model import Link
from nb_presign.store.sql import SqlStore

TESTS = Path(__file__).parents[1]
PROCESSES, RACERS = 2, 16
BASELINE = "a store that looks first and changes then"
CLOCK = SystemClock()
FEW, MANY = 5, 200
#: Rounds after which the naive store must have shown what it does, where the few have not.
ENOUGH = 200


@dataclass
class Track:
    """Racers that wait for rounds, and the store that they race on."""

    store: SqlStore
    processes: list[subprocess.Popen[str]]

    def race(self, link: Link, *, page: str = "", also: str = "") -> list[str]:
        """Let all redeem a link at once; the first of them does something else if asked to."""
        asked = [{"link": link.id, "page": page, "also": ""} for _ in self.processes]
        asked[0]["also"] = also
        for process, line in zip(self.processes, asked, strict=True):
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        return [one for process in self.processes for one in json.loads(process.stdout.readline())]

    def link(self, **facts) -> Link:
        return self.store.add_link(a_link(CLOCK.now(), **facts), ALICE)

    def live(self, link: Link) -> int:
        """Count the sessions of a link that guests could use."""
        found = self.store.sessions(since=CLOCK.now(), limit=1_000_000)
        return sum(s.link_id == link.id and s.ended_at is None for s in found)


@contextmanager
def a_track(which: str, url: str) -> Iterator[Track]:
    store = SqlStore(url, CLOCK, busy_seconds=30)
    store.revision()
    with ExitStack() as stack:
        stack.callback(store.close)
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, TESTS / "store" / "racers.py", which, url],
                    env={**os.environ, "PYTHONPATH": str(TESTS)},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(PROCESSES)
        ]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        yield Track(store, processes)
        for process in processes:
            process.stdin.close()


@pytest.fixture(scope="module")
def naive(tmp_path_factory) -> Iterator[Track]:
    with a_track("naive", f"sqlite:///{tmp_path_factory.mktemp('naive')}/store.sqlite") as track:
        yield track


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def tracks(request, naive, tmp_path_factory) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path_factory.mktemp('races')}/store.sqlite"
        if request.param == "PostgreSQL":
            cluster = request.getfixturevalue("postgres_cluster")
            url = cluster.url(stack.enter_context(a_database(cluster)))
        real = stack.enter_context(a_track("real", url))
        yield {"real": real, "naive": naive, "where": request.param}


@pytest.fixture(
    params=[
        pytest.param(FEW, id="few"),
        pytest.param(MANY, id="many", marks=[pytest.mark.faults, pytest.mark.timeout(1200)]),
    ]
)
def rounds(request):
    return request.param


PAGES = count()


def sessions(got: list[str]) -> set[str]:
    return {one for one in got if one.startswith("ses_")}


def tally(what: str, tracks: dict[str, Any], rounds: int, is_bad) -> None:
    """Run the rounds on both tracks, count those that went wrong, and keep the figures.

    A few of the naive store's end with the first that went wrong.
    """
    bad = sum(is_bad(tracks["real"]) for _ in range(rounds))
    least, naively = 1 if rounds == FEW else rounds, []
    while len(naively) < least or (not any(naively) and len(naively) < ENOUGH):
        naively.append(is_bad(tracks["naive"]))
    record(
        Tally(
            what=f"{what}, in races of {RACERS} from {PROCESSES} processes on {tracks['where']}",
            bad=bad,
            tried=rounds,
            baseline=BASELINE,
            baseline_bad=sum(naively),
            baseline_tried=len(naively),
        )
    )


def test_a_link_for_one_use_is_used_once(tracks, rounds):
    def is_bad(track: Track) -> bool:
        link = track.link(max_uses=1)
        got = track.race(link)
        refused = got.count("link-used-up") == RACERS - 1
        return not (len(sessions(got)) == track.live(link) == 1 and refused)

    tally("links for one use that gave not exactly one session", tracks, rounds, is_bad)


def test_a_link_for_some_uses_is_used_as_often(tracks, rounds):
    def is_bad(track: Track) -> bool:
        link = track.link(max_uses=5)
        got = track.race(link)
        uses = track.store.link(link.id).uses
        return not (len(sessions(got)) == track.live(link) == uses == 5)

    tally("links for five uses that gave not exactly five sessions", tracks, rounds, is_bad)


def test_all_answers_to_one_landing_page_are_the_same(tracks, rounds):
    def is_bad(track: Track) -> bool:
        link = track.link(max_uses=1)
        got = track.race(link, page=f"page {next(PAGES)}")
        same = len(set(got)) == len(sessions(got)) == 1
        return not (same and track.live(link) == track.store.link(link.id).uses == 1)

    tally("landing pages that got not one and the same session", tracks, rounds, is_bad)


def test_no_session_outlives_the_revocation_of_its_link(tracks, rounds):
    def is_bad(track: Track) -> bool:
        link = track.link()
        track.race(link, also="revoke")
        assert track.store.link(link.id).revoked_at is not None
        return track.live(link) > 0

    tally("revoked links that kept a live session", tracks, rounds, is_bad)


def test_redeeming_goes_on_while_old_links_are_forgotten(tracks, rounds):
    track = tracks["real"]
    long_ago = CLOCK.now() - timedelta(days=9)
    for _ in range(rounds):
        old = [track.store.add_link(a_link(long_ago), ALICE) for _ in range(25)]
        link = track.link(max_uses=RACERS - 1)
        got = track.race(link, also="purge")
        assert len(sessions(got)) == track.live(link) == RACERS - 1
        assert [track.store.link(one.id) for one in old] == [None] * 25
