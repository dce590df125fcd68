from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock
from support.postgres import DatabaseClock
from support.values import SERVER, a_link

from nb_presign.attempts import Attempts
from nb_presign.clock import SteadyClock
from nb_presign.errors import (
    ConflictError,
    LinkExpiredError,
    LinkNotFoundError,
    LinkRevokedError,
    LinkUsedUpError,
    NotAllowedError,
    RateLimitedError,
    StoreError,
)
from nb_presign.model import Actor, Permission, Target
from nb_presign.offload import Offload
from nb_presign.policy import ConnectPolicy, Visit, reading
from nb_presign.redemption import BEARER, LENT_SECONDS, Redeemer, cookie_hash
from nb_presign.secret import Secret
from nb_presign.signing import rotation
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import TokenSigner
from nb_presign.store.sql import SqlStore

ALICE = Actor("alice")
NONCE, OTHER_NONCE = "n" * 22, "o" * 22
HERE = "192.0.2.7"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def events():
    return []


@pytest.fixture
def redeemer(tmp_path, clock, events):
    offload = Offload()
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield Redeemer(
        signer=TokenSigner(KeyRing(tmp_path / "keys.json")),
        store=store,
        offload=offload,
        clock=clock,
        audience=SERVER,
        attempts=Attempts(clock),
        emit=events.append,
    )
    store.close()
    offload.close()


def minted(redeemer, **facts):
    """Keep a link and return it with its token."""
    link = redeemer.store.add_link(a_link(redeemer.clock.now(), **facts), ALICE)
    return link, redeemer.signer.sign(link)


def redeem(redeemer, token, nonce=NONCE, address=HERE, *, secure=False):
    return asyncio.run(redeemer.redeem(token, nonce, address, secure=secure))


def unchanged(redeemer, link):
    assert redeemer.store.link(link.id).uses == 0
    assert redeemer.store.sessions(since=link.created_at) == ()
    assert [row.event for row in redeemer.store.audit()] == ["link.minted"]


def test_a_token_becomes_a_session_and_its_cookie(redeemer, events):
    link, token = minted(redeemer, target=Target("jupyter", "b", "lab/tree/a ü?#.ipynb"))
    redeemed = redeem(redeemer, token)
    assert redeemed.session.link_id == link.id
    assert redeemed.session.id.startswith("ses_")
    assert redeemed.session.address == HERE
    assert redeemed.location == "lab/tree/a%20%C3%BC%3F%23.ipynb"
    found = redeemer.store.session_by_cookie(cookie_hash(redeemed.cookie.reveal()))
    assert found == redeemed.session
    (event,) = events
    assert (event.event, event.link_id, event.session_id, event.address) == (
        "link.redeemed",
        link.id,
        redeemed.session.id,
        HERE,
    )
    assert (event.scope, event.actor) == ("read", f"guest:{redeemed.session.id}")


def test_a_cookie_has_256_bits_and_only_its_hash_is_kept(redeemer, tmp_path):
    _, token = minted(redeemer)
    cookie = redeem(redeemer, token).cookie.reveal()
    assert len(cookie) == 43
    assert cookie_hash(cookie) == hashlib.sha256(cookie.encode()).digest()
    redeemer.store.close()
    files = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    assert cookie.encode() not in files
    assert NONCE.encode() not in files
    assert token.reveal().encode() not in files


def test_a_lost_answer_is_repeated_and_not_paid_for_twice(redeemer, clock):
    link, token = minted(redeemer, max_uses=1)
    first = redeem(redeemer, token)
    clock.tick(29)
    assert redeem(redeemer, token) == first
    assert redeemer.store.link(link.id).uses == 1
    with pytest.raises(LinkUsedUpError):
        redeem(redeemer, token, OTHER_NONCE)


def test_a_cookie_is_the_same_whichever_version_of_us_derives_it(redeemer):
    """Servers of two versions may share a store, and one repeat what the other has answered."""
    link, token = minted(redeemer)
    key = redeemer.signer.verify(token).key_id
    derived = redeemer.signer.derive("session-cookie", link.id, NONCE, key_id=key)
    assert redeem(redeemer, token).cookie == derived


def test_another_nonce_is_another_session(redeemer):
    _, token = minted(redeemer)
    one, two = redeem(redeemer, token), redeem(redeemer, token, OTHER_NONCE)
    assert one.session.id != two.session.id
    assert one.cookie != two.cookie


