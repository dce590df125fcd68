"""Some providers in this process, the others where the store is; links are told of there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from contracts.api import PresignApiContract
from support.clock import FakeClock
from support.providers import FakeProvider, OtherProvider
from support.values import SERVER, a_link
from test_api import LocalServerWithOneNotebook

from nb_presign.bootstrap import build
from nb_presign.divided import DividedApi
from nb_presign.errors import (
    AmbiguousTargetError,
    ConflictError,
    CredentialsExpiredError,
    NotInstalledError,
    NotRevocableError,
    PresignError,
    TargetNotFoundError,
    UnreachableError,
)
from nb_presign.model import (
    Actor,
    BareTarget,
    LinkState,
    MintRequest,
    ProviderInfo,
    ServerInfo,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.offload import Offload
from nb_presign.providers.base import Provider
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.reports import Reports
from nb_presign.service import PresignService
from nb_presign.settings import Settings
from nb_presign.store.memory import MemoryStore
from nb_presign.store.sql import SqlStore


class Elsewhere:
    """Has one API; counts who looked for it."""

    def __init__(self, api):
        self.api = api
        self.found = self.doubted = self.closed = 0

    async def find(self):
        self.found += 1
        return self.api

    def doubt(self):
        self.doubted += 1

    async def aclose(self):
        self.closed += 1


class Cloud(FakeProvider):
    """Minted with whatever credentials a process has."""

    name = "cloud"
    title = "Cloud"
    uses_own_credentials = True

    def __init__(self, whose, *names):
        super().__init__(names=names)
        self.whose = whose
        #: Raised when asked for a name.
        self.trouble: PresignError | None = None

    async def status(self):
        return ProviderInfo(name=self.name, title=self.title, usable=self.usable, reason="No keys.")

    async def knows(self, bare):
        if self.trouble:
            raise self.trouble
        return await super().knows(bare)

    async def targets(self, query):
        at = int(query.cursor or 0)
        name = self.names[at]
        info = TargetInfo(
            target=Target(self.name, name), title=f"{name} of {self.whose}", state=TargetState.READY
        )
        more = at + 1 < len(self.names)
        return TargetPage(items=(info,), cursor=str(at + 1) if more else "")

    async def look(self, target):
        return TargetInfo(target=target, title=self.whose, state=TargetState.STOPPED)

    async def start(self, target):
        return TargetInfo(target=target, title=self.whose, state=TargetState.STARTING)

    async def mint(self, draft):
        return replace(await super().mint(draft), audience="", note=f"by {self.whose}")

    async def revoke(self, link):
        await Provider.revoke(self, link)


class Quiet(Cloud):
    """One that no list has unasked."""

    name = "quiet"
    listed = False


@dataclass
class Stage:
    here: PresignService
    server: PresignService
    elsewhere: Elsewhere
    mine: Cloud
    theirs: Cloud
    clock: FakeClock
    told: list = field(default_factory=list)

    @property
    def api(self):
        return DividedApi(self.here, self.elsewhere, reports=Reports(self.tell, pause=0))

    async def tell(self, link):
        self.told.append(link)
        return await self.server.report(link)

    def do(self, call):
        """Call an API of its own, and wait until everything is told."""

        async def run():
            api = self.api
            try:
                return await call(api)
            finally:
                await api.aclose()

        return asyncio.run(run())

    def mint(self, target, **asked):
        return self.do(lambda api: api.mint(MintRequest(target=target, **asked)))


def service(name, store, clock, offload, *providers):
    return PresignService(
        info=ServerInfo(name=name, id=SERVER, version="0", self_hosted=True),
        registry=ProviderRegistry.of(providers),
        store=store,
        offload=offload,
        clock=clock,
        actor=Actor(name),
    )


@pytest.fixture
def stage(tmp_path):
    clock, offload = FakeClock(), Offload()
    store = SqlStore(f"sqlite:///{tmp_path / 's.sqlite'}", clock)
    mine, theirs = Cloud("kernel", "a", "b"), Cloud("server", "a", "z")
    here = service(
        "kernel", MemoryStore(clock), clock, offload, mine, Quiet("kernel", "q"), OtherProvider()
    )
    server = service("server", store, clock, offload, theirs, FakeProvider(names=("one", "b")))
    yield Stage(here, server, Elsewhere(server), mine, theirs, clock)
    # A report may be under way: what it has opened is to be closed as well.
    offload._pool.shutdown(wait=True)
    store.close()


MINE = Target("cloud", "a")
THEIRS = Target("fake", "one")


class TestRouting:
    def test_who_has_credentials_of_their_own_mints_here(self, stage):
        link = stage.mint(MINE)
        assert link.note == "by kernel"
        assert link.url.reveal()
        assert link.minted_by == "owner:kernel"
        assert stage.mint(THEIRS).minted_by == "owner:server"

    def test_nobody_is_looked_for_before_that_is_needed(self, stage):
        api = stage.api
        asyncio.run(api.mint(MintRequest(target=MINE)))
        assert stage.elsewhere.found == 0

    def test_targets_are_looked_at_and_started_where_they_are_minted(self, stage):
        assert stage.do(lambda api: api.target(MINE)).title == "kernel"
        assert stage.do(lambda api: api.start(MINE)).title == "kernel"
        assert stage.do(lambda api: api.target(THEIRS)).title == "one"
        query = TargetQuery(provider="cloud")
        assert stage.do(lambda api: api.examine(query, MINE)) == ()

    def test_an_unknown_provider_is_the_servers_to_know(self, stage):
        with pytest.raises(PresignError, match="no provider 'elsewhere'"):
            stage.mint(Target("elsewhere", "x"))

    def test_providers_are_of_both_and_none_twice(self, stage):
        found = stage.do(lambda api: api.providers())
        assert [info.name for info in found] == ["cloud", "fake", "quiet"]

    def test_a_server_that_fails_is_doubted(self, stage):
        class Gone:
            async def sessions(self):
                raise UnreachableError("No.")

        stage.elsewhere.api = Gone()
        with pytest.raises(UnreachableError):
            stage.do(lambda api: api.sessions())
        assert stage.elsewhere.doubted == 1


class TestLists:
    def titles(self, stage, **asked):
        async def read(api):
            found, cursor = [], ""
            while True:
                page = await api.targets(TargetQuery(cursor=cursor, **asked))
                found.append([item.title for item in page.items])
                cursor = page.cursor
                if not cursor:
                    return found, page.problems

        return stage.do(read)

    def test_all_targets_of_both_page_by_page(self, stage):
        pages, problems = self.titles(stage)
        assert pages == [["a of kernel", "one", "b"], ["b of kernel"]]
        assert problems == ()

    def test_those_of_one_provider(self, stage):
        assert self.titles(stage, provider="quiet")[0] == [["q of kernel"]]
        assert self.titles(stage, provider="fake")[0] == [["one", "b"]]

    def test_what_cannot_be_used_is_not_asked(self, stage):
        stage.mine.usable = False
        assert self.titles(stage)[0] == [["one", "b"]]

    def test_one_that_fails_makes_the_list_partial(self, stage, monkeypatch):
        async def fail(_):
            raise UnreachableError("No answer.")

        monkeypatch.setattr(stage.mine, "targets", fail)
        pages, problems = self.titles(stage)
        assert pages == [["one", "b"]]
        assert problems == ("cloud: No answer.",)

    def test_links_of_both_newest_first_and_none_twice(self, stage):
        first = stage.mint(MINE)
        stage.clock.tick(1)
        second = stage.mint(THEIRS)
        stage.clock.tick(1)
        stage.tell = nobody
        third = stage.mint(MINE)
        found = stage.do(lambda api: api.links())
        assert [link.id for link in found] == [third.id, second.id, first.id]


async def nobody(_):
    raise UnreachableError("No.")


class TestBareNames:
    def test_a_name_that_one_side_knows(self, stage):
        assert stage.mint(BareTarget("a")).note == "by kernel"
        assert stage.mint(BareTarget("one")).target == THEIRS

    def test_what_only_the_servers_credentials_reach_is_not_found(self, stage):
        with pytest.raises(TargetNotFoundError):
            stage.mint(BareTarget("z"))

    def test_a_name_that_both_know_is_ambiguous(self, stage):
        with pytest.raises(AmbiguousTargetError) as refused:
            stage.mint(BareTarget("b", "lab"))
        assert refused.value.fields["matches"] == "cloud:b/lab, fake:b/lab"

    def test_what_no_list_has_is_asked_for_by_its_providers_name_only(self, stage):
        with pytest.raises(TargetNotFoundError):
            stage.mint(BareTarget("q"))
        assert stage.mint(Target("quiet", "q")).url

    def test_why_somebody_could_not_be_asked_is_said(self, stage):
        stage.mine.trouble = CredentialsExpiredError("The credentials have expired.")
        with pytest.raises(TargetNotFoundError, match=r"Cloud: The credentials have expired\."):
            stage.mint(BareTarget("nowhere"))
        assert stage.mint(BareTarget("one")).target == THEIRS

    def test_what_is_there_and_cannot_be_opened_is_known_all_the_same(self, stage, monkeypatch):
        async def down(target):
            raise UnreachableError(f"{target.id} does not answer.")

        monkeypatch.setattr(stage.server.registry["fake"], "resolve", down)
        with pytest.raises(UnreachableError):
            stage.mint(BareTarget("down"))

    def test_a_server_that_is_older_finds_it_by_itself(self, stage):
        class Older:
            def __init__(self, service):
                self.service = service

            def __getattr__(self, name):
                return getattr(self.service, name)

            async def target(self, _):
                raise NotInstalledError("404")

        stage.elsewhere.api = Older(stage.server)
        assert stage.mint(BareTarget("one")).target == THEIRS
        assert stage.mint(BareTarget("a")).note == "by kernel"


class TestLinks:
    def test_facts_are_told_and_nothing_secret(self, stage):
        link = stage.mint(MINE)
        (told,) = stage.told
        assert (told.id, told.url) == (link.id, None)
        assert asyncio.run(stage.server.link(link.id)).target == MINE
        stage.mint(THEIRS)
        assert len(stage.told) == 1

    def test_a_link_is_as_good_if_nobody_can_be_told(self, stage):
        stage.tell = nobody
        link = stage.mint(MINE)
        found = stage.do(lambda api: api.link(link.id))
        assert (found, found.url) == (link, None)
        assert stage.do(lambda api: api.refresh(link.id)).family == link.id

    def test_a_successor_is_minted_here_and_told_of(self, stage):
        link = stage.mint(MINE)
        stage.clock.tick(60)
        successor = stage.do(lambda api: api.refresh(link.id))
        assert (successor.family, successor.note) == (link.id, "by kernel")
        assert [told.id for told in stage.told] == [link.id, successor.id]

    def test_a_link_that_another_process_minted_goes_on_here(self, stage):
        link = asyncio.run(stage.server.mint(MintRequest(target=MINE)))
        assert link.note == "by server"
        assert stage.do(lambda api: api.refresh(link.id)).note == "by kernel"

    def test_links_of_the_server_are_refreshed_and_revoked_there(self, stage):
        link = stage.mint(THEIRS)
        successor = stage.do(lambda api: api.refresh(link.id))
        revoked = stage.do(lambda api: api.revoke(successor.id))
        assert revoked.state(stage.clock.now()) is LinkState.REVOKED
        assert stage.told == []

    def test_what_the_upstream_cannot_take_back_is_not_said_to_be_revoked(self, stage):
        link = stage.mint(MINE)
        with pytest.raises(NotRevocableError):
            stage.do(lambda api: api.revoke(link.id))
        found = asyncio.run(stage.server.link(link.id))
        assert found.revoked_at is None

    def test_telling_is_for_others_too(self, stage):
        link = a_link(stage.clock.now(), target=MINE, audience="")
        assert stage.do(lambda api: api.report(link)).id == link.id
        with pytest.raises(ConflictError):
            stage.do(lambda api: api.report(a_link(stage.clock.now(), target=THEIRS)))

    def test_closing_closes_what_was_found(self, stage):
        stage.mint(MINE)
        assert stage.elsewhere.closed == 1


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def api(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    settings = Settings(store_url=f"sqlite:///{tmp_path / 's.sqlite'}", data_dir=tmp_path / "data")
    runtime = build(settings, actor=Actor("ann"), local=LocalServerWithOneNotebook())
    here = replace(runtime.service, store=MemoryStore(runtime.clock))
    yield DividedApi(here, Elsewhere(runtime.service))
    await runtime.service.aclose()


class TestDividedApi(PresignApiContract):
    """With a server that has AWS's providers, too."""
