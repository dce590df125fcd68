"""What every store does. Subclasses give the fixture `store`, empty and on the fixture `clock`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from support.clock import FakeClock
from support.values import SERVER, a_link, a_redemption, an_access_key

from nb_presign.errors import (
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    NotAllowedError,
    PresignError,
)
from nb_presign.model import (
    ACCESS_KEY,
    AccessKey,
    Actor,
    Link,
    Narrowing,
    Permission,
    Scope,
    Session,
    SessionState,
    Target,
)
from nb_presign.secret import Secret
from nb_presign.store.base import RevokedKey, Store

ALICE = Actor("alice")
BOB = Actor("bob", "local")


def events(store: Store) -> list[str]:
    """Read the audit trail, oldest first."""
    return [row.event for row in reversed(store.audit())]


def everything(store: Store) -> tuple[object, ...]:
    """Read all there is, to see that nothing changed."""
    ever = datetime(1970, 1, 2, tzinfo=timezone.utc)
    return store.links(since=ever), store.sessions(since=ever), store.audit(), store.revision()


class LinkStoreContract:
    """What a store of links does that have no sessions here."""

    def at(self, clock: FakeClock, moment: datetime) -> datetime:
        """Let a server ask at this moment, by its own clock; stores with a clock go by that one."""
        del clock
        return moment

    def let_pass(self, store: Store, clock: FakeClock, moment: datetime) -> None:
        """Have it kept that this moment has passed, though `clock` is behind."""
        del clock
        store.witness(moment)

    def test_a_link_comes_back_as_it_was_without_its_url(self, store, clock):
        link = a_link(
            clock.now() + timedelta(microseconds=123_457),
            target=Target("jupyter", "ä b", "lab/tree/%41 ?#.ipynb", (("a", "1&2"), ("b", "="))),
            scope=Scope.EXECUTE,
            max_uses=3,
            allowed_ips=("10.0.0.0/8", "2001:db8::/32"),
            note="for Ünal, soon",
            minted_by="owner:alice",
            narrowing=Narrowing("a/b.ipynb", "kernel", "session"),
            interactive=True,
            bind_ip=True,
            permission=Permission('{"Statement":[]}', "athena:CreatePresignedNotebookUrl"),
            url=Secret("https://host/secret"),
        )
        kept = store.add_link(link, ALICE)
        assert kept == link
        assert store.link(link.id) == link
        assert kept.url is None
        assert store.link(link.id).url is None

    def test_a_link_that_is_there_stays_as_it_is(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        before = everything(store)
        other = replace(link, note="another", scope=Scope.FULL, url=Secret("x"))
        assert store.add_link(other, BOB) == link
        assert everything(store) == before

    def test_an_unknown_link_is_none(self, store):
        assert store.link("lnk_0") is None

    def test_links_are_listed_newest_first_until_they_expired(self, store, clock):
        old = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(1)
        new = store.add_link(a_link(clock.now()), ALICE)
        assert store.links(since=clock.now()) == (new, old)
        assert store.links(since=clock.now(), limit=1) == (new,)
        assert store.links(since=old.expires_at) == (new,)
        assert store.links(since=new.expires_at) == ()

    def test_links_of_one_moment_are_listed_by_their_ids(self, store, clock):
        b, c, a = (store.add_link(a_link(clock.now(), id=f"lnk_{x}"), ALICE) for x in "bca")
        clock.tick(1)
        newer = store.add_link(a_link(clock.now(), id="lnk_d"), ALICE)
        assert store.links(since=clock.now()) == (newer, a, b, c)
        assert store.links(since=clock.now(), limit=2) == (newer, a)

    def test_minting_is_audited(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        successor = store.add_link(a_link(clock.now(), family=link.family), BOB)
        minted, refreshed = reversed(store.audit())
        assert (minted.event, minted.link_id, minted.actor) == (
            "link.minted",
            link.id,
            "owner:alice",
        )
        assert (refreshed.event, refreshed.link_id, refreshed.actor) == (
            "link.refreshed",
            successor.id,
            "local:bob",
        )
        assert minted.at == clock.now()
        assert [(row.session_id, row.address) for row in store.audit()] == [("", "")] * 2

    def test_an_unknown_link_is_not_found(self, store, clock):
        self.refused(store, a_link(clock.now()), clock.now(), LinkNotFoundError)

    def refused(
        self, store: Store, link: Link, now: datetime, error: type[PresignError], **facts: object
    ) -> None:
        before = everything(store)
        with pytest.raises(error):
            store.redeem(a_redemption(link, now, **facts))
        assert everything(store) == before

    def test_revoking_twice_is_as_good_as_once(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        revision = store.revision()
        once = store.revoke(link.id, now=clock.now(), actor=BOB)
        assert store.revision() > revision
        row = store.audit()[0]
        assert (row.event, row.link_id, row.actor) == ("link.revoked", link.id, "local:bob")
        before = everything(store)
        clock.tick(9)
        assert store.revoke(link.id, now=clock.now(), actor=ALICE) == once
        assert everything(store) == before

    def test_revoking_nothing_is_none(self, store, clock):
        before = everything(store)
        assert store.revoke("lnk_0", now=clock.now(), actor=ALICE) is None
        assert everything(store) == before

    def test_a_revoked_family_gets_no_successor(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        store.revoke(link.id, now=clock.now(), actor=ALICE)
        before = everything(store)
        with pytest.raises(LinkRevokedError) as refused:
            store.add_link(a_link(clock.now(), family=link.id), ALICE)
        assert refused.value.fields["id"] == link.id
        assert everything(store) == before

    def test_an_unknown_session_is_none(self, store, clock):
        assert store.session("ses_0") is None
        assert store.session_by_cookie(b"\0" * 32) is None
        assert store.end_session("ses_0", now=clock.now(), actor=ALICE) is None
        assert store.audit() == ()

    def test_an_unknown_access_key_is_none(self, store, clock):
        assert store.access_key("NBPK0") is None
        assert store.access_keys() == ()
        assert store.revoke_access_key("NBPK0", now=clock.now(), actor=ALICE) is None
        assert store.reseal_access_key("NBPK0", "new", was="") is False
        assert store.audit() == ()

    def test_purging_goes_a_little_at_a_time(self, store, clock):
        for _ in range(5):
            store.add_link(a_link(clock.now()), ALICE)
        clock.tick(301)
        assert [store.purge(before=clock.now(), limit=2) for _ in range(4)] == [2, 2, 1, 0]

    def test_purging_spares_a_revocation_as_long_as_its_family_has_more(self, store, clock):
        first = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(200)
        second = store.add_link(a_link(clock.now(), family=first.id), ALICE)
        stranger = store.add_link(a_link(clock.now() - timedelta(seconds=200)), ALICE)
        store.revoke(second.id, now=clock.now(), actor=ALICE)
        clock.tick(101)
        assert store.purge(before=clock.now()) == 1
        assert store.link(stranger.id) is None
        assert store.link(first.id).revoked_at is not None
        unrelated = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(200)
        assert store.purge(before=clock.now()) == 2
        assert store.link(unrelated.id) is not None

    def test_purging_spares_no_link_that_was_refreshed(self, store, clock):
        first = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(200)
        second = store.add_link(a_link(clock.now(), family=first.id), ALICE)
        assert store.purge(before=first.expires_at) == 0
        clock.tick(101)
        assert store.purge(before=clock.now()) == 1
        assert store.link(first.id) is None
        assert store.link(second.id) is not None

    def test_purging_a_family_waits_for_the_last_second_of_all(self, store, clock):
        first = store.add_link(a_link(clock.now()), ALICE)
        clock.tick(200)
        second = store.add_link(a_link(clock.now(), family=first.id), ALICE)
        store.revoke(first.id, now=clock.now(), actor=ALICE)
        assert store.purge(before=second.expires_at) == 0
        assert store.purge(before=second.expires_at + timedelta(seconds=1)) == 2

    def test_purging_the_audit_trail_takes_the_oldest(self, store, clock):
        links = []
        for _ in range(5):
            links.append(store.add_link(a_link(clock.now()), ALICE))
            clock.tick(1)
        before = clock.now() - timedelta(seconds=1)
        assert [store.purge_audit(before=before, limit=3) for _ in range(3)] == [3, 1, 0]
        assert [row.link_id for row in store.audit()] == [links[-1].id]

    def test_a_closed_store_opens_again(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        store.close()
        assert store.link(link.id) == link

    def test_an_audit_trail_has_a_limit(self, store, clock):
        for _ in range(3):
            last = store.add_link(a_link(clock.now()), ALICE)
        assert [row.link_id for row in store.audit(limit=1)] == [last.id]


class StoreContract(LinkStoreContract):
    # Redeeming

    def test_redeeming_begins_a_session_on_the_links_terms(self, store, clock):
        link = store.add_link(
            a_link(
                clock.now(),
                note="n",
                scope=Scope.FULL,
                allowed_ips=("192.0.2.0/24",),
                narrowing=Narrowing("a.ipynb", "k"),
                permission=Permission('{"Statement":[]}'),
            ),
            ALICE,
        )
        attempt = a_redemption(link, clock.now())
        session = store.redeem(attempt)
        assert session.id == attempt.session_id
        assert session.expires_at == clock.now() + timedelta(seconds=link.session_seconds)
        same = ("target", "scope", "family", "audience", "note", "allowed_ips", "narrowing")
        for name in (*same, "permission"):
            assert getattr(session, name) == getattr(link, name)
        assert (session.link_id, session.address) == (link.id, "192.0.2.7")
        assert store.session(session.id) == session
        assert store.session_by_cookie(attempt.cookie_hash) == session
        assert store.link(link.id).uses == 1
        row = store.audit()[0]
        assert (row.event, row.link_id, row.session_id) == ("link.redeemed", link.id, session.id)
        assert (row.actor, row.address) == (f"guest:{session.id}", "192.0.2.7")

    def test_an_unlimited_link_is_redeemed_again_and_again(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        ids = {store.redeem(a_redemption(link, clock.now())).id for _ in range(5)}
        assert len(ids) == 5
        assert store.link(link.id).uses == 5

    def test_a_link_is_used_up(self, store, clock):
        link = store.add_link(a_link(clock.now(), max_uses=2), ALICE)
        store.redeem(a_redemption(link, clock.now()))
        store.redeem(a_redemption(link, clock.now()))
        self.refused(store, link, clock.now(), LinkUsedUpError)

    def test_equal_to_expiry_is_expired(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        microsecond = timedelta(microseconds=1)
        almost = self.at(clock, link.expires_at - microsecond)
        assert store.redeem(a_redemption(link, almost))
        self.refused(store, link, self.at(clock, link.expires_at), LinkExpiredError)

    def test_a_revoked_link_is_refused(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        store.revoke(link.id, now=clock.now(), actor=ALICE)
        self.refused(store, link, clock.now(), LinkRevokedError)

    def test_a_link_for_another_server_is_not_found(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        elsewhere = replace(link, audience="srv_ffffffffffffffff")
        self.refused(store, elsewhere, clock.now(), LinkNotFoundError)

    # The same nonce again: a lost answer

    def test_a_repeated_nonce_gets_the_same_session_and_changes_nothing(self, store, clock):
        link = store.add_link(a_link(clock.now(), max_uses=1), ALICE)
        attempt = a_redemption(link, clock.now())
        session = store.redeem(attempt)
        before = everything(store)
        later = self.at(clock, clock.now() + timedelta(seconds=29.9))
        again = replace(attempt, now=later, session_id="ses_other")
        assert store.redeem(again) == session
        assert everything(store) == before

    def test_an_unlimited_link_is_not_used_by_a_repeated_nonce(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        attempt = a_redemption(link, clock.now())
        session = store.redeem(attempt)
        before = everything(store)
        assert store.redeem(replace(attempt, session_id="ses_other")) == session
        assert everything(store) == before

    @pytest.mark.parametrize("seconds", [30, -30])
    def test_a_nonce_is_no_key_for_later(self, store, clock, seconds):
        link = store.add_link(a_link(clock.now()), ALICE)
        attempt = a_redemption(link, clock.now())
        store.redeem(attempt)
        later = self.at(clock, clock.now() + timedelta(seconds=seconds))
        self.refused(
            store,
            link,
            later,
            LinkUsedUpError,
            cookie_hash=attempt.cookie_hash,
            nonce_hash=attempt.nonce_hash,
        )

    def test_a_nonce_does_not_bring_back_an_ended_session(self, store, clock):
        link = store.add_link(a_link(clock.now(), max_uses=1), ALICE)
        attempt = a_redemption(link, clock.now())
        session = store.redeem(attempt)
        store.end_session(session.id, now=clock.now(), actor=ALICE)
        self.refused(store, link, clock.now(), LinkUsedUpError, nonce_hash=attempt.nonce_hash)
        store.revoke(link.id, now=clock.now(), actor=ALICE)
        self.refused(store, link, clock.now(), LinkRevokedError, nonce_hash=attempt.nonce_hash)

    def test_a_nonce_counts_for_its_own_link_only(self, store, clock):
        one = store.add_link(a_link(clock.now()), ALICE)
        two = store.add_link(a_link(clock.now()), ALICE)
        attempt = a_redemption(one, clock.now())
        first = store.redeem(attempt)
        second = store.redeem(a_redemption(two, clock.now(), nonce_hash=attempt.nonce_hash))
        assert (second.link_id, second.id) != (first.link_id, first.id)

    # Revoking

    def test_revoking_ends_the_whole_family_and_its_sessions(self, store, clock):
        first = store.add_link(a_link(clock.now()), ALICE)
        second = store.add_link(a_link(clock.now(), family=first.id), ALICE)
        stranger = store.add_link(a_link(clock.now()), ALICE)
        sessions = [
            store.redeem(a_redemption(link, clock.now())) for link in (first, second, stranger)
        ]
        clock.tick(1)
        revoked = store.revoke(second.id, now=clock.now(), actor=BOB)
        assert revoked == replace(second, uses=1, revoked_at=clock.now())
        assert store.link(first.id).revoked_at == clock.now()
        assert store.link(stranger.id).revoked_at is None
        states = [store.session(session.id).state(clock.now()) for session in sessions]
        assert states == [SessionState.ENDED, SessionState.ENDED, SessionState.LIVE]

    # Sessions

    def test_ending_a_session_leaves_its_link(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        ended, other = (store.redeem(a_redemption(link, clock.now())) for _ in range(2))
        revision = store.revision()
        clock.tick(1)
        assert store.end_session(ended.id, now=clock.now(), actor=BOB) == replace(
            ended, ended_at=clock.now()
        )
        assert store.revision() > revision
        assert store.session(other.id).ended_at is None
        assert store.link(link.id).revoked_at is None
        row = store.audit()[0]
        assert (row.event, row.link_id, row.session_id) == ("session.ended", link.id, ended.id)
        assert row.actor == "local:bob"

    def test_ending_a_session_twice_is_as_good_as_once(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        session = store.redeem(a_redemption(link, clock.now()))
        once = store.end_session(session.id, now=clock.now(), actor=ALICE)
        before = everything(store)
        clock.tick(9)
        assert store.end_session(session.id, now=clock.now(), actor=BOB) == once
        assert everything(store) == before

    def test_all_guests_of_one_server_are_ended_at_once(self, store, clock):
        here = store.add_link(a_link(clock.now()), ALICE)
        there = store.add_link(a_link(clock.now(), audience="srv_2"), ALICE)
        over = store.redeem(a_redemption(here, clock.now()))
        store.end_session(over.id, now=clock.now(), actor=ALICE)
        mine = [store.redeem(a_redemption(here, clock.now())) for _ in range(2)]
        elsewhere = store.redeem(a_redemption(there, clock.now()))
        revision = store.revision()
        clock.tick(1)
        ended = store.end_sessions(audience=SERVER, now=clock.now(), actor=BOB)
        assert {s.id for s in ended} == {s.id for s in mine}
        assert {s.ended_at for s in ended} == {clock.now()}
        assert [store.session(s.id).ended_at for s in mine] == [clock.now()] * 2
        assert store.session(over.id).ended_at < clock.now()
        assert store.session(elsewhere.id).ended_at is None
        assert store.link(here.id).revoked_at is None
        assert store.revision() > revision
        rows = store.audit()[:2]
        assert {(row.event, row.session_id, row.actor) for row in rows} == {
            ("session.ended", s.id, str(BOB)) for s in mine
        }
        before = everything(store)
        clock.tick(1)
        assert store.end_sessions(audience=SERVER, now=clock.now(), actor=BOB) == ()
        assert everything(store) == before

    def test_sessions_are_listed_by_server_newest_first(self, store, clock):
        here = store.add_link(a_link(clock.now()), ALICE)
        there = store.add_link(a_link(clock.now(), audience="srv_2"), ALICE)
        old = store.redeem(a_redemption(here, clock.now()))
        clock.tick(1)
        new = store.redeem(a_redemption(here, clock.now()))
        clock.tick(1)
        elsewhere = store.redeem(a_redemption(there, clock.now()))
        assert store.sessions(since=clock.now()) == (elsewhere, new, old)
        assert store.sessions(since=clock.now(), audience=SERVER) == (new, old)
        assert store.sessions(since=clock.now(), limit=2) == (elsewhere, new)
        assert store.sessions(since=old.expires_at, audience=SERVER) == (new,)

    def test_sessions_of_one_moment_are_listed_by_their_ids(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)

        def redeem(name: str) -> Session:
            return store.redeem(a_redemption(link, clock.now(), session_id=f"ses_{name}"))

        b, c, a = map(redeem, "bca")
        clock.tick(1)
        newer = redeem("d")
        assert store.sessions(since=clock.now()) == (newer, a, b, c)
        assert store.sessions(since=clock.now(), limit=2) == (newer, a)

    def test_only_ending_something_advances_the_revision(self, store, clock):
        before = store.revision()
        link = store.add_link(a_link(clock.now()), ALICE)
        store.redeem(a_redemption(link, clock.now()))
        store.purge(before=clock.now())
        assert store.revision() == before

    # Time, which never goes back

    def test_the_time_of_every_change_is_kept(self, store, clock):
        began = clock.now()
        link = store.add_link(a_link(clock.now()), ALICE)
        changes = (
            lambda now: store.redeem(a_redemption(link, now)),
            lambda now: store.end_session(store.sessions(since=began)[0].id, now=now, actor=ALICE),
            lambda now: store.redeem(a_redemption(link, now)),
            lambda now: store.end_sessions(audience=SERVER, now=now, actor=ALICE),
            lambda now: store.revoke(link.id, now=now, actor=ALICE),
            store.witness,
        )
        for number, change in enumerate(changes, 1):
            later = began + timedelta(seconds=number)
            change(self.at(clock, later))
            assert store.now() == later

    def test_reading_and_refusing_keep_no_time(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        later = self.at(clock, clock.now() + timedelta(hours=1))
        self.refused(store, link, later, LinkExpiredError)
        store.links(since=later)
        assert store.now() == clock.now()

    def test_what_was_witnessed_is_over_for_ever(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        self.let_pass(store, clock, link.expires_at)
        self.refused(store, link, clock.now(), LinkExpiredError)
        store.witness(clock.now())
        assert store.now() == link.expires_at

    def test_the_latest_time_decides_and_not_the_callers(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        seen = clock.now() + timedelta(seconds=100)
        self.let_pass(store, clock, seen)
        session = store.redeem(a_redemption(link, clock.now()))
        assert session.created_at == seen
        assert session.expires_at == seen + timedelta(seconds=link.session_seconds)
        assert store.audit()[0].at == seen
        ended = store.end_session(session.id, now=clock.now(), actor=ALICE)
        assert ended.ended_at == seen
        assert store.revoke(link.id, now=clock.now(), actor=ALICE).revoked_at == seen

    def test_what_expires_while_it_waits_for_its_turn_is_expired(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        asked_at = clock.now()
        clock.tick(300)
        self.refused(store, link, asked_at, LinkExpiredError)

    def test_sessions_that_are_over_by_the_latest_time_are_not_ended_again(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        session = store.redeem(a_redemption(link, clock.now()))
        self.let_pass(store, clock, session.expires_at)
        assert store.end_sessions(audience=SERVER, now=clock.now(), actor=ALICE) == ()
        assert store.session(session.id).ended_at is None

    def test_a_nonce_is_no_key_again_when_the_clock_is_set_back(self, store, clock):
        link = store.add_link(a_link(clock.now(), max_uses=1), ALICE)
        attempt = a_redemption(link, clock.now())
        store.redeem(attempt)
        self.let_pass(store, clock, clock.now() + timedelta(seconds=30))
        self.refused(
            store,
            link,
            clock.now(),
            LinkUsedUpError,
            cookie_hash=attempt.cookie_hash,
            nonce_hash=attempt.nonce_hash,
        )

    def test_a_clock_set_back_brings_nothing_back_that_was_ended(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        session = store.redeem(a_redemption(link, clock.now()))
        store.revoke(link.id, now=clock.now(), actor=ALICE)
        clock.set_back(3600)
        self.refused(store, link, clock.now(), LinkRevokedError)
        assert store.session(session.id).state(clock.now()) is SessionState.ENDED

    # Purge

    def test_purging_spares_what_is_live(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        unused = store.add_link(a_link(clock.now()), ALICE)
        session = store.redeem(a_redemption(link, clock.now()))
        clock.tick(600)  # the links are over, the session is not
        assert store.purge(before=clock.now()) == 1
        assert store.link(unused.id) is None
        assert store.link(link.id) is not None
        assert store.session(session.id) == session
        assert store.purge(before=session.expires_at) == 0
        assert store.purge(before=session.expires_at + timedelta(seconds=1)) == 2
        assert store.link(link.id) is None
        assert store.session(session.id) is None
        assert events(store) == ["link.minted", "link.minted", "link.redeemed"]

    def test_sessions_too_are_purged_a_little_at_a_time(self, store, clock):
        link = store.add_link(a_link(clock.now()), ALICE)
        for _ in range(3):
            store.redeem(a_redemption(link, clock.now()))
        clock.tick(3600)
        assert [store.purge(before=clock.now(), limit=2) for _ in range(3)] == [2, 2, 0]

    # Access keys

    def a_key(self, store: Store, clock: FakeClock, sealed: str = "sealed") -> AccessKey:
        key = an_access_key(clock.now())
        store.add_access_key(key, sealed, ALICE)
        return key

    def minted(self, store: Store, clock: FakeClock, key: AccessKey, **facts: object) -> Link:
        """Keep a link that was minted with an access key."""
        actor = Actor(key.id, ACCESS_KEY)
        return store.add_link(a_link(clock.now(), minted_by=str(actor), **facts), actor)

    def test_a_session_lasts_no_longer_than_it_is_asked_for(self, store, clock):
        link = store.add_link(a_link(clock.now(), session_seconds=1800), ALICE)
        lasts = {
            at_most: store.redeem(a_redemption(link, clock.now(), at_most=at_most)).expires_at
            for at_most in (600, 1800, 3600)
        }
        assert [(end - clock.now()).total_seconds() for end in lasts.values()] == [600, 1800, 1800]

    def test_an_access_key_comes_back_as_it_was(self, store, clock):
        key = an_access_key(
            clock.now() + timedelta(microseconds=7), scope=Scope.FULL, note="für Ünal"
        )
        store.add_access_key(key, "nbs1.sealed", BOB)
        assert store.access_key(key.id) == (key, "nbs1.sealed")
        assert store.access_keys() == (key,)
        row = store.audit()[0]
        assert (row.event, row.link_id, row.actor) == ("access-key.created", key.id, "local:bob")

    def test_access_keys_are_listed_newest_first(self, store, clock):
        first = self.a_key(store, clock)
        clock.tick(1)
        second = self.a_key(store, clock)
        store.revoke_access_key(first.id, now=clock.now(), actor=ALICE)
        assert [key.id for key in store.access_keys()] == [second.id, first.id]

    def test_revoking_an_access_key_ends_all_that_it_has_minted(self, store, clock):
        key, other = self.a_key(store, clock), self.a_key(store, clock)
        used, unused = (self.minted(store, clock, key) for _ in range(2))
        session = store.redeem(a_redemption(used, clock.now()))
        successor = store.add_link(a_link(clock.now(), family=used.id), ALICE)
        elsewhere = self.minted(store, clock, key, audience="srv_2")
        spared = self.minted(store, clock, other), store.add_link(a_link(clock.now()), ALICE)
        going_on = store.redeem(a_redemption(spared[0], clock.now()))
        revision = store.revision()
        clock.tick(1)

        over = store.revoke_access_key(key.id, now=clock.now(), actor=BOB)
        assert over.key == replace(key, revoked_at=clock.now())
        ids = {used.id, unused.id, successor.id, elsewhere.id}
        assert {link.id for link in over.links} == ids
        assert over.sessions == (session,)
        assert store.access_key(key.id) == (over.key, "")
        assert all(store.link(one).revoked_at == clock.now() for one in ids)
        assert store.session(session.id).ended_at == clock.now()
        assert store.revision() > revision
        assert store.access_key(other.id) == (other, "sealed")
        assert all(store.link(link.id).revoked_at is None for link in spared)
        assert store.session(going_on.id).ended_at is None
        rows = [row for row in store.audit() if row.at == clock.now()]
        assert {(row.event, row.link_id) for row in rows} == {
            ("access-key.revoked", key.id),
            *(("link.revoked", link.id) for link in (used, unused, elsewhere)),
        }
        assert {row.actor for row in rows} == {"local:bob"}

    def test_revoking_an_access_key_twice_is_as_good_as_once(self, store, clock):
        key = self.a_key(store, clock)
        once = store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        before = everything(store)
        clock.tick(9)
        assert store.revoke_access_key(key.id, now=clock.now(), actor=BOB) == once
        assert once == RevokedKey(key=replace(key, revoked_at=once.key.revoked_at))
        assert everything(store) == before

    def test_of_what_is_long_over_a_revocation_tells_nothing(self, store, clock):
        key = self.a_key(store, clock)
        old = self.minted(store, clock, key)
        clock.tick(timedelta(hours=12, minutes=5).total_seconds())
        over = store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert (over.links, over.sessions) == ((), ())
        assert store.link(old.id).revoked_at == clock.now()
        assert [row.event for row in store.audit(limit=1)] == ["access-key.revoked"]

    def test_a_session_outlives_its_link_but_not_the_access_key(self, store, clock):
        key = self.a_key(store, clock)
        session = store.redeem(a_redemption(self.minted(store, clock, key), clock.now()))
        clock.tick(900)
        assert store.revoke_access_key(key.id, now=clock.now(), actor=ALICE).sessions == (session,)
        assert store.session(session.id).state(clock.now()) is SessionState.ENDED

    def test_a_revoked_access_key_mints_no_more(self, store, clock):
        key, other = self.a_key(store, clock), self.a_key(store, clock)
        store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        before = everything(store)
        with pytest.raises(NotAllowedError) as refused:
            self.minted(store, clock, key)
        assert refused.value.fields["id"] == key.id
        assert everything(store) == before
        assert self.minted(store, clock, other)

    def test_what_another_server_made_for_an_access_key_ends_with_it(self, store, clock):
        """It has been kept by then as minted by the owner of that server, whose token asked."""
        key, later = self.a_key(store, clock), self.a_key(store, clock)
        held = Permission(key.policy, "sagemaker:CreatePresignedNotebookInstanceUrl")
        made = store.add_link(a_link(clock.now(), permission=held, minted_by=str(ALICE)), ALICE)
        told = {"id": made.id, "permission": held}
        assert self.minted(store, clock, key, **told).minted_by == f"access-key:{key.id}"
        row = store.audit()[0]
        assert (row.event, row.link_id, row.actor) == (
            "link.minted",
            made.id,
            f"access-key:{key.id}",
        )
        before = everything(store)
        assert self.minted(store, clock, later, **told).minted_by == f"access-key:{key.id}"
        assert everything(store) == before
        over = store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert [link.id for link in over.links] == [made.id]

    @pytest.mark.parametrize(
        "made",
        [
            {},
            {"permission": Permission("{}", "a:B")},
            {"permission": Permission('{"Statement":[]}', "a:C")},
            {"permission": Permission('{"Statement":[]}', "a:B"), "audience": "srv_2"},
        ],
    )
    def test_no_other_link_is_claimed_for_an_access_key(self, store, clock, made):
        key = self.a_key(store, clock)
        link = store.add_link(a_link(clock.now(), minted_by=str(ALICE), **made), ALICE)
        before = everything(store)
        held = Permission('{"Statement":[]}', "a:B")
        for permission in (held, None):
            assert self.minted(store, clock, key, id=link.id, permission=permission) == link
        assert everything(store) == before

    def test_a_secret_is_sealed_anew_if_it_is_as_it_was(self, store, clock):
        key = self.a_key(store, clock, "old")
        assert store.reseal_access_key(key.id, "new", was="old") is True
        assert store.reseal_access_key(key.id, "newest", was="old") is False
        assert store.access_key(key.id) == (key, "new")

    def test_a_revoked_access_key_has_no_secret_again(self, store, clock):
        key = self.a_key(store, clock, "old")
        store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert store.reseal_access_key(key.id, "new", was="old") is False
        assert store.access_key(key.id)[1] == ""

    def test_purging_takes_access_keys_that_were_revoked_after_their_links(self, store, clock):
        live, over, used = (self.a_key(store, clock) for _ in range(3))
        clock.tick(100)
        link = self.minted(store, clock, used)
        for key in (over, used):
            store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert store.purge(before=clock.now()) == 0
        clock.tick(1)
        assert store.purge(before=clock.now()) == 1
        assert {key.id for key in store.access_keys()} == {live.id, used.id}
        after = link.expires_at + timedelta(seconds=1)
        assert store.purge(before=after) == 2
        assert store.access_keys() == (live,)

    def test_the_time_of_what_is_done_to_access_keys_is_kept(self, store, clock):
        seen = clock.now() + timedelta(seconds=100)
        self.let_pass(store, clock, seen)
        key = self.a_key(store, clock)
        assert store.audit()[0].at == seen
        over = store.revoke_access_key(key.id, now=clock.now(), actor=ALICE)
        assert over.key.revoked_at == seen
