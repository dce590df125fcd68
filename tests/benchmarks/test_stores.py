"""SQLite and PostgreSQL by two processes: redemptions, and how soon a revocation is noticed."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from support.postgres import a_cluster, a_database
from support.values import a_link, a_redemption

from nb_presign.clock import SystemClock
from nb_presign.model import Actor
from nb_presign.store.sql import SqlStore

pytestmark = pytest.mark.benchmark

HERE = Path(__file__).parent
PROCESSES, THREADS, LINKS = 2, 4, 1500
TRIALS, DEAF_TRIALS = 1000, 200
OWNER = Actor("owner")


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """Both wait for the disk at each commit, as they do for everybody."""
    with a_cluster(settings=()) as cluster, a_database(cluster) as name:
        sqlite = tmp_path_factory.mktemp("store") / "store.sqlite"
        yield {"SQLite": f"sqlite:///{sqlite}", "PostgreSQL": cluster.url(name)}


def start(stack: ExitStack, script: str, *words: object) -> subprocess.Popen[str]:
    return stack.enter_context(
        subprocess.Popen(
            [sys.executable, HERE / script, *map(str, words)],
            env={**os.environ, "PYTHONPATH": str(HERE.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    )


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    return (
        f"p50 {statistics.median(ordered) * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, "
        f"max {ordered[-1] * 1e3:.1f} ms, n = {len(ordered)}"
    )


@pytest.mark.parametrize("kind", ["SQLite", "PostgreSQL"])
def test_redemptions(urls, kind, tell):
    with closing(SqlStore(urls[kind], SystemClock())) as store:
        store.revision()
    with ExitStack() as stack:
        processes = [
            start(stack, "redeeming.py", urls[kind], THREADS, LINKS) for _ in range(PROCESSES)
        ]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        results = [json.loads(process.stdout.readline()) for process in processes]
    seconds = max(r["ended"] for r in results) - min(r["began"] for r in results)
    took = [each for r in results for each in r["took"]]
    tell(f"{kind}: {len(took) / seconds:.0f} redemptions/s, {spread(took)}")


@pytest.mark.parametrize(
    ("kind", "how", "trials"),
    [("PostgreSQL", "", TRIALS), ("PostgreSQL", "deaf", DEAF_TRIALS), ("SQLite", "", DEAF_TRIALS)],
)
def test_a_revocation_is_noticed_by_the_other(urls, kind, how, trials, tell):
    store = SqlStore(urls[kind], SystemClock())
    delays = []
    with ExitStack() as stack:
        other = start(stack, "revoking.py", urls[kind], *([how] if how else []))
        for _ in range(trials):
            link = store.add_link(a_link(store.now()), OWNER)
            attempt = a_redemption(link, store.now())
            store.redeem(attempt)
            other.stdin.write(attempt.cookie_hash.hex() + "\n")
            other.stdin.flush()
            assert other.stdout.readline() == "in\n"
            # At any moment between two looks.
            time.sleep(random.uniform(0, 0.25 if kind == "SQLite" or how else 0.02))  # noqa: S311
            began = time.monotonic()
            store.revoke(link.id, now=store.now(), actor=OWNER)
            delays.append(float(other.stdout.readline()) - began)
        other.stdin.close()
    store.close()
    what = "asked for" if kind == "SQLite" or how else "told of"
    tell(f"{kind}, {what}: from the call to revoke until the other noticed: {spread(delays)}")
    assert max(delays) < 1
