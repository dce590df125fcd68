"""What every `PresignApi` does. Subclasses give `api`, of a server with a notebook a.ipynb."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from nb_presign.errors import (
    BadReferenceError,
    ConflictError,
    LinkNotFoundError,
    LinkRevokedError,
    NotListableError,
    NotStartableError,
    OutOfRangeError,
    SessionNotFoundError,
    TargetNotFoundError,
    UnknownProviderError,
)
from nb_presign.model import (
    BareTarget,
    FolderItem,
    FolderItemKind,
    Link,
    LinkState,
    MintRequest,
    Narrowing,
    Scope,
    Target,
    TargetQuery,
    TargetState,
    new_id,
)
from nb_presign.secret import Secret

HERE = Target("jupyter", ".")
A_NOTEBOOK = Target("jupyter", ".", "lab/tree/a.ipynb")


@pytest.mark.anyio
class PresignApiContract:
    async def test_it_says_which_server_answers(self, api):
        info = await api.server()
        assert info.name
        assert info.id.startswith("srv_")
        assert info.here == f"jupyter:{info.name}"

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

    async def test_one_target_is_looked_at(self, api):
        info = await api.target(HERE)
        assert (info.state, info.startable) == (TargetState.READY, False)
        assert info.target.provider == "jupyter"
        for missing in (Target("jupyter", ".", "lab/tree/b.ipynb"), Target("session", "no-such")):
            with pytest.raises(TargetNotFoundError):
                await api.target(missing)
        with pytest.raises(UnknownProviderError):
            await api.target(Target("jupiter", "."))

    async def test_notebooks_are_listed_folder_by_folder(self, api):
        name = (await api.server()).name
        found = await api.notebooks(HERE)
        a = FolderItem(
            name="a.ipynb",
            path="a.ipynb",
            kind=FolderItemKind.NOTEBOOK,
            target=found.items[0].target,
        )
        assert (found.path, found.items, found.problems) == ("", (a,), ())
        assert (a.target.provider, a.target.id) == ("jupyter", name)
        assert a.target.path.endswith("/a.ipynb")
        with pytest.raises(TargetNotFoundError):
            await api.notebooks(HERE, "no/such folder")
        with pytest.raises(BadReferenceError):
            await api.notebooks(HERE, "../x")
        with pytest.raises(NotListableError) as refused:
            await api.notebooks(Target("session", "5e55"))
        assert refused.value.hint

    async def test_what_cannot_be_started_is_said_to_be_so(self, api):
        with pytest.raises(NotStartableError) as refused:
            await api.start(HERE)
        assert refused.value.hint

    async def test_a_provider_is_examined(self, api):
        for target in (None, HERE):
            assert await api.examine(TargetQuery(provider="jupyter"), target) == ()
        with pytest.raises(UnknownProviderError):
            await api.examine(TargetQuery(provider="jupiter"))

    async def test_facts_of_a_link_that_was_minted_elsewhere_are_kept(self, api):
        told = replace(await self.a_foreign_link(api), url=Secret("https://canary"))
        kept = await api.report(told)
        assert kept == replace(told, minted_by=kept.minted_by)
        assert kept.minted_by != told.minted_by, "whoever tells of it"
        assert await api.report(replace(told, note="other")) == kept
        assert await api.link(told.id) == kept
        assert kept in await api.links()

    async def test_what_only_our_own_links_have_is_not_believed(self, api):
        told = await self.a_foreign_link(api)
        claims = {
            "audience": (await api.server()).id,
            "max_uses": 5,
            "uses": 2,
            "allowed_ips": ("10.0.0.0/8",),
            "bind_ip": True,
            "narrowing": Narrowing("a.ipynb"),
            "revoked_at": told.created_at,
        }
        kept = await api.report(replace(told, **claims))
        assert {name: getattr(kept, name) for name in claims} == {
            name: getattr(told, name) for name in claims
        }

    async def test_nobody_tells_of_links_that_a_server_mints_itself(self, api):
        for target in (HERE, Target("session", "5e55")):
            told = replace(await self.a_foreign_link(api), target=target)
            with pytest.raises(ConflictError):
                await api.report(told)
            with pytest.raises(LinkNotFoundError):
                await api.link(told.id)

    async def a_foreign_link(self, api):
        """A link of AWS, as a kernel mints it."""
        here = await api.mint(MintRequest(target=HERE))
        return Link(
            id=new_id("lnk"),
            target=Target("sagemaker", "x", "lab", (("region", "us-west-2"),)),
            created_at=here.created_at,
            expires_at=here.created_at + timedelta(minutes=5),
            session_seconds=43_200,
            scope=Scope.FULL,
            note="told",
            minted_by="local:somebody-else",
            credentials_expire_at=here.created_at + timedelta(minutes=3),
            renew_by=here.created_at + timedelta(minutes=2),
        )

    async def test_nobody_is_here_yet(self, api):
        assert await api.sessions() == ()
