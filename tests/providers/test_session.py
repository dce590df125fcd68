from __future__ import annotations

from dataclasses import replace

import pytest
from contracts.provider import ProviderContract

from nb_presign.errors import (
    AmbiguousTargetError,
    BadReferenceError,
    InputError,
    OutOfRangeError,
    TargetNotFoundError,
    UnreachableError,
)
from nb_presign.model import BareTarget, MintRequest, Narrowing, Target, TargetQuery
from nb_presign.providers.session import OWN_ONLY

pytestmark = pytest.mark.anyio

IN_A = "aaaa1111-0000-4000-8000-000000000000"
IN_B = "bbbb2222-0000-4000-8000-000000000001"


def to(name: str, path: str = "") -> Target:
    return Target("session", name, path)


class TestContractHere(ProviderContract):
    @pytest.fixture
    def provider(self, a):
        return a.providers["session"]

    @pytest.fixture
    def target(self):
        return to(IN_A)

    @pytest.fixture
    def missing(self):
        return to("cccc1111-0000-4000-8000-000000000000")


@pytest.mark.usefixtures("b")
class TestContractElsewhere(ProviderContract):
    @pytest.fixture
    def provider(self, a):
        return a.providers["session"]

    @pytest.fixture
    def target(self):
        return to("bbbb2@b")

    @pytest.fixture
    def missing(self):
        return to("cccc1@b")


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize(
    "name", [IN_A, "aaaa", "aaaa1111", "aaaa@a", "aaaa@.", f"{IN_A}@", f"{IN_A}@a"]
)
async def test_a_session_of_this_server_resolves_to_its_notebook(a, name):
    assert await a.providers["session"].resolve(to(name)) == to(f"{IN_A}@a", "lab/tree/here.ipynb")


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize("name", [IN_B, "bbbb2", "bbbb2@b", "bbbb2@8882", f"{IN_B}@srv_b8882"])
async def test_a_session_of_another_server_resolves_to_its_notebook(a, name):
    assert await a.providers["session"].resolve(to(name)) == to(
        f"{IN_B}@b", "lab/tree/analysis.ipynb"
    )


@pytest.mark.usefixtures("b")
@pytest.mark.parametrize("name", ["aaa", "aaa@a", "aaaa2", "zzzz", "bbbb2@a"])
async def test_what_is_too_short_or_not_open_is_not_found(a, name):
    with pytest.raises(TargetNotFoundError) as caught:
        await a.providers["session"].resolve(to(name))
    assert "4 characters" in caught.value.hint


async def test_near_ids_are_told_with_their_notebooks(a):
    with pytest.raises(TargetNotFoundError) as caught:
        await a.providers["session"].resolve(to(IN_A.replace("1111", "1112")))
    assert "aaaa1111 (here.ipynb)" in caught.value.hint


@pytest.mark.usefixtures("b")
async def test_an_abbreviation_of_two_ids_lists_both(a):
    with pytest.raises(AmbiguousTargetError) as caught:
        await a.providers["session"].resolve(to("bbbb"))
    assert "session:bbbb2222" in caught.value.message
    assert "session:bbbb3333" in caught.value.message


async def test_an_unknown_or_stopped_server_is_told(a, b, network):
    with pytest.raises(TargetNotFoundError, match="'bb'"):
        await a.providers["session"].resolve(to("bbbb2@bb"))
    del network.apis[b.server.url]
    with pytest.raises(UnreachableError):
        await a.providers["session"].resolve(to("bbbb2@8882"))


async def test_options_are_refused(a):
    with pytest.raises(BadReferenceError):
        await a.providers["session"].resolve(replace(to(IN_A), options=(("region", "x"),)))


@pytest.mark.parametrize(
    ("asked", "page"),
    [
        ("notebooks/here.ipynb", "notebooks/here.ipynb"),
        ("lab/tree/other.ipynb", "lab/tree/here.ipynb"),
        ("lab", "lab/tree/here.ipynb"),
    ],
)
async def test_only_pages_of_that_notebook_are_opened(a, asked, page):
    assert (await a.providers["session"].resolve(to(IN_A, asked))).path == page


