"""A live link of a cloud: its signer's credentials may end first, and nobody takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nb_presign.errors import AccessDeniedError, CredentialsExpiredError, NotRevocableError
from nb_presign.live import LiveState, Mode
from nb_presign.model import Scope, Target
from nb_presign.secret import Secret

INSTANCE = Target("sagemaker", "training", "lab/tree/a.ipynb", (("region", "us-west-2"),))
SIGN_IN = CredentialsExpiredError(
    "The SSO session of profile 'ml' has ended.", hint="Run: aws sso login --profile ml"
)


def refreshes(world):
    return [call for call in world.api.calls if call.startswith("refresh")]


@pytest.fixture
def cloud(world):
    """Have every link of the upstream signed by credentials that end; returns what moves the end.

    Each call says in how many seconds from now they end, as after `aws sso login`.
    """
    made, until = world.api.link, []

    def signed(**changes):
        facts = {"target": INSTANCE, "scope": Scope.FULL, "audience": ""}
        return made(**{**facts, "credentials_expire_at": until[-1] if until else None, **changes})

    def renew(seconds):
        until.append(world.clock.now() + timedelta(seconds=seconds))

    world.api.link = signed
    return renew


def test_it_is_refreshed_before_its_credentials_end_where_these_end_first(world, cloud):
    cloud(100)
    live = world.follow()
    assert live.snapshot.next_refresh_at == world.clock.now() + timedelta(seconds=70)
    cloud(43_200)  # as an SDK does by itself
    world.pass_time(71)
    assert live.snapshot.state is LiveState.LIVE
    assert live.snapshot.link.good_until == live.snapshot.link.expires_at
    world.pass_time(205)
    assert len(refreshes(world)) == 1


def test_credentials_that_nobody_renews_end_it_with_what_mends_them(world, cloud):
    cloud(280)
    live = world.follow()
    world.pass_time(279)
    assert len(refreshes(world)) <= 3  # not ever more often
    assert live.snapshot.state is LiveState.LIVE
    world.api.errors = [SIGN_IN] * 100
    world.pass_time(20)
    assert live.snapshot.state is LiveState.FAILED
    assert live.snapshot.hint == (
        "Not refreshed. The SSO session of profile 'ml' has ended. Run: aws sso login --profile ml"
    )
    asked = len(refreshes(world))
    world.pass_time(3600, step=5)
    assert len(refreshes(world)) - asked <= 24


def test_whoever_signs_in_again_is_noticed_within_minutes(world, cloud):
    world.chance = 0.5
    cloud(50)
    live = world.follow()
    world.api.errors = [SIGN_IN]
    world.pass_time(70)
    assert live.snapshot.state is LiveState.FAILED
    cloud(43_200)
    world.pass_time(300)
    assert (live.snapshot.state, live.snapshot.hint) == (LiveState.LIVE, "")


def test_an_upstream_that_signs_with_ended_credentials_is_asked_at_leisure(world, cloud):
    cloud(-10)
    live = world.follow()
    assert live.snapshot.state is LiveState.EXPIRED
    world.pass_time(3600, step=5)
    assert len(refreshes(world)) <= 24
    assert live.snapshot.state is LiveState.EXPIRED


@pytest.mark.usefixtures("cloud")
def test_what_is_not_allowed_is_not_asked_again(world):
    world.api.errors = [AccessDeniedError("No.", hint="Allow it.")]
    live = world.follow()
    world.pass_time(2000, step=5)
    assert len(refreshes(world)) == 1
    assert live.snapshot.state is LiveState.FAILED


@pytest.mark.usefixtures("cloud")
def test_athena_is_asked_again_within_ten_minutes(world):
    world.api.lifetime = 3600
    made = world.api.link
    world.api.link = lambda **facts: made(
        renew_by=world.clock.now() + timedelta(minutes=9), session_seconds=0, **facts
    )
    for world.chance in (0.0, 0.999):
        before = len(refreshes(world))
        live = world.follow(Mode.ALWAYS)
        world.pass_time(540, step=10)
        assert len(refreshes(world)) == before + 1
        assert live.snapshot.state is LiveState.LIVE
        live.set_auto(False)
        world.pass_time(1800, step=60)
        assert live.snapshot.state is LiveState.LIVE  # its URL opens, whatever programs need
        live.end(live.snapshot.link)


@pytest.mark.usefixtures("cloud")
def test_each_click_gets_a_link_of_its_own(world):
    live = world.follow(note="for Ada")
    one, other = (world.loop.run_until_complete(live.mint_click()) for _ in range(2))
    assert len({live.snapshot.link.id, one.id, other.id}) == 3
    assert one.url != other.url
    first, second = world.api.requests
    assert first == second
    assert (first.interactive, first.target, first.note) == (True, INSTANCE, "for Ada")
    assert (first.session_seconds, first.scope) == (43_200, Scope.FULL)


@pytest.mark.usefixtures("cloud")
def test_a_click_asks_for_no_session_where_the_upstream_knows_none(world):
    live = world.follow(session_seconds=0)
    world.loop.run_until_complete(live.mint_click())
    assert world.api.requests[0].session_seconds is None


@pytest.mark.usefixtures("cloud")
def test_what_cannot_be_taken_back_runs_out(world):
    live = world.follow()
    assert not live.snapshot.revocable
    world.loop.run_until_complete(live.mint_click())
    world.api.errors = [NotRevocableError("SageMaker cannot take back a link.")]
    with pytest.raises(NotRevocableError):
        world.loop.run_until_complete(live.revoke())
    shown = live.snapshot
    assert (shown.state, shown.auto, shown.next_refresh_at) == (LiveState.LIVE, False, None)
    assert shown.hint == "Nobody can take it back. It ends by itself at 03:09:05 UTC."
    assert world.api.calls == ["mint", "revoke lnk_1"]  # and the click's link no more than this one
    world.pass_time(400)
    assert refreshes(world) == []
    assert live.snapshot.state is LiveState.EXPIRED


def test_a_token_goes_with_the_url(world):
    live = world.follow(auth_token=Secret("tok-canary"))
    world.loop.run_until_complete(live.revoke())
    assert live.snapshot.link.auth_token is None
    assert "canary" not in repr(live.snapshot)
