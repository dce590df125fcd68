"""The provider against a real Hub: what it finds, starts and mints, and what it refuses."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from contracts.provider import ProviderContract
from jupyter_servers import free_port
from support.clock import FakeClock
from support.hub import accept, enter

from nb_presign.errors import (
    AccessDeniedError,
    BadReferenceError,
    CredentialsRefusedError,
    NotStartableError,
    TargetNotFoundError,
    TargetNotReadyError,
    UnavailableError,
    UnreachableError,
)
from nb_presign.model import Link, Scope, Target, TargetQuery, TargetState, new_id
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.provider import HubProvider
from nb_presign.providers.hub.scopes import GRANTS, MARK
from nb_presign.secret import Secret

pytestmark = pytest.mark.anyio
NOW = datetime.now(timezone.utc)
ALICE = Target("hub", "alice")
LAB = Target("hub", "alice", "-/lab/tree/a b.ipynb")


@pytest.fixture
def anyio_backend():
    return "asyncio"


def place_of(hub, token, **changes):
    place = HubPlace(
        api_url=f"{hub.url}hub/api/", pages_url=f"{hub.url}hub/", token=Secret(token), user="alice"
    )
    return replace(place, **changes)


@pytest.fixture
def place(hub, alices_token):
    return place_of(hub, alices_token)


@pytest.fixture
def provider(place):
    return HubProvider(place)


@pytest.fixture
def clock():
    return FakeClock(datetime.now(timezone.utc))


@pytest.fixture
def let_in(hub):
    """Share alice's server by hand."""

    @contextmanager
    def let_in(user):
        with hub.admin() as admin:
            assert admin.post("shares/alice/", json={"user": user}).is_success
            try:
                yield
            finally:
                admin.patch("shares/alice/", json={"user": user})

    return let_in


def draft_for(target, clock, **changes):
    draft = Link(
        id=new_id("lnk"),
        target=target,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(seconds=300),
        session_seconds=1800,
        scope=Scope.FULL,
        minted_by="owner:alice",
    )
    return replace(draft, **changes)


class TestContract(ProviderContract):
    @pytest.fixture
    def target(self):
        return ALICE

    @pytest.fixture
    def missing(self):
        return Target("hub", "nobody")

    async def test_minting_keeps_the_terms_and_gives_a_secret_url(self, provider, draft):
        link = await provider.mint(draft)
        assert isinstance(link.url, Secret)
        assert link.url.reveal() not in repr(link)
        kept = (link.target, link.session_seconds, link.scope, link.note, link.minted_by)
        assert kept == (draft.target, 1800, Scope.FULL, draft.note, draft.minted_by)
        assert link.expires_at - link.created_at == draft.expires_at - draft.created_at


