"""Which link let somebody in, and until when; without a Hub."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from msgspec.structs import replace as replace_code

from nb_presign.model import Link, Scope, Target
from nb_presign.providers.hub.answers import CodeModel, Named, ShareModel
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import ACCESS, MARK, for_server
from nb_presign.providers.hub.sessions import (
    Opening,
    audience_of,
    came_by,
    end_of,
    opening_by,
    opening_of,
)
from nb_presign.secret import Secret

T0 = datetime(2030, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
BOTH = tuple(for_server(each, "alice", "gpu") for each in (ACCESS, MARK))
PLACE = HubPlace(api_url="https://hub.example.org/hub/api/", token=Secret("made up"))


def opening(code, *, begins=T0, lasts=30 * MINUTE, revoked_at=None):
    ends = begins + 5 * MINUTE
    return Opening(f"lnk_{code}", "alice", "gpu", code, begins, ends, lasts, revoked_at)


def share(at, scopes=BOTH):
    return ShareModel(created_at=at, scopes=scopes, user=Named("bob"))


def code(name, exchanged=None):
    return CodeModel(
        id=name,
        created_at=T0,
        expires_at=T0 + 5 * MINUTE,
        scopes=BOTH,
        last_exchanged_at=exchanged,
        exchange_count=int(exchanged is not None),
    )


def test_a_session_ends_after_its_length_from_when_it_was_accepted():
    link = opening("sc_1")
    assert end_of(share(T0 + MINUTE), [link], []) == (T0 + 31 * MINUTE, link)


def test_a_revoked_link_ends_it_then():
    link = opening("sc_1", revoked_at=T0 + 2 * MINUTE)
    assert end_of(share(T0 + MINUTE), [link], []) == (T0 + 2 * MINUTE, link)


@pytest.mark.parametrize("minutes", [-10, -0.001, 6])
def test_a_share_from_before_or_after_is_not_ours(minutes):
    assert end_of(share(T0 + minutes * MINUTE), [opening("sc_1")], []) is None


@pytest.mark.parametrize(
    "scopes",
    [BOTH[:1], (for_server(MARK, "alice", ""), BOTH[0]), (MARK,), ()],
    ids=["no-mark", "another-server", "unfiltered", "nothing"],
)
def test_a_share_without_our_mark_for_this_server_is_not_ours(scopes):
    assert came_by(share(T0 + MINUTE, scopes), [opening("sc_1")], []) == ()


def test_a_group_never_came_by_a_link():
    group = ShareModel(created_at=T0 + MINUTE, scopes=BOTH)
    assert came_by(group, [opening("sc_1")], []) == ()


def test_the_code_that_was_exchanged_just_then_is_the_one():
    one, two = opening("sc_1"), opening("sc_2", lasts=60 * MINUTE)
    codes = [code("sc_1", T0 + 3 * MINUTE), code("sc_2", T0 + MINUTE)]
    assert came_by(share(T0 + MINUTE), [one, two], codes) == (two,)


def test_a_code_that_nobody_has_exchanged_is_not_the_one():
    one, two = opening("sc_1"), opening("sc_2", lasts=60 * MINUTE)
    # The other has expired and is not listed any more.
    assert came_by(share(T0 + MINUTE), [one, two], [code("sc_1")]) == (two,)


def test_where_it_cannot_be_told_the_shortest_counts():
    one, two = opening("sc_1"), opening("sc_2", lasts=60 * MINUTE)
    assert end_of(share(T0 + MINUTE), [two, one], []) == (T0 + 31 * MINUTE, one)


def test_a_later_code_of_the_same_id_is_another():
    link, later = opening("sc_1"), opening("sc_1", begins=T0 + 10 * MINUTE)
    reused = replace_code(code("sc_1"), expires_at=later.ends)
    assert later.made_by(reused)
    assert not link.made_by(reused)
    # That nobody has exchanged the later one says nothing about the first.
    assert came_by(share(T0 + MINUTE), [link, later], [reused]) == (link,)


def test_a_code_without_the_mark_is_nobodys_link():
    given = code("sc_1")
    assert opening_by(given, "alice", "gpu") is not None
    by_hand = CodeModel(
        id="sc_2", created_at=T0, expires_at=T0 + MINUTE, scopes=BOTH[:1], code="made up"
    )
    assert opening_by(by_hand, "alice", "gpu") is None
    assert "made up" not in repr(by_hand)


def link_to(target, audience):
    return Link(
        id="lnk_0000000000000000",
        target=target,
        created_at=T0,
        expires_at=T0 + 5 * MINUTE,
        session_seconds=1800,
        scope=Scope.FULL,
        audience=audience,
    )


@pytest.mark.parametrize(
    ("path", "server"), [("", ""), ("-/lab", ""), ("gpu", "gpu"), ("gpu/lab/tree/a", "gpu")]
)
def test_a_link_knows_its_server_and_code(path, server):
    link = link_to(Target("hub", "alice", path), audience_of(PLACE, "sc_7"))
    found = opening_of(link, PLACE)
    assert found is not None
    assert (found.user, found.server, found.code_id) == ("alice", server, "sc_7")
    assert found.lasts == timedelta(seconds=1800)


def test_links_of_others_are_not_ours():
    elsewhere = replace(PLACE, api_url="https://other.example.org/hub/api/")
    for link in (
        link_to(Target("hub", "alice"), audience_of(elsewhere, "sc_7")),
        link_to(Target("hub", "alice"), ""),
        link_to(Target("jupyter", "alice"), audience_of(PLACE, "sc_7")),
    ):
        assert opening_of(link, PLACE) is None