def test_a_forged_token_leaves_no_trace(redeemer, events):
    link, token = minted(redeemer)
    forged = Secret(token.reveal()[:-1] + ("A" if token.reveal()[-1] != "A" else "E"))
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, forged)
    unchanged(redeemer, link)
    assert events == []


def test_a_forged_token_needs_no_store(redeemer, tmp_path, clock):
    (tmp_path / "file").write_text("")
    away = SqlStore(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", clock)
    with pytest.raises(LinkNotFoundError):
        redeem(replace(redeemer, store=away), Secret("nbp1.x.y"))
    _, token = minted(redeemer)
    with pytest.raises(StoreError):
        redeem(replace(redeemer, store=away), token)


@pytest.mark.parametrize("interactive", [False, True])
def test_an_authentic_token_for_another_server_is_not_found(redeemer, events, interactive):
    link, token = minted(redeemer, audience="srv_2", interactive=interactive)
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, token)
    unchanged(redeemer, link)
    assert [(e.event, e.reason) for e in events] == [("link.refused", "link-not-found")]


def test_a_token_without_its_link_is_not_found(redeemer):
    with pytest.raises(LinkNotFoundError):
        redeem(redeemer, redeemer.signer.sign(a_link(redeemer.clock.now())))


def test_equal_to_expiry_is_expired(redeemer, clock, events):
    link, token = minted(redeemer)
    clock.tick(300)
    with pytest.raises(LinkExpiredError):
        redeem(redeemer, token)
    unchanged(redeemer, link)
    assert [(e.event, e.reason, e.address) for e in events] == [
        ("link.refused", "link-expired", HERE)
    ]


def test_a_revoked_link_stays_revoked_when_the_clock_is_set_back(redeemer, clock):
    link, token = minted(redeemer)
    redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
    clock.set_back(1000)
    with pytest.raises(LinkRevokedError):
        redeem(redeemer, token)


@pytest.mark.parametrize("address", ["198.51.100.1", "", "unix", "::ffff:198.51.100.1", "192.0.2"])
def test_another_address_is_refused(redeemer, events, address):
    link, token = minted(redeemer, allowed_ips=("192.0.2.0/24",))
    with pytest.raises(NotAllowedError) as refused:
        redeem(redeemer, token, address=address)
    assert refused.value.fields["address"] == address
    unchanged(redeemer, link)
    assert events[0].reason == "not-allowed"


@pytest.mark.parametrize("address", [HERE, "::ffff:192.0.2.7"])
def test_an_allowed_address_is_let_in(redeemer, address):
    _, token = minted(redeemer, allowed_ips=("192.0.2.0/24",))
    assert redeem(redeemer, token, address=address)


def test_a_refusal_is_told_by_link_address_and_reason(redeemer, events, clock):
    (one, first), (two, second) = (minted(redeemer, allowed_ips=("10.0.0.0/8",)) for _ in "12")
    there = "192.0.2.8"
    tries = [(first, HERE), (first, HERE), (second, HERE), (first, there)]
    clock.tick(299)
    for token, address in tries:
        with pytest.raises(NotAllowedError):
            redeem(redeemer, token, address=address)
    clock.tick(1)
    with pytest.raises(LinkExpiredError):
        redeem(redeemer, first)
    told = [(event.link_id, event.address, event.reason) for event in events]
    assert told == [
        (one.id, HERE, "not-allowed"),
        (two.id, HERE, "not-allowed"),
        (one.id, there, "not-allowed"),
        (one.id, HERE, "link-expired"),
    ]


def test_any_text_that_a_browser_sends_has_a_hash():
    found = {cookie_hash(cookie) for cookie in ("", "a", "\u00e9", "\udce9")}
    assert [len(each) for each in found] == [32] * 4


class TestLookingUp:
    """The owner follows a link of their own and pays nothing."""

    def test_nothing_is_used(self, redeemer):
        link, token = minted(redeemer, max_uses=1)
        assert asyncio.run(redeemer.look_up(token)) == link
        unchanged(redeemer, link)

    def test_what_is_over_is_refused(self, redeemer, clock):
        link, token = minted(redeemer)
        redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
        with pytest.raises(LinkRevokedError):
            asyncio.run(redeemer.look_up(token))
        clock.tick(300)
        with pytest.raises(LinkExpiredError):
            asyncio.run(redeemer.look_up(token))
        with pytest.raises(LinkNotFoundError):
            asyncio.run(redeemer.look_up(Secret("nbp1.x.y")))