class TestTargets:
    async def test_an_owner_sees_their_own_servers(self, provider):
        page = await provider.targets(TargetQuery())
        assert [(info.target, info.state) for info in page.items] == [(ALICE, TargetState.READY)]
        assert page.items[0].detail == "this server"

    async def test_who_may_read_all_users_sees_all_of_their_servers(self, hub):
        provider = HubProvider(place_of(hub, hub.admin_token, user=""))
        page = await provider.targets(TargetQuery())
        assert ALICE in [info.target for info in page.items]

    async def test_who_was_let_in_sees_that_server_too(self, hub, let_in):
        provider = HubProvider(place_of(hub, hub.token("carol"), user=""))
        with let_in("carol"):
            page = await provider.targets(TargetQuery())
            assert [(info.target, info.state) for info in page.items] == [
                (Target("hub", "carol"), TargetState.STOPPED),
                (ALICE, TargetState.READY),
            ]
            assert page.items[1].detail == "shared by alice"
            assert await provider.resolve(LAB) == LAB
            link = await provider.mint(draft_for(LAB, FakeClock(NOW), interactive=True))
            assert link.url.reveal() == f"{hub.url}user/alice/lab/tree/a%20b.ipynb"
            with pytest.raises(AccessDeniedError) as caught:
                await provider.mint(draft_for(ALICE, FakeClock(NOW)))
            assert "Ask 'alice'" in caught.value.hint
        with pytest.raises(TargetNotFoundError):
            await provider.resolve(LAB)

    async def test_a_token_that_may_not_read_what_is_shared_sees_its_own(self, hub, let_in):
        provider = HubProvider(place_of(hub, hub.token("carol", "read:servers!user"), user=""))
        with let_in("carol"):
            page = await provider.targets(TargetQuery())
        assert [info.target for info in page.items] == [Target("hub", "carol")]

    async def test_this_server_is_a_dot(self, provider):
        assert await provider.resolve(Target("hub", ".", "lab/tree/a b.ipynb")) == LAB

    async def test_a_file_is_opened_in_jupyterlab(self, provider):
        assert await provider.resolve(Target("hub", "alice", "-/a b.ipynb")) == LAB

    async def test_a_page_without_a_server_before_it_is_explained(self, provider):
        with pytest.raises(TargetNotFoundError) as caught:
            await provider.resolve(Target("hub", "alice", "lab/tree/a.ipynb"))
        assert "hub:alice/-/lab/tree/a.ipynb" in caught.value.hint

    async def test_options_and_actions_are_refused(self, provider):
        for target in (
            Target("hub", "alice", "", (("region", "here"),)),
            Target("hub", "alice", "-/nb-presign/api"),
        ):
            with pytest.raises(BadReferenceError):
                await provider.resolve(target)

    async def test_a_dot_means_nothing_elsewhere(self, hub, alices_token):
        with pytest.raises(TargetNotFoundError):
            await HubProvider(place_of(hub, alices_token, user="")).resolve(Target("hub", "."))


class TestStarting:
    async def test_a_stopped_server_is_not_ready_and_says_how_to_start_it(self, hub):
        provider = HubProvider(place_of(hub, hub.token("carol"), user=""))
        carol = Target("hub", "carol")
        with pytest.raises(TargetNotReadyError) as caught:
            await provider.resolve(carol)
        assert caught.value.fields["startable"]
        assert "presign mint hub:carol --start" in caught.value.hint
        bystander = HubProvider(
            place_of(hub, hub.token("carol", "read:servers!user", "access:servers!user"), user="")
        )
        with pytest.raises(TargetNotReadyError) as caught:
            await bystander.resolve(carol)
        assert not caught.value.fields["startable"]
        assert "the scope 'servers'" in caught.value.hint
        info = await provider.look(carol)
        assert (info.state, info.startable) == (TargetState.STOPPED, True)

    async def test_one_that_runs_stays_so(self, provider, hub):
        before = hub.state("alice")["started"]
        assert (await provider.start(ALICE)).state is TargetState.READY
        assert hub.state("alice")["started"] == before

    async def test_who_may_not_start_servers_is_told_what_is_missing(self, hub):
        token = hub.token("carol", "read:servers!user")
        provider = HubProvider(place_of(hub, token, user=""))
        with pytest.raises((AccessDeniedError, NotStartableError)) as caught:
            await provider.start(Target("hub", "carol"))
        assert '"start:servers!user"' in caught.value.hint


