from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from support.clock import FakeClock
from support.providers import FakeProvider
from support.values import SERVER, a_link

from nb_presign.errors import MintNotAllowedError, OutOfRangeError, RateLimitedError
from nb_presign.model import Actor, MintRequest, ServerInfo, Target
from nb_presign.offload import Offload
from nb_presign.permits import Permits
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.service import PresignService
from nb_presign.settings import MintRule
from nb_presign.store.sql import SqlStore

TEAM = Target("sagemaker", "team-a")


@dataclass(frozen=True)
class Caller:
    arn: str


@dataclass
class Places:
    """Counts what is asked of AWS."""

    arn: str = "arn:aws:sts::1:assumed-role/minter/ann"
    asked: list[str] = field(default_factory=list)

    async def region(self, place):
        self.asked.append(f"region of {place}")
        return place.region or "us-west-2"

    async def identity(self, place):
        self.asked.append(f"identity of {place}")
        return Caller(self.arn)


@pytest.fixture
def places():
    return Places()


@pytest.fixture
def clock():
    return FakeClock()


def check(permits, target=TEAM):
    return asyncio.run(permits.check(target))


def test_without_a_rule_that_asks_nothing_is_asked_of_aws(places, clock):
    check(Permits((MintRule(),), places, clock))
    with pytest.raises(MintNotAllowedError):
        check(Permits((MintRule(target="athena:*"),), places, clock))
    assert places.asked == []


def test_the_region_that_the_credentials_name_counts(places, clock):
    rules = (MintRule(regions=("us-west-2",)),)
    check(Permits(rules, places, clock))
    elsewhere = Target("sagemaker", "team-a", "", (("profile", "p"), ("region", "eu-west-1")))
    with pytest.raises(MintNotAllowedError):
        check(Permits(rules, places, clock), elsewhere)
    assert places.asked == ["region of default in the default region", "region of p in eu-west-1"]


def test_a_role_is_asked_for_only_where_a_rule_names_one(places, clock):
    rules = (MintRule(target="sagemaker:*", roles=("arn:aws:iam::1:role/minter",)), MintRule())
    permits = Permits(rules, places, clock)
    check(permits, Target("athena", "x"))
    assert places.asked == []
    check(permits)
    assert len(places.asked) == 1


def test_a_refusal_says_which_rule_and_what_to_do(places, clock):
    permits = Permits((MintRule(target="sagemaker:team-*", profiles=("team",)),), places, clock)
    with pytest.raises(MintNotAllowedError) as refused:
        check(permits)
    assert "'sagemaker:team-*' asks for the profile team" in refused.value.message
    assert "mint_targets" in refused.value.hint
    assert refused.value.fields["rule"] == "sagemaker:team-*"


def test_the_rate_is_each_rules_own(places, clock):
    rules = (
        MintRule(target="sagemaker:*", per_minute=2),
        MintRule(target="athena:*", per_minute=1),
    )
    permits = Permits(rules, places, clock)
    check(permits)
    check(permits, Target("sagemaker", "b"))
    with pytest.raises(RateLimitedError) as refused:
        check(permits)
    assert refused.value.fields["retry_after"] == 30
    assert "'sagemaker:*'" in refused.value.message
    check(permits, Target("athena", "x"))
    clock.tick(30)
    check(permits)


class OwnCredentials(FakeProvider):
    """As of AWS: whoever asks mints; counts what was asked of it."""

    uses_own_credentials = True

    def __init__(self):
        super().__init__()
        self.asked = []

    async def resolve(self, target):
        self.asked.append("resolve")
        return await super().resolve(target)

    async def start(self, target):
        self.asked.append("start")
        return await self.look(target)


@pytest.fixture
def provider():
    return OwnCredentials()


@pytest.fixture
def service(tmp_path, clock, places, provider):
    """A server that mints for `one` only, twice a minute."""
    store, offload = SqlStore(f"sqlite:///{tmp_path / 's.sqlite'}", clock), Offload()
    yield PresignService(
        info=ServerInfo(name="a", id=SERVER, version="0", self_hosted=True),
        registry=ProviderRegistry.of([provider]),
        store=store,
        offload=offload,
        clock=clock,
        actor=Actor("alice"),
        permits=Permits((MintRule(target="fake:one", per_minute=2),), places, clock),
    )
    store.close()
    offload.close()


def a_foreign_link(clock):
    """A link of a kernel's own credentials, reported."""
    return a_link(clock.now(), target=Target("fake", "two"), audience="")


class TestService:
    @pytest.mark.parametrize("interactive", [False, True])
    def test_nothing_is_asked_of_the_upstream_for_what_is_not_allowed(
        self, service, provider, interactive
    ):
        request = MintRequest(target=Target("fake", "two"), interactive=interactive)
        with pytest.raises(MintNotAllowedError):
            asyncio.run(service.mint(request))
        with pytest.raises(MintNotAllowedError):
            asyncio.run(service.start(Target("fake", "two")))
        assert provider.asked == []
        assert asyncio.run(service.links()) == ()

    def test_a_link_that_a_kernel_minted_is_not_refreshed_on_the_servers_credentials(
        self, service, provider, clock
    ):
        told = asyncio.run(service.report(a_foreign_link(clock)))
        with pytest.raises(MintNotAllowedError):
            asyncio.run(service.refresh(told.id))
        assert provider.asked == []

    def test_a_refresh_counts_as_much_as_a_mint(self, service, clock):
        link = asyncio.run(service.mint(MintRequest(target=Target("fake", "one"))))
        asyncio.run(service.refresh(link.id))
        with pytest.raises(RateLimitedError):
            asyncio.run(service.refresh(link.id))
        clock.tick(30)
        assert asyncio.run(service.refresh(link.id)).expires_at > clock.now() + timedelta(minutes=4)

    def test_bad_input_takes_no_permit(self, service):
        for _ in range(5):
            with pytest.raises(OutOfRangeError):
                asyncio.run(service.mint(MintRequest(target=Target("fake", "one"), expires_in=1)))
        asyncio.run(service.mint(MintRequest(target=Target("fake", "one"))))

    def test_looking_needs_no_permit(self, service):
        assert asyncio.run(service.target(Target("fake", "two"))).title == "two"
