"""Ten thousand live links on one scheduler: at rest, in memory, and what their upstream meets."""

import asyncio
import gc
import random
import secrets
import time
import tracemalloc
from collections import Counter
from datetime import timedelta

import pytest
from benchmarks.amount import Amount
from support.live_world import World
from support.values import a_link

from nb_presign.blocking import BackgroundLoop
from nb_presign.clock import SystemClock
from nb_presign.errors import UnreachableError
from nb_presign.live import Limit, Mode, Scheduler
from nb_presign.live.timetable import LONGEST_SLEEP
from nb_presign.secret import Secret

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

LINKS = 10_000
LIFETIME = 300
#: Seconds that pass between two looks at the clock.
STEP = 0.1
#: The timer looks at the clock once in LONGEST_SLEEP, whatever is planned.
REST = LONGEST_SLEEP + 2


class Upstream:
    """Answers like a cloud, and notes when it was asked."""

    def __init__(self, clock, latency=0.0):
        self.clock = clock
        self.latency = latency
        self.families = {}
        self.asked = []
        self.is_away = False

    def made(self, **facts):
        url = Secret(f"https://b.example/?authToken={secrets.token_urlsafe(32)}")
        return a_link(self.clock.now(), audience="", url=url, **facts)

    def link(self, **facts):
        link = self.made(**facts)
        self.families[link.id] = link.family
        return link

    async def refresh(self, link_id):
        self.asked.append(self.clock.now())
        await asyncio.sleep(self.latency)
        if self.is_away:
            raise UnreachableError("b does not answer.")
        return self.link(family=self.families.pop(link_id))


class Day:
    """Many live links, and time that a test turns."""

    def __init__(self, latency):
        self.world = World(chance=random.Random(7).random)  # noqa: S311  # the same each time
        self.clock = self.world.clock
        self.upstream = Upstream(self.clock, latency)
        self.world.limit(Limit(span=timedelta(days=9), refreshes=10_000))
        self.lives = [self.follow() for _ in range(LINKS)]
        self.world.settle()

    def follow(self):
        return self.world.scheduler.follow(self.upstream.link(), self.upstream, mode=Mode.ALWAYS)

    def busiest(self, seconds):
        """Let time pass; returns the most that was asked within a second, and the mean."""
        began, already = self.clock.now(), len(self.upstream.asked)
        self.world.pass_time(seconds, step=STEP)
        asked = self.upstream.asked[already:]
        buckets = Counter(int((when - began).total_seconds()) for when in asked)
        return max(buckets.values()), len(asked) / seconds

    def planned(self):
        """Return the most that is planned for one second, whatever the upstream could take."""
        times = [live.snapshot.next_refresh_at for live in self.lives]
        return max(Counter(int(when.timestamp()) for when in times if when).values())

    def good(self):
        return sum(live.snapshot.link.good_until > self.clock.now() for live in self.lives)


@pytest.mark.parametrize("latency", [0.2, 0.02])
def test_what_the_upstream_meets(keep, latency):
    """Two caps hold a herd back, and which of them does depends on the upstream's latency.

    What is *planned* shows what chance alone does.
    """
    day = Day(latency)

    def tell(what, most):
        what = f"{what}, answers in {latency} s: busiest second"
        keep(Amount(what, "usual mean", most, usual, "requests/s", n=LINKS))

    planned_first = day.planned()
    first, _ = day.busiest(LIFETIME)
    day.busiest(10 * LIFETIME)
    most, usual = day.busiest(5 * LIFETIME)
    assert day.good() == LINKS
    keep(Amount("planned, minted at once", "usual mean", planned_first, usual, "links/s", n=LINKS))
    keep(Amount("planned, an hour later", "usual mean", day.planned(), usual, "links/s", n=LINKS))
    tell("refreshes, minted at once", first)
    tell("refreshes, an hour later", most)

    day.clock.suspend(3600)
    tell("refreshes after a suspend", day.busiest(LIFETIME)[0])
    assert day.good() == LINKS

    day.upstream.is_away = True
    tell("refreshes while the upstream is away", day.busiest(900)[0])
    assert day.good() == 0
    day.upstream.is_away = False
    tell("refreshes when it is back", day.busiest(900)[0])
    assert day.good() == LINKS
    day.world.close()


def test_rest(keep):
    """CPU of the whole process while nothing is due: with links that last a day, and without."""
    background, clock = BackgroundLoop(), SystemClock()
    scheduler = Scheduler(clock, background)
    tomorrow = clock.now() + timedelta(days=1)

    def rest():
        gc.collect()
        began = time.process_time()
        time.sleep(REST)
        return (time.process_time() - began) / REST * 1e6

    async def settled():
        return len(scheduler)

    assert background.run(settled()) == 0
    empty = rest()
    upstream = Upstream(clock)
    lives = [
        scheduler.follow(upstream.link(expires_at=tomorrow), upstream, mode=Mode.ALWAYS)
        for _ in range(LINKS)
    ]
    assert background.run(settled()) == len(lives) == LINKS
    loaded = rest()
    background.loop.call_soon_threadsafe(background.loop.stop)
    while background.loop.is_running():
        time.sleep(0.01)
    background.loop.close()
    keep(Amount("CPU at rest, 10,000 live links", "none", loaded, empty, "µs/s"))


def test_memory(keep):
    """Bytes for each live link with all that it holds, against the frozen `Link` alone."""
    world = World()
    upstream = Upstream(world.clock)

    def grown(make):
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        made = make()
        world.settle()
        gc.collect()
        return made, (tracemalloc.get_traced_memory()[0] - before) / LINKS / 1024

    tracemalloc.start()
    links, bare = grown(lambda: [upstream.made() for _ in range(LINKS)])
    lives, more = grown(
        lambda: [world.scheduler.follow(link, upstream, mode=Mode.ALWAYS) for link in links]
    )
    assert len(world.scheduler) == len(lives)
    tracemalloc.stop()
    keep(Amount("memory of a live link", "of a Link", bare + more, bare, "KiB", n=LINKS))
    world.close()
