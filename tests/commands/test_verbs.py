"""What each verb does to the API, and what it comes to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from nb_presign.commands import outcome
from nb_presign.errors import (
    InputError,
    LinkNotFoundError,
    NotAllowedError,
    SessionNotFoundError,
    UnreachableError,
    UsageError,
)
from nb_presign.model import LinkState, Scope, SessionState, Target


def test_mint_passes_the_terms_on_and_has_the_url(do, api):
    minted = do("jupyter:b/lab --scope full --uses 1")
    assert isinstance(minted, outcome.Minted)
    assert not minted.to_open
    assert minted.link.url.reveal().startswith("https://b.example/")
    assert (api.requests[0].scope, api.requests[0].max_uses) == (Scope.FULL, 1)


def test_open_mints_for_oneself_and_says_so(do, api):
    assert do("open jupyter:b").to_open
    assert api.requests[0].interactive


def test_refresh_by_an_abbreviated_id(do, api):
    first = do("jupyter:b").link
    for given in (first.id, first.id[:5], first.id[4:7]):
        assert do(f"refresh {given}").link.url
    assert len(api.minted) == 4


def test_show_has_no_url(do):
    link = do("jupyter:b").link
    assert do(f"show {link.id[:6]}").link == link
    assert do(f"show {link.id}").link.url is None


def test_list_leaves_out_what_has_ended(do, clock):
    first = do("jupyter:b --expires 30s").link
    second = do("jupyter:b").link
    third = do("jupyter:b").link
    do(f"revoke {second.id}")
    clock.tick(60)
    assert do("list").links == (third,)
    assert [link.id for link in do("list --all").links] == [third.id, second.id, first.id]


def test_targets_of_all_pages(do, api):
    api.problems = ("gpu is down.",)
    listed = do("targets")
    assert [info.target for info in listed.targets] == [info.target for info in api.known]
    assert listed.notes == ("gpu is down.",)
    assert [info.target.provider for info in do("targets session").targets] == ["session"]


def test_targets_of_a_place_and_by_provider(do, api):
    first, second = api.known
    api.known = [first, second, replace(first, target=Target("jupyter", "c"))]
    listed = do("targets --region eu-west-1 --profile p")
    assert [info.target.provider for info in listed.targets] == ["jupyter", "jupyter", "session"]
    assert {(q.region, q.profile) for q in api.queries} == {("eu-west-1", "p")}


def test_revoke_ends_several_and_each_once(do, api):
    first, second = do("jupyter:b").link, do("jupyter:b").link
    done = do(f"revoke {first.id} {second.id} {first.id[:5]}")
    assert [link.state(done.at) for link in done.links] == [LinkState.REVOKED] * 2
    assert api.calls.count("revoke") == 2


def test_one_that_cannot_be_revoked_does_not_save_the_others(do):
    good = do("jupyter:b").link
    gone = "lnk_" + "f" * 16
    done = do(f"revoke {gone} {good.id}")
    assert [link.id for link in done.links] == [good.id]
    assert [type(problem) for problem in done.problems] == [LinkNotFoundError]


def test_a_bad_abbreviation_revokes_nothing(do, api):
    good = do("jupyter:b").link
    with pytest.raises(LinkNotFoundError) as caught:
        do(f"revoke {good.id} lnk_x")
    assert "See 'presign list --all'" in caught.value.hint
    assert api.minted[good.id].revoked_at is None


def test_an_ambiguous_abbreviation_names_the_candidates(do):
    first, second = do("jupyter:b").link, do("jupyter:b").link
    with pytest.raises(InputError) as caught:
        do("show lnk_")
    assert first.id in caught.value.message
    assert second.id in caught.value.message


def test_sessions_and_their_end(do, api, clock):
    guest = api.guest(do("jupyter:b").link)
    assert do("sessions").sessions == (guest,)
    ended = do(f"end {guest.id[:6]}")
    assert [session.state(clock.now()) for session in ended.sessions] == [SessionState.ENDED]
    assert do("sessions").sessions == ()
    assert len(do("sessions --all").sessions) == 1


def test_all_guests_are_ended(do, api):
    first, second = api.guest(do("jupyter:b").link), api.guest(do("jupyter:b").link)
    ended = do("end --all")
    assert {session.id for session in ended.sessions} == {first.id, second.id}
    assert do("sessions").sessions == ()
    assert do("end --all").sessions == ()


@pytest.mark.parametrize("line", ["end", "end --all ses_1"])
def test_whom_to_end_is_said_once(do, line, api):
    with pytest.raises(UsageError, match="session ids or --all"):
        do(line)
    assert api.calls == []


def test_an_unknown_session(do):
    with pytest.raises(SessionNotFoundError):
        do("end ses_9")


def test_link_asks_no_server(do, api):
    written = do("link jupyter:b/lab/tree/a%20b.ipynb")
    assert written.text == "[a b.ipynb](presign:jupyter:b/lab/tree/a%20b.ipynb)"
    assert written.target == Target("jupyter", "b", "lab/tree/a b.ipynb")
    assert api.calls == []


def test_the_named_server_is_asked_and_its_connection_kept(do, api):
    do("list --server gpu")
    do("list --server gpu")
    do("list")
    assert [call for call in api.calls if call.startswith("connect")] == ["connect gpu", "connect"]


def test_a_server_that_went_away_is_looked_for_again(do, api):
    api.failing["links"] = UnreachableError("No answer.")
    for _ in range(2):
        with pytest.raises(UnreachableError):
            do("list --server gpu")
    assert api.calls.count("connect gpu") == 2


def test_the_own_connection_is_kept_since_it_holds_what_it_minted(do, api):
    api.failing["links"] = UnreachableError("No answer.")
    for _ in range(2):
        with pytest.raises(UnreachableError):
            do("list")
    assert api.calls.count("connect") == 1


def test_a_refusal_keeps_the_connection(do, api):
    api.failing["mint"] = NotAllowedError("No.")
    for _ in range(2):
        with pytest.raises(NotAllowedError):
            do("jupyter:b")
    assert api.calls.count("connect") == 1


def test_closing_closes_what_was_opened(connections, api):
    async def use():
        await connections.get("")
        await connections.aclose()

    asyncio.run(use())
    assert api.closed
