from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nb_presign.errors import (
    InputError,
    TargetNotFoundError,
    UnavailableError,
    UnknownProviderError,
    UpstreamError,
)
from nb_presign.model import (
    BareTarget,
    Link,
    MintRequest,
    ProviderInfo,
    Target,
    TargetInfo,
    TargetPage,
    TargetQuery,
    TargetState,
)
from nb_presign.policy import SELF_HOSTED
from nb_presign.providers.base import Provider
from nb_presign.providers.registry import ProviderRegistry

pytestmark = pytest.mark.anyio


class Numbers(Provider):
    """Lists numbers, two on a page."""

    title = "Numbers"
    bounds = SELF_HOSTED

    def __init__(self, name: str, count: int, *, usable: bool = True) -> None:
        self.name, self.count, self.usable = name, count, usable

    async def status(self) -> ProviderInfo:
        return ProviderInfo(name=self.name, title=self.title, usable=self.usable)

    async def targets(self, query: TargetQuery) -> TargetPage:
        if self.count < 0:
            raise UpstreamError("The numbers are out.", hint="Count them.")
        first = int(query.cursor or 0)
        numbers = range(first, min(first + 2, self.count))
        more = str(first + 2) if first + 2 < self.count else ""
        return TargetPage(items=tuple(map(self.info, numbers)), cursor=more)

    def info(self, number: int) -> TargetInfo:
        title = f"{self.name}{number}"
        return TargetInfo(
            target=Target(self.name, str(number)), title=title, state=TargetState.READY
        )

    async def resolve(self, target: Target) -> Target:
        return target

    async def knows(self, bare: BareTarget) -> bool:
        return bare.id.isdecimal()

    async def mint(self, draft: Link) -> Link:
        return draft


@pytest.fixture
def numbers():
    return ProviderRegistry.of([Numbers("b", 3), Numbers("a", 5), Numbers("c", 9, usable=False)])


def titles(page: TargetPage) -> list[str]:
    return [info.title for info in page.items]


class TestChoosing:
    def test_providers_come_in_the_order_of_their_names(self, numbers):
        assert [provider.name for provider in numbers] == ["a", "b", "c"]
        assert len(numbers) == 3
        assert "a" in numbers
        assert "d" not in numbers

    def test_an_unknown_one_is_answered_with_the_nearest(self, a):
        with pytest.raises(UnknownProviderError, match="jupiter") as caught:
            a.providers["jupiter"]
        assert "Did you mean jupyter?" in caught.value.hint

    def test_where_none_is_near_all_are_told(self, numbers):
        with pytest.raises(UnknownProviderError) as caught:
            numbers["sagemaker"]
        assert caught.value.hint == "There are: a, b, c."

    def test_one_is_made_once(self, a):
        assert a.providers["jupyter"] is a.providers["jupyter"]

    async def test_those_that_look_for_servers_ask_once(self, a, b, network):
        await a.providers.targets(TargetQuery())
        assert network.calls.count((b.server.url, "server")) == 1


class TestListing:
    async def test_pages_of_the_usable_ones_are_one_page(self, numbers):
        page = await numbers.targets(TargetQuery())
        assert titles(page) == ["a0", "a1", "b0", "b1"]

    async def test_the_cursor_goes_on_with_each_that_has_more(self, numbers):
        page = await numbers.targets(TargetQuery())
        page = await numbers.targets(TargetQuery(cursor=page.cursor))
        assert titles(page) == ["a2", "a3", "b2"]
        page = await numbers.targets(TargetQuery(cursor=page.cursor))
        assert (titles(page), page.cursor) == (["a4"], "")

    async def test_one_provider_has_its_own_cursor(self, numbers):
        page = await numbers.targets(TargetQuery(provider="a", cursor="2"))
        assert (titles(page), page.cursor) == (["a2", "a3"], "4")

    async def test_one_that_fails_is_a_problem_among_others_and_an_error_alone(self):
        registry = ProviderRegistry.of([Numbers("a", 1), Numbers("b", -1)])
        page = await registry.targets(TargetQuery())
        assert (titles(page), page.problems) == (
            ["a0"],
            ("Numbers: The numbers are out. Count them.",),
        )
        with pytest.raises(UpstreamError):
            await registry.targets(TargetQuery(provider="b"))

    @pytest.mark.parametrize("cursor", ["x", "é", "bnVsbA==", "WzFd", "eyJ4IjoiIn0="])
    async def test_a_cursor_that_is_none_of_ours_is_refused(self, numbers, cursor):
        with pytest.raises(InputError):
            await numbers.targets(TargetQuery(cursor=cursor))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a distribution that brings providers: `good`, and some that cannot be loaded."""
    package = tmp_path / "site"
    facts = package / "presign_more-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: presign_more\nVersion: 1\n")
    (facts / "entry_points.txt").write_text(
        "[nb_presign.providers]\n"
        "gone = presign_more_gone:create\n"
        "raises = presign_more:raises\n"
        "lazy = presign_more_lazy:create\n"
    )
    (package / "presign_more.py").write_text(
        "def raises(context):\n    raise ValueError('a setting: hunter2')\n"
    )
    (package / "presign_more_lazy.py").write_text("create = None\n")
    monkeypatch.syspath_prepend(str(package))


@pytest.mark.usefixtures("installed")
class TestInstalled:
    def test_none_is_imported_before_it_is_used(self, a):
        assert "lazy" in a.providers
        assert "presign_more_lazy" not in sys.modules
        a.providers["lazy"]
        assert "presign_more_lazy" in sys.modules

    async def test_one_that_cannot_be_loaded_is_listed_with_the_reason(self, a):
        listed = {info.name: info for info in await a.service.providers()}
        assert {name for name, info in listed.items() if info.usable} == {"jupyter", "session"}
        assert "No module named 'presign_more_gone'" in listed["gone"].reason
        assert "'gone'" in listed["gone"].mend
        assert "ValueError" in listed["raises"].reason

    async def test_what_a_foreign_error_says_is_not_repeated(self, a):
        assert "hunter2" not in repr(await a.service.providers())

    async def test_it_stops_no_other(self, a):
        page = await a.providers.targets(TargetQuery())
        assert titles(page) == ["a", "here.ipynb"]
        assert page.problems == ()

    async def test_it_can_do_nothing(self, a):
        with pytest.raises(UnavailableError, match="could not be loaded"):
            await a.service.mint(MintRequest(target=Target("gone", "x")))
        with pytest.raises(UnavailableError, match="could not be loaded"):
            await a.providers.targets(TargetQuery(provider="gone"))
        with pytest.raises(UnavailableError, match="could not be loaded"):
            await a.providers["gone"].mint(Link.__new__(Link))

    async def test_it_knows_no_bare_name(self, a):
        with pytest.raises(TargetNotFoundError):
            await a.service.mint(MintRequest(target=BareTarget("x")))
        assert not await a.providers["gone"].knows(BareTarget("x"))