class TestMinting:
    async def test_the_url_is_where_the_hub_lets_people_in(self, hub, provider, clock):
        link = await provider.mint(draft_for(LAB, clock))
        parts = urlsplit(link.url.reveal())
        assert f"{parts.scheme}://{parts.netloc}/" == hub.url
        assert parts.path == "/hub/accept-share"
        assert parse_qs(parts.query)["next"] == ["/user/alice/lab/tree/a%20b.ipynb"]
        code_id = link.audience.partition("/")[2]
        [code] = [code for code in hub.codes("alice") if code["id"] == code_id]
        assert f"{MARK}!server=alice/" in code["scopes"]
        assert datetime.fromisoformat(code["expires_at"].replace("Z", "+00:00")) == link.expires_at

    async def test_an_owners_own_click_leads_to_the_page_without_a_code(self, hub, provider, clock):
        before = len(hub.codes("alice"))
        link = await provider.mint(draft_for(LAB, clock, interactive=True))
        assert link.url.reveal() == f"{hub.url}user/alice/lab/tree/a%20b.ipynb"
        assert len(hub.codes("alice")) == before

    async def test_a_guest_opens_the_page_until_the_link_is_revoked(
        self, hub, provider, bob, clock
    ):
        link = await provider.mint(draft_for(LAB, clock))
        page = accept(bob, link.url.reveal())
        assert (page.status_code, page.url.path) == (200, "/user/alice/lab/tree/a b.ipynb")
        await provider.revoke(link)
        assert hub.shares("alice") == []
        assert link.audience.partition("/")[2] not in [code["id"] for code in hub.codes("alice")]
        assert bob.get(link.url.reveal()).status_code == 404

    async def test_revoking_leaves_what_was_shared_by_hand(self, hub, provider, bob, clock, let_in):
        with let_in("bob"):
            link = await provider.mint(draft_for(ALICE, clock))
            accept(bob, link.url.reveal())
            await provider.revoke(link)
            [share] = hub.shares("alice")
            assert "access:servers!server=alice/" in share["scopes"]
            assert enter(bob, "user/alice/lab").status_code == 200


class TestRefusals:
    @pytest.mark.parametrize("held", [("shares!user",), (f"{MARK}!user",), ("read:servers!user",)])
    async def test_missing_scopes_are_named_with_the_configuration_that_grants_them(
        self, hub, clock, held
    ):
        token = hub.token("alice", *{"read:servers!user", *held})
        provider = HubProvider(place_of(hub, token))
        with pytest.raises(AccessDeniedError) as caught:
            await provider.mint(draft_for(ALICE, clock))
        lacking = {"shares", MARK} - {scope.partition("!")[0] for scope in held}
        assert set(caught.value.fields["lacking"]) == lacking
        assert GRANTS.rstrip() in caught.value.hint
        status = await provider.status()
        assert not status.usable
        assert GRANTS.rstrip() in status.mend

    async def test_a_token_that_the_hub_does_not_know(self, hub):
        provider = HubProvider(place_of(hub, "not-a-token", user=""))
        with pytest.raises(CredentialsRefusedError):
            await provider.resolve(ALICE)
        [finding] = await provider.examine(TargetQuery(provider="hub"), ALICE)
        assert not finding.ok
        assert "not-a-token" not in str(finding)

    async def test_a_hub_that_is_away(self, hub, alices_token, clock):
        away = f"http://127.0.0.1:{free_port()}/hub/api/"
        provider = HubProvider(place_of(hub, alices_token, api_url=away, user=""))
        for call in (provider.resolve(ALICE), provider.mint(draft_for(ALICE, clock))):
            with pytest.raises(UnreachableError):
                await call
        assert not (await provider.status()).usable

    async def test_no_hub_at_all(self):
        provider = HubProvider(None)
        status = await provider.status()
        assert (status.usable, status.configured) == (False, False)
        with pytest.raises(UnavailableError):
            await provider.resolve(ALICE)

    async def test_a_hub_whose_address_for_browsers_is_not_known(self, hub, alices_token, clock):
        provider = HubProvider(place_of(hub, alices_token, pages_url=""))
        # This Hub tells it with the code; for a plain page nobody does.
        assert (await provider.mint(draft_for(ALICE, clock))).url is not None
        with pytest.raises(UnavailableError) as caught:
            await provider.mint(draft_for(ALICE, clock, interactive=True))
        assert "public_url" in caught.value.hint

    async def test_another_users_server_is_not_there_for_us(self, provider):
        with pytest.raises(TargetNotFoundError):
            await provider.resolve(Target("hub", "carol"))
