from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from contracts.provider import ProviderContract
from support.folders import items

from nb_presign.errors import (
    BadReferenceError,
    NotAuthorizedError,
    NotInstalledError,
    NotListableError,
    OutOfRangeError,
    TargetNotFoundError,
    UnauthenticatedError,
    UnreachableError,
    UpstreamError,
)
from nb_presign.model import (
    BareTarget,
    LinkState,
    MintRequest,
    Narrowing,
    Permission,
    Scope,
    Target,
    TargetQuery,
    TargetState,
)
from nb_presign.providers.folders import MOST
from nb_presign.providers.jupyter import JupyterProvider, create
from nb_presign.settings import RemoteServer

pytestmark = pytest.mark.anyio


def to(path: str = "", server: str = ".") -> Target:
    return Target("jupyter", server, path)


class Forgetful:
    """A server that knows of no policies."""

    def __init__(self, service):
        self.service = service

    def __getattr__(self, name):
        return getattr(self.service, name)

    async def mint(self, request):
        return await self.service.mint(replace(request, permission=None))


class TestContractHere(ProviderContract):
    @pytest.fixture
    def provider(self, a):
        return a.providers["jupyter"]

    @pytest.fixture
    def target(self):
        return to("lab/tree/here.ipynb", "a")

    @pytest.fixture
    def missing(self):
        return to("lab/tree/here.ipynb", "nowhere")


@pytest.mark.usefixtures("b")
class TestContractElsewhere(ProviderContract):
    @pytest.fixture
    def provider(self, a):
        return a.providers["jupyter"]

    @pytest.fixture
    def target(self):
        return to("lab/tree/analysis.ipynb", "b")

    @pytest.fixture
    def missing(self):
        return to("lab/tree/analysis.ipynb", "bb")


