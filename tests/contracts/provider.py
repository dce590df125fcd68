"""What every provider does. Subclasses give `provider`, `target` (it is there) and `missing`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock

from nb_presign import reference
from nb_presign.errors import NotRevocableError, TargetNotFoundError
from nb_presign.model import BareTarget, Link, Target, TargetQuery, TargetState, new_id
from nb_presign.providers.base import Provider
from nb_presign.secret import Secret


@pytest.mark.anyio
class ProviderContract:
    @pytest.fixture
    def draft(self, provider: Provider, target: Target, clock: FakeClock) -> Link:
        """Give what a service hands over, but for the target, which is not resolved yet."""
        bounds = provider.bounds
        return Link(
            id=new_id("lnk"),
            target=target,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(seconds=bounds.expires_in.default),
            session_seconds=bounds.session_seconds.low if bounds.session_seconds else 0,
            scope=bounds.default_scope,
            note="for the review",
            minted_by="owner:alice",
        )

    def test_it_can_be_named_and_shown(self, provider):
        assert Target(provider.name, "x").provider == provider.name
        assert provider.title

    def test_its_defaults_are_within_its_bounds(self, provider):
        for allowed in (provider.bounds.expires_in, provider.bounds.session_seconds):
            assert allowed is None or allowed.low <= allowed.default <= allowed.high
        assert provider.bounds.default_scope in provider.bounds.scopes

    async def test_it_says_that_it_can_be_used(self, provider):
        status = await provider.status()
        assert (status.name, status.usable, status.reason) == (provider.name, True, "")

    async def test_targets_can_be_written_and_read(self, provider):
        page = await provider.targets(TargetQuery(provider=provider.name))
        assert page.items
        for info in page.items:
            assert info.target.provider == provider.name
            assert reference.parse(reference.format_reference(info.target)) == info.target

    async def test_a_ready_target_resolves(self, provider):
        page = await provider.targets(TargetQuery(provider=provider.name))
        ready = [info.target for info in page.items if info.state is TargetState.READY]
        assert ready
        for target in ready:
            assert await provider.resolve(target) == target

    async def test_resolving_is_done_once(self, provider, target):
        canonical = await provider.resolve(target)
        assert await provider.resolve(canonical) == canonical

    async def test_what_is_missing_is_not_found_and_a_next_step_is_named(self, provider, missing):
        with pytest.raises(TargetNotFoundError) as caught:
            await provider.resolve(missing)
        assert caught.value.hint

    async def test_it_knows_its_targets_by_their_bare_name(self, provider, target, missing):
        assert await provider.knows(BareTarget(target.id))
        assert not await provider.knows(BareTarget(missing.id))

    async def test_minting_keeps_the_terms_and_gives_a_secret_url(self, provider, draft):
        draft = replace(draft, target=await provider.resolve(draft.target))
        link = await provider.mint(draft)
        assert isinstance(link.url, Secret)
        assert link.url.reveal().startswith("http")
        assert link.url.reveal() not in repr(link)
        assert (link.target, link.minted_by) == (draft.target, draft.minted_by)
        assert (link.session_seconds, link.scope, link.note, link.expires_at) == (
            draft.session_seconds,
            draft.scope,
            draft.note,
            draft.expires_at,
        )

    async def test_a_successor_is_another_link_to_the_same_place(self, provider, draft):
        draft = replace(draft, target=await provider.resolve(draft.target))
        link = await provider.mint(draft)
        target = await provider.resolve_again(link)
        successor = await provider.refresh(
            link, replace(link, id=new_id("lnk"), target=target, url=None)
        )
        assert successor.id != link.id
        assert (successor.family, successor.target) == (link.family, link.target)
        assert successor.url != link.url

    async def test_what_we_serve_can_be_revoked_twice_and_other_links_say_that_they_cannot(
        self, provider, draft
    ):
        link = await provider.mint(replace(draft, target=await provider.resolve(draft.target)))
        if link.audience:
            await provider.revoke(link)
            await provider.revoke(link)
        else:
            with pytest.raises(NotRevocableError) as caught:
                await provider.revoke(link)
            assert caught.value.hint
