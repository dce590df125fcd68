"""A live link over time, with nothing but time and the upstream faked."""

from __future__ import annotations

import asyncio
import logging
from itertools import pairwise

import pytest

from nb_presign.errors import (
    LinkNotFoundError,
    LinkRevokedError,
    RateLimitedError,
    UnreachableError,
    UpstreamError,
    UpstreamTimeoutError,
)
from nb_presign.live import Limit, LiveState, Mode


def refreshes(world):
    return [call for call in world.api.calls if call.startswith("refresh")]


def test_a_watched_link_is_refreshed_at_its_share_of_its_lifetime(world):
    live = world.follow()
    assert live.snapshot.next_refresh_at == world.clock.now().replace(minute=7, second=35)  # 210 s
    world.pass_time(209)
    assert refreshes(world) == []
    world.pass_time(1)
    assert refreshes(world) == ["refresh lnk_1"]
    assert live.snapshot.link.id == "lnk_2"
    assert live.snapshot.link.url.reveal().endswith("canary-2")
    assert (live.snapshot.state, live.snapshot.refreshes) == (LiveState.LIVE, 1)


def test_jitter_delays_the_refresh_but_not_beyond_expiry(world):
    world.chance = 0.999
    world.follow()
    world.pass_time(254)
    assert refreshes(world) == []
    world.pass_time(2)
    assert len(refreshes(world)) == 1


def test_an_unwatched_link_expires_and_is_refreshed_when_a_view_appears(world):
    live = world.follow(seen=False)
    seen = []
    live.listen(lambda snapshot: seen.append(snapshot.state))
    world.pass_time(299)
    assert live.snapshot.state is LiveState.LIVE
    world.pass_time(1)
    assert live.snapshot.state is LiveState.EXPIRED
    world.pass_time(3000, step=100)
    assert refreshes(world) == []
    assert len(world.scheduler) == 0  # nothing is planned, so that nothing keeps it alive
    live.look("late", visible=True)
    world.settle()
    assert seen == [LiveState.EXPIRED, LiveState.REFRESHING, LiveState.LIVE, LiveState.LIVE]


def test_a_link_past_its_refresh_time_but_alive_is_refreshed_when_looked_at(world):
    live = world.follow(seen=False)
    world.pass_time(250)
    assert refreshes(world) == []
    live.look("late", visible=True)
    world.settle()
    assert refreshes(world) == ["refresh lnk_1"]


def test_refreshing_stops_when_the_last_view_leaves(world):
    live = world.follow()
    live.look("second", visible=True)
    live.look("view", visible=False)
    world.pass_time(211)
    assert len(refreshes(world)) == 1
    live.look("second", visible=False)
    world.pass_time(1000)
    assert len(refreshes(world)) == 1
    assert live.snapshot.next_refresh_at is None
    assert live.snapshot.state is LiveState.EXPIRED


@pytest.mark.parametrize(("mode", "seen", "expected"), [
    (Mode.ALWAYS, False, 4), (Mode.NEVER, True, 0), (Mode.VISIBLE, True, 4),
])  # fmt: skip
def test_modes(world, mode, seen, expected):
    live = world.follow(mode, seen=seen)
    world.pass_time(850)
    assert len(refreshes(world)) == expected
    assert live.snapshot.auto is (mode is not Mode.NEVER)


def test_the_switch_stops_and_resumes(world):
    live = world.follow()
    live.set_auto(False)
    world.pass_time(400)
    assert refreshes(world) == []
    assert (live.snapshot.auto, live.snapshot.state) == (False, LiveState.EXPIRED)
    live.set_auto(True)
    world.settle()
    assert refreshes(world) == ["refresh lnk_1"]


def test_after_a_suspend_the_refresh_comes_within_half_a_minute(world):
    live = world.follow()
    world.pass_time(5)
    world.clock._now += world.api.link().expires_at - world.clock.now()  # wall time only
    world.pass_time(31)
    assert len(refreshes(world)) == 1
    assert live.snapshot.state is LiveState.LIVE


def test_passing_errors_are_retried_with_growing_pauses(world):
    world.chance = 0.5  # the pauses as they are
    world.api.errors = [UnreachableError("b does not answer.", hint="Start it.")] * 4
    live = world.follow()
    at = []
    for _ in range(330):
        before = len(refreshes(world))
        world.pass_time(1)
        if len(refreshes(world)) > before:
            at.append(world.clock.monotonic())
        if len(at) == 1 and len(refreshes(world)) == 1:
            assert live.snapshot.state is LiveState.FAILED
            assert live.snapshot.hint == "Not refreshed. b does not answer. Start it."
    pauses = [round(later - earlier) for earlier, later in pairwise(at)]
    assert pauses[:4] == [2, 4, 8, 16]
    assert live.snapshot.state is LiveState.LIVE
    assert live.snapshot.hint == ""


def test_pauses_are_bounded_and_spread(world):
    world.chance = 0.0
    world.api.errors = [RateLimitedError("Slow down.")] * 1000
    world.follow()
    world.pass_time(7200, step=10)
    count = len(refreshes(world))
    world.pass_time(1500, step=10)
    assert len(refreshes(world)) - count == 10  # 300 s, less half of it


def test_errors_that_time_does_not_mend_are_not_retried(world):
    world.api.errors = [LinkNotFoundError("There is no such link.", hint="Mint a new one.")]
    live = world.follow()
    world.pass_time(2000, step=10)
    assert len(refreshes(world)) == 1
    assert live.snapshot.state is LiveState.FAILED
    world.loop.run_until_complete(live.refresh())  # but by hand, it is tried
    assert live.snapshot.state is LiveState.LIVE