class TestHere:
    @pytest.mark.parametrize(
        ("path", "page"),
        [
            ("", ""),
            ("lab", "lab"),
            ("here.ipynb", "lab/tree/here.ipynb"),
            ("sub", "lab/tree/sub"),
            ("sub/x.ipynb", "lab/tree/sub/x.ipynb"),
            ("lab/tree/here.ipynb", "lab/tree/here.ipynb"),
            ("notebooks/here.ipynb", "notebooks/here.ipynb"),
            # A folder that is called like a front end.
            ("notebooks/n.ipynb", "lab/tree/notebooks/n.ipynb"),
            ("terminals/1", "terminals/1"),
        ],
    )
    async def test_a_path_becomes_a_page(self, a, path, page):
        assert await a.providers["jupyter"].resolve(to(path)) == to(page, "a")

    @pytest.mark.parametrize(
        "path", ["gone.ipynb", "lab/tree/gone.ipynb", "notebooks/gone.ipynb", "edit/gone.py"]
    )
    async def test_a_file_that_is_not_there_is_not_found(self, a, path):
        with pytest.raises(TargetNotFoundError, match="gone"):
            await a.providers["jupyter"].resolve(to(path))

    @pytest.mark.parametrize("path", ["nb-presign/redeem", "api/contents/x", "logout"])
    async def test_what_is_no_page_is_refused(self, a, path):
        with pytest.raises(BadReferenceError):
            await a.service.mint(MintRequest(target=to(path)))
        assert await a.service.links() == ()

    async def test_options_are_refused(self, a):
        target = Target("jupyter", ".", "", (("region", "us-west-2"),))
        with pytest.raises(BadReferenceError, match="region"):
            await a.providers["jupyter"].resolve(target)

    async def test_the_url_leads_to_the_landing_page_with_the_token_in_its_fragment(self, a):
        link = await a.service.mint(MintRequest(target=to("here.ipynb")))
        assert link.url.reveal() == (
            f"http://localhost:8881/nb-presign/redeem#nbp1.{link.id}.srv_a8881"
        )
        assert (link.audience, link.narrowing) == ("srv_a8881", None)

    @pytest.mark.parametrize("page", ["", "lab", "lab/tree/data", "lab/tree/data/one.ipynb"])
    async def test_it_can_be_limited_to_a_directory(self, a, page):
        a.server.files |= {"data", "data/one.ipynb"}
        link = await a.service.mint(MintRequest(target=to(page), within="data"))
        assert link.narrowing == Narrowing("data")
        # Where nothing is said, the guest begins where there is something to see.
        assert link.target.path == (page or "lab/tree/data")
        successor = await a.service.refresh(link.id)
        assert (successor.narrowing, successor.target) == (link.narrowing, link.target)

    async def test_but_not_to_one_that_is_not_there_or_does_not_hold_what_it_opens(self, a):
        a.server.files |= {"data", "data.ipynb"}
        with pytest.raises(TargetNotFoundError, match="absent"):
            await a.service.mint(MintRequest(target=to(), within="absent"))
        for page in ("here.ipynb", "lab/tree/data.ipynb"):
            with pytest.raises(OutOfRangeError, match="not within 'data'"):
                await a.service.mint(MintRequest(target=to(page), within="data"))
        assert await a.service.links() == ()

    async def test_the_server_that_redeems_decides_that_too(self, a, b):
        b.server.files |= {"data"}
        link = await a.service.mint(MintRequest(target=to("", "b"), within="data", bind_ip=True))
        (theirs,) = await b.service.links()
        assert link.narrowing == theirs.narrowing == Narrowing("data")
        assert link.bind_ip is theirs.bind_ip is True
        with pytest.raises(TargetNotFoundError, match="absent"):
            await a.service.mint(MintRequest(target=to("", "b"), within="absent"))

    async def test_and_holds_its_sessions_to_the_policy_that_was_sent(self, a, b):
        text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
        held = Permission(text, "sagemaker:CreatePresignedNotebookInstanceUrl")
        link = await a.service.mint(MintRequest(target=to("", "b"), permission=held))
        (theirs,) = await b.service.links()
        assert link.permission == theirs.permission
        assert link.permission == replace(held, policy=text.replace(" ", ""))
        successor = await a.service.refresh(link.id)
        assert successor.permission == link.permission

    async def test_which_it_judges_itself_by_its_own_name_and_region(self, machine, b):
        a = machine("a", 8881, aws_api_region="eu-north-1")

        async def minted(region, *, asked=a, server="b"):
            resource = f"arn:aws:sagemaker:{region}:000000000000:notebook-instance/{server}"
            text = json.dumps(
                {"Statement": {"Effect": "Allow", "Action": "*", "Resource": resource}}
            )
            target = to("", "b" if asked is a else ".")
            request = MintRequest(target=target, permission=Permission(text))
            return await asked.service.mint(request)

        for wrong in ({"region": "eu-north-1"}, {"region": "*", "server": "a"}):
            for asked in (a, b):
                with pytest.raises(NotAuthorizedError, match=r"us-east-1:.*-instance/b") as told:
                    await minted(**wrong, asked=asked)
                assert "no statement allows it" in str(told.value)
        assert await a.service.links() == await b.service.links() == ()
        link = await minted("us-east-1")
        assert (await b.service.link(link.id)).permission == link.permission

    async def test_or_hands_no_url_out(self, a, b, network):
        text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
        held = MintRequest(target=to("", "b"), permission=Permission(text))
        link = await a.service.mint(held)
        network.apis[b.server.url] = Forgetful(b.service)
        with pytest.raises(UpstreamError, match="policy"):
            await a.service.mint(held)
        (kept,) = await a.service.links()
        assert kept.id == link.id
        states = {each.id: each.revoked_at is None for each in await b.service.links()}
        assert sorted(states.values()) == [False, True]
        assert states[link.id]

    async def test_or_in_its_query_where_the_deployer_says_so(self, machine):
        a = machine("a", 8881, link_style="query")
        link = await a.service.mint(MintRequest(target=to()))
        assert link.url.reveal().startswith(
            "http://localhost:8881/nb-presign/redeem?authToken=nbp1"
        )

    @pytest.mark.usefixtures("b")
    async def test_nobody_else_is_asked(self, a, network):
        for name in (".", "a", "srv_a8881"):
            await a.service.mint(MintRequest(target=to("lab", name)))
        assert network.calls == []

    async def test_in_a_process_that_is_no_server_a_server_must_be_named(self, process_alone):
        provider = create(process_alone())
        with pytest.raises(TargetNotFoundError, match="no Jupyter server") as caught:
            await provider.resolve(to())
        assert "Name a server" in caught.value.hint
        assert not await provider.knows(BareTarget("."))