class TestChangesOfKeys:
    """Keys are added and retired between the steps of a redemption, and after it."""

    @pytest.fixture
    def keys(self, tmp_path):
        return tmp_path / "keys.json"

    def change(self, keys, *, retire=False):
        """Add a key, and retire the others if asked."""
        *older, _ = rotation.rotate(keys, FakeClock().now())
        if retire:
            rotation.retire(keys, [key.id for key in older])

    def test_a_repeated_answer_holds_the_same_cookie(self, redeemer, keys, clock):
        link, token = minted(redeemer, max_uses=1)
        first = redeem(redeemer, token)
        for _ in range(3):
            self.change(keys)
            clock.tick(5)
            assert redeem(redeemer, token) == first
        assert redeemer.store.link(link.id).uses == 1

    def test_links_of_older_keys_still_open(self, redeemer, keys):
        _, old = minted(redeemer)
        self.change(keys)
        _, new = minted(redeemer)
        assert redeem(redeemer, old).cookie != redeem(redeemer, new).cookie

    def test_links_of_a_retired_key_are_none(self, redeemer, keys, events):
        link, token = minted(redeemer)
        self.change(keys, retire=True)
        with pytest.raises(LinkNotFoundError, match="not a link of this server"):
            redeem(redeemer, token)
        with pytest.raises(LinkNotFoundError):
            asyncio.run(redeemer.look_up(token))
        unchanged(redeemer, link)
        assert events == []

    def test_sessions_go_on(self, redeemer, keys):
        _, token = minted(redeemer)
        redeemed = redeem(redeemer, token)
        self.change(keys)
        self.change(keys, retire=True)
        found = redeemer.store.session_by_cookie(cookie_hash(redeemed.cookie.reveal()))
        assert found == redeemed.session
        with pytest.raises(LinkNotFoundError):
            redeem(redeemer, token)

    def test_a_key_that_is_retired_between_two_steps(self, redeemer, keys, events):
        link, token = minted(redeemer)
        offload = redeemer.offload
        assert redeemer.signer.ready  # so that the first thing done elsewhere follows the check

        async def retire_first(call, *args):
            if call == redeemer.store.link:
                self.change(keys, retire=True)
            return await offload(call, *args)

        with pytest.raises(LinkNotFoundError, match="not a link of this server"):
            redeem(replace(redeemer, offload=retire_first), token)
        unchanged(redeemer, link)
        assert [(e.event, e.reason) for e in events] == [("link.refused", "link-not-found")]