async def test_a_link_is_narrowed_to_the_notebook_and_its_kernel(a):
    link = await a.service.mint(MintRequest(target=to("aaaa")))
    assert link.narrowing == Narrowing("here.ipynb", "k-a", IN_A)
    assert link.target == to(f"{IN_A}@a", "lab/tree/here.ipynb")
    assert link.audience == a.server.id


async def test_so_is_one_for_another_server_which_decides_it(a, b):
    link = await a.service.mint(MintRequest(target=to("bbbb2@b")))
    (theirs,) = await b.service.links()
    assert link.narrowing == theirs.narrowing == Narrowing("analysis.ipynb", "k-b", IN_B)
    assert link.target == theirs.target == to(f"{IN_B}@b", "lab/tree/analysis.ipynb")
    assert link.url.reveal().startswith(b.server.url)


async def test_it_cannot_be_narrowed_otherwise(a):
    with pytest.raises(OutOfRangeError, match="limited to that notebook already"):
        await a.service.mint(MintRequest(target=to("aaaa"), within="elsewhere"))
    assert await a.service.links() == ()


async def test_a_renamed_notebook_is_followed_and_a_closed_one_has_no_successor(a):
    link = await a.service.mint(MintRequest(target=to("aaaa")))
    a.server.open[0] = replace(a.server.open[0], path="sub/x.ipynb")
    second = await a.service.refresh(link.id)
    assert second.target.path == "lab/tree/sub/x.ipynb"
    assert second.narrowing == Narrowing("sub/x.ipynb", "k-a", IN_A)
    a.server.open.clear()
    with pytest.raises(TargetNotFoundError):
        await a.service.refresh(second.id)


@pytest.mark.usefixtures("clock")
async def test_a_session_that_ends_in_between_is_not_minted(a):
    provider = a.providers["session"]
    link = await a.service.mint(MintRequest(target=to("aaaa")))
    a.server.open.clear()
    with pytest.raises(TargetNotFoundError):
        await provider.mint(link)


async def test_revoking_reaches_the_other_server(a, b):
    link = await a.service.mint(MintRequest(target=to("bbbb2")))
    await a.service.revoke(link.id)
    assert (await b.service.link(link.id)).revoked_at is not None


@pytest.mark.usefixtures("b")
async def test_the_open_notebooks_of_all_servers_are_listed(a):
    page = await a.providers["session"].targets(TargetQuery())
    assert [(info.title, info.target.id.partition("@")[2]) for info in page.items] == [
        ("here.ipynb", "a"),
        ("analysis.ipynb", "b"),
        ("sub/y.ipynb", "b"),
    ]
    assert page.items[1].detail == "r, busy, on b"
    assert page.problems == ()


async def test_a_server_that_is_down_is_a_problem_of_the_page(a, b, network):
    del network.apis[b.server.url]
    page = await a.providers["session"].targets(TargetQuery())
    assert [info.title for info in page.items] == ["here.ipynb"]
    assert "does not answer" in page.problems[0]


async def test_servers_ask_each_other_for_their_own_only(a, b, network):
    await a.providers["session"].targets(TargetQuery())
    assert sorted(network.calls) == [(b.server.url, "server"), (b.server.url, "targets")]
    network.calls.clear()
    page = await b.providers["session"].targets(TargetQuery(cursor=OWN_ONLY))
    assert len(page.items) == 2
    assert network.calls == []


async def test_any_other_cursor_is_refused(a):
    with pytest.raises(InputError):
        await a.providers["session"].targets(TargetQuery(cursor="more"))


@pytest.mark.usefixtures("b")
async def test_a_bare_id_is_found_and_a_word_costs_no_question(a, network):
    link = await a.service.mint(MintRequest(target=BareTarget("bbbb2")))
    assert link.target.id == f"{IN_B}@b"
    network.calls.clear()
    assert not await a.providers["session"].knows(BareTarget("my-instance"))
    assert network.calls == []
