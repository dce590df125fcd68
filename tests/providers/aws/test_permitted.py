"""A server's rules are held against the place that mints, however little a reference says of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from support.values import a_link

from nb_presign.errors import MintNotAllowedError, OutOfRangeError, RateLimitedError
from nb_presign.model import Actor, MintRequest, Scope, ServerInfo
from nb_presign.permits import Permits
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.reference import format_reference, parse
from nb_presign.service import PresignService
from nb_presign.settings import MintRule
from nb_presign.store.memory import MemoryStore

pytestmark = pytest.mark.anyio

INSTANCE = parse("sagemaker:my-instance")
SLEEPING = parse("sagemaker:sleeping")
CREATE, START = "CreatePresignedNotebookInstanceUrl", "StartNotebookInstance"


@pytest.fixture
def heard():
    return []


@pytest.fixture
def serve(make, gateway, clock, offload, heard):
    """Make the service of a server with rules; settings by name."""

    def serve(*rules, name="sagemaker", **settings):
        return PresignService(
            info=ServerInfo(name="a", id="srv_a", version="1", self_hosted=False),
            registry=ProviderRegistry.of([make(name, **settings)]),
            store=MemoryStore(clock),
            offload=offload,
            clock=clock,
            actor=Actor("alice"),
            emit=heard.append,
            permits=Permits(rules, gateway, clock),
        )

    return serve


@pytest.fixture
def prod(aws):
    """Give the profile that the server uses where none is named."""
    return aws.add_profile("prod", aws.add_key("root-admin"))


async def refuse_all(service, aws, target=INSTANCE):
    """Try every way that has AWS make or start something."""
    link = a_link(service.clock.now(), target=target, audience="", session_seconds=0)
    told = await service.report(link)
    for attempt in (
        service.mint(MintRequest(target=target)),
        service.mint(MintRequest(target=target, interactive=True)),
        service.refresh(told.id),
        service.start(SLEEPING if target is INSTANCE else target),
    ):
        with pytest.raises(MintNotAllowedError):
            await attempt
    assert not [call for call in aws.calls if call.operation.startswith(("Create", "Start"))]


@pytest.mark.usefixtures("prod")
class TestOneProfile:
    async def test_the_profile_that_mints_is_judged_and_nothing_is_asked(self, aws, serve):
        service = serve(MintRule(profiles=("default",)), aws_profiles=("prod",))
        await refuse_all(service, aws)
        assert not aws.calls

    async def test_and_allowed_by_its_name(self, serve):
        service = serve(MintRule(profiles=("prod",)), aws_profiles=("prod",))
        link = await service.mint(MintRequest(target=INSTANCE))
        assert format_reference(link.target) == "sagemaker:my-instance?profile=prod"
        assert (await service.refresh(link.id)).url
        assert await service.start(SLEEPING)

    async def test_so_is_the_role_of_its_credentials(self, aws, serve):
        service = serve(MintRule(roles=(aws.key.arn,)), aws_profiles=("prod",))
        await refuse_all(service, aws)
        assert aws.count("GetCallerIdentity")


async def test_the_region_that_the_configuration_names_is_judged(aws, serve):
    for name in ("my-instance", "sleeping"):
        aws.place("eu-west-1").add_instance(name)
    service = serve(MintRule(regions=("us-west-2",)), aws_regions=("eu-west-1",))
    await refuse_all(service, aws)


async def test_so_is_the_region_of_an_arn(aws, serve):
    target = parse(f"mlflow-app:arn:aws:sagemaker:eu-west-1:{aws.key.account}:mlflow-app/app-1")
    await refuse_all(serve(MintRule(regions=("us-west-2",)), name="mlflow-app"), aws, target)


class TestTwoProfiles:
    @pytest.fixture
    def two_accounts(self, aws):
        """Give two profiles, of an account each; both instances are the second one's."""
        for profile, account in (("one", "111111111111"), ("two", "222222222222")):
            aws.add_profile(profile, aws.add_key(profile, account=account))
        there = aws.place("us-west-2", account="222222222222")
        there.add_instance("theirs")
        there.add_instance("stopped", status="Stopped")
        return aws

    async def test_where_it_is_found_is_judged(self, two_accounts, serve):
        service = serve(MintRule(profiles=("one",)), aws_profiles=("one", "two"))
        with pytest.raises(MintNotAllowedError, match="profile=two"):
            await service.mint(MintRequest(target=parse("sagemaker:theirs")))
        with pytest.raises(MintNotAllowedError, match="profile=two"):
            await service.start(parse("sagemaker:stopped"))
        assert not two_accounts.count(CREATE)
        assert not two_accounts.count(START)

    @pytest.mark.usefixtures("two_accounts")
    async def test_what_is_refused_takes_no_permit(self, serve):
        rule = MintRule(profiles=("two",), per_minute=1)
        service = serve(rule, aws_profiles=("one", "two"))
        with pytest.raises(MintNotAllowedError):
            await service.mint(MintRequest(target=parse("sagemaker:theirs?profile=one")))
        assert (await service.mint(MintRequest(target=parse("sagemaker:theirs")))).url
        with pytest.raises(RateLimitedError):
            await service.mint(MintRequest(target=parse("sagemaker:theirs")))


async def test_views_that_refresh_together_take_one_permit_and_are_told_of_once(aws, serve, heard):
    service = serve(MintRule(per_minute=4))
    link = await service.mint(MintRequest(target=INSTANCE))
    heard.clear()
    successors = await asyncio.gather(*(service.refresh(link.id) for _ in range(5)))
    assert len({each.id for each in successors}) == 1
    assert [event.event for event in heard] == ["link.refreshed"]
    assert aws.count(CREATE) == 2
    # Two were taken so far.
    for _ in range(2):
        await service.refresh(link.id)
    with pytest.raises(RateLimitedError):
        await service.refresh(link.id)


class TestReports:
    @pytest.fixture
    def link(self, clock):
        facts = {"audience": "", "session_seconds": 0, "scope": Scope.FULL}
        return a_link(clock.now(), target=INSTANCE, **facts)

    async def test_one_that_is_sent_twice_is_told_of_once(self, serve, heard, link):
        service = serve()
        for _ in range(2):
            await asyncio.gather(*(service.report(link) for _ in range(3)))
        assert [event.event for event in heard] == ["link.minted"]

    async def test_what_aws_gives_is_listed_whatever_is_said(self, serve, link):
        told = await serve().report(replace(link, scope=Scope.READ))
        assert told.scope is Scope.FULL

    @pytest.mark.parametrize(
        "facts",
        [
            {"created_at": datetime(1, 1, 1, tzinfo=timezone.utc)},
            {"expires_at": datetime(9999, 12, 31, tzinfo=timezone.utc)},
            {
                "created_at": datetime(9999, 12, 30, 23, tzinfo=timezone.utc),
                "expires_at": datetime(9999, 12, 31, tzinfo=timezone.utc),
            },
            {"expires_at": datetime(2001, 1, 1, tzinfo=timezone.utc)},
            {"session_seconds": 10**12},
            {"session_seconds": -1},
        ],
    )
    async def test_times_that_cannot_be_are_not_believed(self, serve, link, facts):
        service = serve()
        with pytest.raises(OutOfRangeError):
            await service.report(replace(link, **facts))
        assert await service.links() == ()

    async def test_a_clock_that_is_a_little_ahead_is(self, serve, link):
        ahead = timedelta(minutes=5)
        link = replace(link, created_at=link.created_at + ahead, expires_at=link.expires_at + ahead)
        assert (await serve().report(link)).expires_at == link.expires_at