class TestTimeThatIsSetBack:
    """Another process on the same files, started after the clock was set back."""

    @pytest.fixture
    def restarted(self, redeemer, tmp_path, clock):
        made = []

        def restart(seconds, *, crash=False):
            if crash:
                redeemer.store._database.close()  # nothing is kept on the way out
            else:
                redeemer.store.close()
            earlier = SteadyClock(FakeClock(clock.now() - timedelta(seconds=seconds)))
            store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", earlier)
            made.append(store)
            return replace(redeemer, store=store, clock=earlier)

        yield restart
        for store in made:
            store.close()

    def test_an_expired_link_that_was_refused_stays_expired(self, redeemer, restarted, clock):
        link, token = minted(redeemer)
        clock.tick(300)
        with pytest.raises(LinkExpiredError):
            redeem(redeemer, token)
        for action in (redeem, lambda who, what: asyncio.run(who.look_up(what))):
            with pytest.raises(LinkExpiredError):
                action(restarted(299, crash=True), token)
        unchanged(redeemer, link)

    def test_an_expired_link_that_nobody_tried_stays_expired(self, redeemer, restarted, clock):
        link, token = minted(redeemer)
        clock.tick(300)
        with pytest.raises(LinkExpiredError):
            redeem(restarted(299), token)
        unchanged(redeemer, link)

    def test_without_a_store_that_keeps_the_time_it_would_be_good_again(
        self, redeemer, restarted, clock
    ):
        _, token = minted(redeemer)
        clock.tick(300)
        assert redeem(restarted(299, crash=True), token)

    def test_a_landing_page_is_not_answered_again(self, redeemer, restarted, clock):
        _, token = minted(redeemer, max_uses=1)
        redeem(redeemer, token)
        clock.tick(31)
        with pytest.raises(LinkUsedUpError):
            redeem(restarted(31), token)

    def test_a_link_is_refused_where_the_store_cannot_keep_that(self, redeemer, tmp_path, clock):
        _, token = minted(redeemer)
        clock.tick(300)
        (tmp_path / "file").write_text("")
        away = SqlStore(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", clock)
        with pytest.raises(LinkExpiredError):
            redeem(replace(redeemer, store=away), token)


class TestTimeOfADatabase:
    """Servers whose own clock is off: what is over, their database says."""

    @pytest.fixture
    def line(self, postgres_cluster, postgres):
        with postgres_cluster.connect(postgres) as connection:
            yield connection

    @pytest.fixture
    def shared(self, line):
        return DatabaseClock(line)

    @pytest.fixture
    def start(self, redeemer, postgres_cluster, postgres, shared):
        """Start a server whose own clock differs by so many seconds."""
        stores = []

        def started(seconds):
            own = SteadyClock(FakeClock(shared.now() + timedelta(seconds=seconds)))
            url = postgres_cluster.url(postgres, options=DatabaseClock.OPTIONS)
            stores.append(SqlStore(url, own))
            return replace(redeemer, store=stores[-1], clock=own)

        yield started
        for store in stores:
            store.close()

    @pytest.fixture
    def link_and_token(self, start):
        return minted(start(0))

    def test_a_clock_that_is_ahead_refuses_nobody(self, start, link_and_token):
        link, token = link_and_token
        assert asyncio.run(start(3600).look_up(token)) == link
        assert redeem(start(3600), token).session.link_id == link.id

    @pytest.mark.parametrize("seconds", [-3600, 0, 3600])
    def test_what_is_over_by_the_database_is_over(self, start, link_and_token, shared, seconds):
        link, token = link_and_token
        shared.suspend(300)
        server = start(seconds)
        with pytest.raises(LinkExpiredError):
            redeem(server, token)
        assert server.store.link(link.id).uses == 0

    def test_a_clock_that_is_ahead_is_not_kept(self, start, link_and_token, line):
        _, token = link_and_token
        before = line.execute("SELECT value FROM meta WHERE name = 'time'").fetchone()
        server = start(3600)
        with pytest.raises(NotAllowedError):
            redeem(replace(server, policy=nobody()), token)
        assert line.execute("SELECT value FROM meta WHERE name = 'time'").fetchone() == before

    def test_a_link_that_expires_while_it_is_being_redeemed(
        self, start, link_and_token, shared, events
    ):
        link, token = link_and_token
        server = start(0)

        async def dawdle(call, *args):
            if call == server.store.redeem:
                shared.suspend(300)
            return await server.offload(call, *args)

        with pytest.raises(LinkExpiredError):
            redeem(replace(server, offload=dawdle), token)
        assert server.store.link(link.id).uses == 0
        assert [(e.event, e.reason) for e in events] == [("link.refused", "link-expired")]


def nobody():
    statement = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return ConnectPolicy(reading.read({"Statement": statement}), "b")


class Counting:
    """A store that counts what is asked of it."""

    def __init__(self, store):
        self.store = store
        self.asked = 0

    def __getattr__(self, name):
        self.asked += 1
        return getattr(self.store, name)


class TestFloods:
    @pytest.fixture
    def counting(self, redeemer):
        store = Counting(redeemer.store)
        return replace(redeemer, store=store), store

    def flood(self, redeemer, token, times=100):
        """Try a token again and again, each time as another page; returns how each try ended."""

        async def run():
            tries = [redeemer.redeem(token, f"{n:022}", HERE) for n in range(times)]
            return await asyncio.gather(*tries, return_exceptions=True)

        return Counter(type(ended) for ended in asyncio.run(run()))

    def test_forged_tokens_cost_no_look_at_the_store_and_no_event(self, counting, events):
        redeemer, store = counting
        _, token = minted(redeemer)
        asked = store.asked
        forged = Secret(token.reveal()[:-2] + "AA")
        assert self.flood(redeemer, forged) == {LinkNotFoundError: 60, RateLimitedError: 40}
        assert store.asked == asked
        assert events == []
        assert redeem(redeemer, token)

    @pytest.mark.parametrize("over", ["revoked", "expired", "used"])
    def test_a_spent_link_costs_a_few(self, counting, events, clock, over):
        redeemer, store = counting
        link, token = minted(redeemer, max_uses=1)
        if over == "revoked":
            redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
        elif over == "used":
            redeem(redeemer, token)
        else:
            clock.tick(300)
        self.flood(redeemer, token)  # all at once, so that each is tried
        before, told = store.asked, len(events)
        assert self.flood(redeemer, token) == {RateLimitedError: 100}
        assert store.asked == before
        assert [event.event for event in events[:told]].count("link.refused") == 1
        assert len(events) == told

    def test_nobody_else_is_locked_out(self, redeemer):
        link, spent = minted(redeemer, max_uses=1)
        _, good = minted(redeemer)
        redeem(redeemer, spent)
        for _ in range(2):
            self.flood(redeemer, spent)
            self.flood(redeemer, Secret("nbp1.x.y"))
        assert redeem(redeemer, good)
        # The answer was lost, and its holder asks again while others flood with the same link.
        assert redeem(redeemer, spent).session.link_id == link.id

    def test_forged_tokens_from_here_are_no_failures_of_others(self, redeemer):
        forged = Secret("nbp1.x.y")
        self.flood(redeemer, forged)
        with pytest.raises(RateLimitedError):
            redeem(redeemer, forged)
        with pytest.raises(LinkNotFoundError):
            redeem(redeemer, forged, address="192.0.2.8")

    def test_a_store_that_is_away_is_nobodys_failure(self, redeemer, tmp_path, clock, events):
        (tmp_path / "file").write_text("")
        away = SqlStore(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}", clock)
        _, token = minted(redeemer)
        assert self.flood(replace(redeemer, store=away), token, 50) == {StoreError: 50}
        assert [event.reason for event in events] == ["store-unavailable"]
        assert redeem(redeemer, token)


def test_a_session_that_is_held_to_an_address_has_only_that_one(redeemer):
    link, token = minted(redeemer, bind_ip=True, allowed_ips=("192.0.2.0/24",))
    for address in ("", "nonsense", "198.51.100.9"):
        with pytest.raises(NotAllowedError):
            redeem(redeemer, token, address=address)
    unchanged(redeemer, link)
    assert redeem(redeemer, token).session.allowed_ips == (HERE,)


def test_where_the_address_cannot_be_told_nothing_can_be_held_to_it(redeemer):
    _, token = minted(redeemer, bind_ip=True)
    with pytest.raises(NotAllowedError) as refused:
        redeem(redeemer, token, address="")
    assert "cannot be told" in refused.value.message
    assert "trusted_proxies" in refused.value.hint


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, False),
        ({"StringEquals": {"nb-presign:Scope": "full"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2031-01-01"}}, True),
    ],
)
def test_a_policy_is_asked_before_anything_is_used(redeemer, events, condition, allowed):
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = ConnectPolicy(reading.read({"Statement": statement}), "b")
    strict = replace(redeemer, policy=policy)
    link, token = minted(strict)
    if allowed:
        assert redeem(strict, token).session.link_id == link.id
        return
    with pytest.raises(NotAllowedError, match="policy") as refused:
        redeem(strict, token)
    assert refused.value.fields["address"] == HERE
    unchanged(strict, link)
    assert [event.reason for event in events] == ["not-allowed"]


def test_a_policy_is_told_whether_the_guest_came_over_tls(redeemer):
    statement = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    strict = replace(redeemer, policy=ConnectPolicy(reading.read({"Statement": statement}), "b"))
    link, token = minted(strict)
    with pytest.raises(NotAllowedError, match="policy"):
        redeem(strict, token)
    assert redeem(strict, token, secure=True).session.link_id == link.id


OFFICE_ONLY = {
    "Effect": "Allow",
    "Action": "*",
    "Resource": "*",
    "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
}


def held(statement):
    return Permission(json.dumps({"Statement": statement}), "athena:CreatePresignedNotebookUrl")


def test_the_policy_of_the_link_is_asked_too(redeemer):
    link, token = minted(redeemer, permission=held(OFFICE_ONLY))
    with pytest.raises(NotAllowedError, match="policy"):
        redeem(redeemer, token, address="198.51.100.9")
    unchanged(redeemer, link)
    session = redeem(redeemer, token).session
    assert session.permission == link.permission
    assert redeemer.store.session(session.id) == session


class TestLending:
    """What a program is given instead of a cookie."""

    def lend(self, redeemer, link, address=HERE):
        return asyncio.run(redeemer.lend(link, Visit(address)))

    def test_begins_an_ordinary_session_of_ten_minutes(self, redeemer, events):
        link, _ = minted(redeemer, session_seconds=43_200, permission=held(OFFICE_ONLY))
        token, session = self.lend(redeemer, link)
        assert token.reveal().startswith(BEARER)
        assert len(token.reveal()) == len(BEARER) + 43
        assert session.expires_at - session.created_at == timedelta(seconds=LENT_SECONDS)
        assert (session.link_id, session.address) == (link.id, HERE)
        assert session.permission == link.permission
        assert redeemer.store.session_by_cookie(cookie_hash(token.reveal())) == session
        assert redeemer.store.link(link.id).uses == 1
        assert [event.event for event in events] == ["link.redeemed"]
        rows = [(row.event, row.session_id) for row in redeemer.store.audit()]
        assert sorted(rows) == [("link.minted", ""), ("link.redeemed", session.id)]

    def test_not_longer_than_the_links_own(self, redeemer):
        link, _ = minted(redeemer, session_seconds=60)
        _, session = self.lend(redeemer, link)
        assert session.expires_at - session.created_at == timedelta(seconds=60)

    def test_each_time_another(self, redeemer):
        link, _ = minted(redeemer)
        found = [self.lend(redeemer, link) for _ in range(3)]
        assert len({token.reveal() for token, _ in found}) == 3
        assert len({session.id for _, session in found}) == 3

    def test_the_url_still_opens(self, redeemer):
        link, token = minted(redeemer)
        _, lent = self.lend(redeemer, link)
        session = redeem(redeemer, token).session
        assert session.id != lent.id
        assert session.expires_at - session.created_at > timedelta(seconds=LENT_SECONDS)

    @pytest.mark.parametrize("audience", ["srv_other", ""])
    def test_not_for_links_of_others(self, redeemer, audience):
        link, _ = minted(redeemer, audience=audience)
        with pytest.raises(ConflictError) as refused:
            self.lend(redeemer, link)
        assert "Another server" in refused.value.message
        assert refused.value.hint
        unchanged(redeemer, link)

    @pytest.mark.parametrize(
        "facts",
        [
            {"allowed_ips": ("198.51.100.0/24",)},
            {"permission": held({**OFFICE_ONLY, "Effect": "Deny"})},
            {"permission": Permission("{}")},
        ],
    )
    def test_asks_what_redeeming_asks(self, redeemer, facts):
        link, _ = minted(redeemer, **facts)
        with pytest.raises(NotAllowedError):
            self.lend(redeemer, link)
        unchanged(redeemer, link)

    def test_asks_the_servers_policy(self, redeemer):
        document = reading.read({"Statement": OFFICE_ONLY})
        strict = replace(redeemer, policy=ConnectPolicy(document, "b"))
        link, _ = minted(strict)
        with pytest.raises(NotAllowedError, match="policy"):
            self.lend(strict, link, "198.51.100.9")
        unchanged(strict, link)
        assert self.lend(strict, link)

    def test_holds_to_the_address_if_the_link_does(self, redeemer):
        link, _ = minted(redeemer, bind_ip=True)
        with pytest.raises(NotAllowedError, match="cannot be told"):
            self.lend(redeemer, link, "")
        assert self.lend(redeemer, link)[1].allowed_ips == (HERE,)

    def test_nothing_for_a_link_that_is_over(self, redeemer, clock):
        link, _ = minted(redeemer)
        redeemer.store.revoke(link.id, now=clock.now(), actor=ALICE)
        with pytest.raises(LinkRevokedError):
            self.lend(redeemer, link)
        used, _ = minted(redeemer, id="lnk_00000000000000aa", max_uses=1)
        self.lend(redeemer, used)
        with pytest.raises(LinkUsedUpError):
            self.lend(redeemer, used)
        late, _ = minted(redeemer, id="lnk_00000000000000bb")
        clock.tick(3600)
        with pytest.raises(LinkExpiredError):
            self.lend(redeemer, late)
