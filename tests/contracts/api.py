"""What every `PresignApi` does. Subclasses give `api`, of a server with a notebook a.ipynb."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nb_presign.errors import (
    BadReferenceError,
    LinkNotFoundError,
    LinkRevokedError,
    OutOfRangeError,
    SessionNotFoundError,
    TargetNotFoundError,
    UnknownProviderError,
)
from nb_presign.model import (
    BareTarget,
    LinkState,
    MintRequest,
    Scope,
    Target,
    TargetQuery,
    TargetState,
)

HERE = Target("jupyter", ".")
A_NOTEBOOK = Target("jupyter", ".", "lab/tree/a.ipynb")


@pytest.mark.anyio
class PresignApiContract:
    async def test_it_says_which_server_answers(self, api):
        info = await api.server()
        assert info.name
        assert info.id.startswith("srv_")

    async def test_it_lists_providers_and_targets(self, api):
        assert {"jupyter", "session"} <= {p.name for p in await api.providers()}
        page = await api.targets(TargetQuery(provider="jupyter"))
        info = await api.server()
        here = next(item for item in page.items if item.target.id == info.name)
        assert here.state is TargetState.READY

    async def test_a_minted_link_has_what_was_asked_for_and_its_url(self, api):
        request = MintRequest(
            target=A_NOTEBOOK,
            expires_in=120,
            session_seconds=1800,
            scope=Scope.EXECUTE,
            max_uses=3,
            allowed_ips=("10.0.0.0/8",),
            note="für Ünal",
        )
        link = await api.mint(request)
        assert link.url.reveal().partition("#")[2].startswith("nbp1.")
        assert link.expires_at - link.created_at == timedelta(seconds=120)
        assert (link.scope, link.session_seconds, link.max_uses) == (Scope.EXECUTE, 1800, 3)
        assert (link.note, link.allowed_ips) == ("für Ünal", ("10.0.0.0/8",))
        assert link.target.path == "lab/tree/a.ipynb"

    async def test_an_interactive_link_is_short_and_good_once(self, api):
        link = await api.mint(MintRequest(target=HERE, interactive=True))
        assert link.expires_at - link.created_at == timedelta(seconds=60)
        assert link.max_uses == 1
        assert "#nbo1." in link.url.reveal()

    async def test_a_link_is_found_again_without_its_url(self, api):
        minted = await api.mint(MintRequest(target=HERE))
        found = await api.link(minted.id)
        assert found == minted
        assert found.url is None
        assert minted in await api.links()
        assert all(link.url is None for link in await api.links())

    async def test_a_bare_name_finds_its_provider(self, api):
        info = await api.server()
        link = await api.mint(MintRequest(target=BareTarget(info.name)))
        assert link.target == Target("jupyter", info.name)

    async def test_refreshing_and_revoking_go_for_the_family(self, api):
        first = await api.mint(MintRequest(target=HERE))
        second = await api.refresh(first.id)
        assert (second.family, second.url is None) == (first.id, False)
        revoked = await api.revoke(second.id)
        assert revoked.state(revoked.created_at) is LinkState.REVOKED
        assert (await api.link(first.id)).revoked_at == revoked.revoked_at
        assert await api.revoke(first.id) == await api.link(first.id)
        with pytest.raises(LinkRevokedError):
            await api.refresh(first.id)

    async def test_what_is_not_there_is_not_found(self, api):
        for call in (api.link, api.refresh, api.revoke):
            with pytest.raises(LinkNotFoundError):
                await call("lnk_0000000000000000")
        with pytest.raises(LinkNotFoundError):
            await api.link("a/../b?c#d")
        with pytest.raises(SessionNotFoundError):
            await api.end_session("ses_0000000000000000")
        assert await api.end_sessions() == ()
        with pytest.raises(TargetNotFoundError):
            await api.mint(MintRequest(target=BareTarget("nowhere")))

    async def test_bad_input_is_told_by_the_same_errors(self, api):
        with pytest.raises(UnknownProviderError) as unknown:
            await api.mint(MintRequest(target=Target("jupiter", ".")))
        assert "jupyter" in unknown.value.hint
        with pytest.raises(OutOfRangeError) as outside:
            await api.mint(MintRequest(target=HERE, expires_in=5))
        assert outside.value.fields["low"] == 10
        with pytest.raises(BadReferenceError):
            await api.mint(MintRequest(target=Target("jupyter", ".", "../x")))

    async def test_nobody_is_here_yet(self, api):
        assert await api.sessions() == ()