class TestElsewhere:
    async def test_the_terms_and_the_page_are_the_other_servers_to_decide(self, a, b):
        link = await a.service.mint(
            MintRequest(
                target=to("analysis.ipynb", "8882"),
                expires_in=60,
                session_seconds=3600,
                scope=Scope.EXECUTE,
                max_uses=3,
                allowed_ips=("192.0.2.0/24",),
                note="see cell 4",
            )
        )
        (theirs,) = await b.service.links()
        assert link.target == to("lab/tree/analysis.ipynb", "b")
        assert link.url.reveal().startswith("http://localhost:8882/nb-presign/redeem#nbp1.")
        assert (link.audience, link.minted_by) == ("srv_b8882", "owner:owner-of-a")
        assert theirs == replace(link, url=None, minted_by="owner:owner-of-b")
        assert (link.session_seconds, link.scope, link.max_uses) == (3600, Scope.EXECUTE, 3)
        assert link.expires_at - link.created_at == timedelta(seconds=60)

    @pytest.mark.usefixtures("b")
    async def test_a_click_is_a_click_there(self, a):
        link = await a.service.mint(MintRequest(target=to("lab", "b"), interactive=True))
        assert (link.interactive, link.max_uses) == (True, 1)

    async def test_a_refusal_there_is_one_here_and_nothing_is_kept(self, a, b, network):
        with pytest.raises(TargetNotFoundError, match=r"gone\.ipynb.*'b'"):
            await a.service.mint(MintRequest(target=to("gone.ipynb", "b")))
        with pytest.raises(OutOfRangeError):
            await a.service.mint(MintRequest(target=to("lab", "b"), session_seconds=1))
        assert await a.service.links() == await b.service.links() == ()
        assert network.opened == network.closed

    async def test_a_token_that_is_refused_later_is_the_other_servers_failure(self, a, b, network):
        link = await a.service.mint(MintRequest(target=to("lab", "b")))
        network.apis[b.server.url] = UnauthenticatedError("Sign in.")
        with pytest.raises(UpstreamError, match="refuses our token"):
            await a.service.refresh(link.id)

    async def test_refreshing_and_revoking_reach_the_other_server(self, a, b):
        first = await a.service.mint(MintRequest(target=to("lab", "b")))
        second = await a.service.refresh(first.id)
        assert (second.family, second.audience) == (first.id, "srv_b8882")
        await a.service.revoke(second.id)
        for machine in (a, b):
            states = [
                link.state(machine.context.clock.now()) for link in await machine.service.links()
            ]
            assert states == [LinkState.REVOKED] * 2

    @pytest.mark.usefixtures("b")
    async def test_a_link_that_the_other_server_forgot_can_be_revoked(self, a, machine):
        link = await a.service.mint(MintRequest(target=to("lab", "b")))
        machine("b", 8882, store="a new one")
        assert (await a.service.revoke(link.id)).revoked_at is not None

    async def test_a_stopped_server_of_this_machine_learns_of_it_from_the_store(
        self, a, b, network, clock
    ):
        link = await a.service.mint(MintRequest(target=to("lab", "b")))
        del network.apis[b.server.url]
        clock.tick(5)
        assert (await a.service.revoke(link.id)).revoked_at is not None

    async def test_a_configured_server_that_does_not_answer_leaves_the_link_as_it_is(
        self, machine, network, clock, token_in_environment
    ):
        remote = RemoteServer("gpu", "http://localhost:9000/", token_env=token_in_environment)
        machine("its-own-name", 9000)
        a = machine("a", 8881, servers=(remote,))
        link = await a.service.mint(MintRequest(target=to("lab", "gpu")))
        assert link.target == to("lab", "gpu")
        del network.apis["http://localhost:9000/"]
        clock.tick(5)
        with pytest.raises(UnreachableError, match="gpu"):
            await a.service.revoke(link.id)
        assert (await a.service.link(link.id)).revoked_at is None

    async def test_servers_that_share_a_store_and_a_name_are_told_apart_when_refreshing(
        self, machine, write_runtime_file, living
    ):
        a, b = (machine("root", port, store="shared") for port in (8881, 8882))
        write_runtime_file(pid=living(), port=8882)
        first = await a.service.mint(MintRequest(target=to("lab", "8882")))
        second = await a.service.refresh(first.id)
        assert first.audience == second.audience == b.server.id
        assert second.url.reveal().startswith(b.server.url)
        own = await a.service.mint(MintRequest(target=to("lab", "root")))
        assert (await a.service.refresh(own.id)).url.reveal().startswith(a.server.url)