def test_an_upstream_that_raises_anything_else_leaks_nothing(world):
    world.api.errors = [ValueError("https://b.example/redeem#nbp1.canary")]
    live = world.follow()
    world.pass_time(210)
    assert live.snapshot.state is LiveState.FAILED
    assert live.snapshot.hint == "Not refreshed. Unexpected ValueError. Try again."
    assert "canary" not in repr(live) + repr(live.snapshot)


def test_a_hanging_upstream_is_given_up_after_a_minute(world):
    world.api.answering = asyncio.Event()
    live = world.follow()
    world.pass_time(211)
    assert live.snapshot.state is LiveState.REFRESHING
    waiting = world.loop.create_task(live.refresh())
    world.pass_time(59)
    assert live.snapshot.state is LiveState.FAILED
    with pytest.raises(UpstreamTimeoutError):
        waiting.result()


def test_a_limit_of_refreshes_ends_it_and_says_so(world):
    world.limit(Limit(refreshes=3))
    live = world.follow()
    world.pass_time(2000, step=5)
    assert len(refreshes(world)) == 3
    assert live.snapshot.auto is False
    assert live.snapshot.hint.startswith("Automatic refresh ended after 3 times.")
    live.set_auto(True)
    world.settle()
    assert len(refreshes(world)) == 4
    assert live.snapshot.hint == ""


def test_the_default_limit_is_twelve_hours(world):
    live = world.follow(Mode.ALWAYS)
    world.api.lifetime = 3600
    world.pass_time(12 * 3600 - 60, step=60)
    assert live.snapshot.auto is True
    count = len(refreshes(world))
    world.pass_time(2 * 3600, step=60)
    assert len(refreshes(world)) == count
    assert live.snapshot.hint.startswith("Automatic refresh ended after 12 h.")


def test_a_server_with_a_slow_clock_is_not_asked_again_and_again(world):
    live = world.follow()
    made = world.api.link

    def behind(**changes):
        now = world.clock.now()
        world.clock.set_back(3600)
        try:
            return made(**changes)
        finally:
            world.clock.set_back((world.clock.now() - now).total_seconds())

    world.api.link = behind
    world.pass_time(600)
    assert len(refreshes(world)) == 2
    assert live.snapshot.refreshes == 2


def test_two_who_ask_at_once_get_the_same_successor(world):
    live = world.follow(Mode.NEVER)

    async def both():
        return await asyncio.gather(live.refresh(), live.refresh())

    first, second = world.loop.run_until_complete(both())
    assert first is second
    assert refreshes(world) == ["refresh lnk_1"]


def test_one_who_gives_up_does_not_end_it_for_the_other(world):
    world.api.answering = asyncio.Event()
    live = world.follow(Mode.NEVER)
    one, other = world.loop.create_task(live.refresh()), world.loop.create_task(live.refresh())
    world.settle()
    one.cancel()
    world.settle()
    world.api.answering.set()
    assert world.loop.run_until_complete(other).id == "lnk_2"


def test_revoking_ends_it_with_the_links_of_clicks(world):
    live = world.follow()
    clicked = world.loop.run_until_complete(live.mint_click())
    assert clicked.interactive
    request = world.api.requests[0]
    assert (request.interactive, request.scope, request.session_seconds) == (
        True,
        "execute",
        43_200,
    )
    world.loop.run_until_complete(live.revoke())
    assert world.api.revoked == {"lnk_1", clicked.id}
    assert live.snapshot.state is LiveState.REVOKED
    assert live.snapshot.link.url is None
    live.set_auto(True)
    live.look("another", visible=True)
    world.pass_time(400)
    assert refreshes(world) == []
    assert live.snapshot.auto is False
    with pytest.raises(LinkRevokedError):
        world.loop.run_until_complete(live.mint_click())


def test_a_link_revoked_elsewhere_is_noticed_at_the_refresh(world):
    live = world.follow()
    world.api.revoked.add("lnk_1")
    world.pass_time(1000)
    assert len(refreshes(world)) == 1
    assert live.snapshot.state is LiveState.REVOKED
    assert live.snapshot.link.url is None


def test_revoking_waits_for_a_refresh_and_ends_its_successor(world):
    world.api.answering = asyncio.Event()
    live = world.follow()
    world.pass_time(211)
    revoking = world.loop.create_task(live.revoke())
    world.settle()
    assert not revoking.done()
    world.api.answering.set()
    world.loop.run_until_complete(revoking)
    assert world.api.calls == ["refresh lnk_1", "revoke lnk_2"]
    assert live.snapshot.state is LiveState.REVOKED


def test_a_failed_revocation_says_so_and_can_be_repeated(world):
    live = world.follow()
    world.api.errors = [UpstreamError("b is ill.")]
    with pytest.raises(UpstreamError):
        world.loop.run_until_complete(live.revoke())
    assert (live.snapshot.state, live.snapshot.hint) == (LiveState.FAILED, "Not revoked. b is ill.")
    world.loop.run_until_complete(live.revoke())
    assert live.snapshot.state is LiveState.REVOKED


def test_a_bad_listener_stops_nobody_and_its_words_are_not_logged(world, caplog):
    live = world.follow()
    heard = []

    def bad(snapshot):
        raise ValueError(snapshot.link.url.reveal())

    live.listen(bad)
    unlisten = live.listen(heard.append)
    with caplog.at_level(logging.DEBUG):
        world.pass_time(212)
    assert heard[-1].link.id == "lnk_2"
    assert "ValueError" in caplog.text
    assert "canary" not in caplog.text
    unlisten()
    count = len(heard)
    world.pass_time(300)
    assert len(heard) == count