class TestListing:
    @pytest.mark.usefixtures("b")
    async def test_this_server_comes_first(self, a):
        page = await a.providers["jupyter"].targets(TargetQuery())
        assert [(info.title, info.state) for info in page.items] == [
            ("a", TargetState.READY),
            ("b", TargetState.READY),
        ]
        assert page.items[0].detail.startswith("this server")
        assert page.items[1].detail == "/home/alice/work-8882"

    async def test_one_that_is_down_is_there_with_what_mends_it(self, a, b, network):
        del network.apis[b.server.url]
        page = await a.providers["jupyter"].targets(TargetQuery())
        down = page.items[1]
        assert (down.title, down.state) == ("work-8882", TargetState.DOWN)
        assert "does not answer" in down.detail
        assert down.mend

    @pytest.mark.usefixtures("b")
    async def test_no_token_is_shown(self, a):
        page = await a.providers["jupyter"].targets(TargetQuery())
        assert "token-" not in repr(page)

    @pytest.mark.usefixtures("b")
    async def test_a_bare_name_is_found(self, a):
        link = await a.service.mint(MintRequest(target=BareTarget("b", "analysis.ipynb")))
        assert link.target == to("lab/tree/analysis.ipynb", "b")

    async def test_where_there_is_no_server_the_next_step_is_told(self, process_alone):
        status = await create(process_alone()).status()
        assert not status.usable
        assert "c.NbPresign.servers" in status.mend


class TestNotebooks:
    async def test_folders_come_first_and_names_are_sorted_as_people_do(self, a):
        a.server.folders[""] = items("Zeta.ipynb", "alpha.ipynb", "data/", "a b.ipynb", "Archive/")
        found = await a.service.notebooks(to())
        assert [item.name for item in found.items] == [
            "Archive",
            "data",
            "a b.ipynb",
            "alpha.ipynb",
            "Zeta.ipynb",
        ]
        assert found.items[2].target == to("lab/tree/a b.ipynb", "a")

    async def test_a_path_in_the_reference_does_not_matter(self, a):
        a.server.folders["sub"] = items("x.ipynb")
        (item,) = (await a.service.notebooks(to("lab/tree/no.ipynb"), "/sub/")).items
        assert (item.name, item.path) == ("x.ipynb", "sub/x.ipynb")

    async def test_those_of_another_server_have_the_name_that_it_has_here(self, a, b):
        b.server.name = "calls itself otherwise"
        for folder, paths in (("", ["sub", "analysis.ipynb"]), ("sub", ["sub/y.ipynb"])):
            found = await a.service.notebooks(to(server="b"), folder)
            assert [item.path for item in found.items] == paths
            assert {item.target for item in found.items} == {
                to(f"lab/tree/{path}", "b") for path in paths
            }

    @pytest.mark.usefixtures("b")
    @pytest.mark.parametrize("server", [".", "b"])
    async def test_a_folder_that_is_not_there_is_said_to_be_so(self, a, server):
        with pytest.raises(TargetNotFoundError, match="no folder 'gone'"):
            await a.service.notebooks(to(server=server), "gone")
        with pytest.raises(BadReferenceError):
            await a.service.notebooks(to(server=server), "sub/../..")

    async def test_long_lists_end_with_a_sentence(self, a):
        a.server.folders[""] = items(*(f"{number:04}.ipynb" for number in range(MOST + 5)))
        found = await a.service.notebooks(to())
        assert len(found.items) == MOST
        (problem,) = found.problems
        assert f"first {MOST} of {MOST + 5}" in problem
        assert "type the path" in problem

    async def test_what_no_link_can_name_is_counted(self, a):
        a.server.folders[""] = items("back\\slash.ipynb", "fine.ipynb")
        found = await a.service.notebooks(to())
        assert [item.name for item in found.items] == ["fine.ipynb"]
        assert found.problems == ("Not listed, since no link can hold their names: 1.",)

    async def test_an_older_server_is_told_from_an_empty_one(self, a, b, monkeypatch):
        async def unknown(*_):
            raise NotInstalledError("nb_presign is not installed on b.")

        monkeypatch.setattr(type(b.service), "notebooks", unknown)
        with pytest.raises(NotListableError) as refused:
            await JupyterProvider(a.context).notebooks(to(server="b"), "")
        assert "pip install -U nb_presign" in refused.value.hint

    async def test_it_takes_no_options(self, a):
        with pytest.raises(BadReferenceError):
            await a.service.notebooks(replace(to(), options=(("region", "x"),)))
