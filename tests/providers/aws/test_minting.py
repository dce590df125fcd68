"""From a draft to a link: how many calls it takes, the clocks, the path, and who waits for whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from support.aws import CANARY, faults

from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    NotRevocableError,
    TargetNotFoundError,
    TargetNotReadyError,
    UpstreamTimeoutError,
)
from nb_presign.model import (
    Actor,
    LinkState,
    MintRequest,
    ServerInfo,
    TargetQuery,
    new_id,
)
from nb_presign.providers.aws import minting
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.reference import parse
from nb_presign.service import PresignService
from nb_presign.store.sql import SqlStore

pytestmark = pytest.mark.anyio

INSTANCE = "sagemaker:my-instance"
CREATE, DESCRIBE = "CreatePresignedNotebookInstanceUrl", "DescribeNotebookInstance"


@pytest.fixture
def sagemaker(make):
    return make("sagemaker")


@pytest.fixture
def mint(sagemaker, draft):
    async def mint(text=INSTANCE, provider=sagemaker, **facts):
        target = await provider.resolve(parse(text))
        return await provider.mint(draft(provider, target, **facts))

    return mint


class TestCalls:
    async def test_a_warm_mint_is_one_call(self, aws, mint):
        await mint()
        before = len(aws.calls)
        await mint()
        assert [call.operation for call in aws.calls[before:]] == [CREATE]

    async def test_what_was_seen_is_looked_at_again_after_a_minute(self, aws, mint, clock):
        await mint()
        clock.tick(61)
        await mint()
        assert aws.count(DESCRIBE) == 2

    async def test_each_click_has_a_url_of_its_own(self, aws, mint):
        links = await asyncio.gather(*(mint() for _ in range(5)))
        assert len({link.url.reveal() for link in links}) == 5
        assert aws.count(CREATE) == 5


class TestChanges:
    """What was seen may have changed since."""

    async def test_one_that_was_stopped_is_told_of(self, aws, mint):
        await mint()
        aws.world.instances["my-instance"].status = "Stopped"
        aws.play(CREATE, faults.error("ValidationException", "Not InService.", 400))
        with pytest.raises(TargetNotReadyError) as caught:
            await mint()
        assert "--start" in caught.value.hint

    async def test_one_that_was_deleted_is_not_found(self, aws, mint):
        await mint()
        del aws.world.instances["my-instance"]
        with pytest.raises(TargetNotFoundError):
            await mint()

    async def test_one_that_was_made_anew_is_opened(self, aws, mint):
        await mint()
        aws.world.add_instance("my-instance", suffix="new1")
        assert "-new1." in (await mint()).url.reveal()

    async def test_the_second_try_is_denied_as_well_as_the_first(self, aws, mint):
        await mint()
        aws.world.add_instance("my-instance", suffix="new1")
        aws.play(CREATE, faults.wrong_host("other-ab12.notebook.us-west-2.sagemaker.aws"))
        aws.play(CREATE, faults.denied())
        with pytest.raises(AccessDeniedError) as caught:
            await mint()
        assert "'presign policy sagemaker:my-instance'" in caught.value.hint

    async def test_another_host_is_none_of_its_pages(self, aws, mint):
        aws.play(CREATE, faults.wrong_host("other-ab12.notebook.us-west-2.sagemaker.aws"))
        with pytest.raises(BadAnswerError):
            await mint()

    async def test_a_host_that_a_deployer_names_is_believed(self, aws, make, mint):
        aws.play(CREATE, faults.wrong_host("notebooks.corp.example"))
        link = await mint(provider=make("sagemaker", aws_hosts=("corp.example",)))
        assert link.url.reveal().startswith("https://notebooks.corp.example")


class TestClocks:
    async def test_time_counts_from_before_the_call(self, aws, mint, clock):
        slow = aws.play(CREATE, faults.slow())
        begun = clock.now()
        minting = asyncio.ensure_future(mint())
        await asyncio.to_thread(slow.met.wait, 20)
        clock.tick(20)
        slow.release()
        link = await minting
        assert (link.created_at, link.expires_at) == (begun, begun + timedelta(seconds=300))

    async def test_a_successor_lives_no_longer_than_its_link(self, sagemaker, mint, draft, clock):
        link = await mint()
        for _ in range(3):
            clock.tick(200)
            drafted = draft(
                sagemaker,
                link.target,
                id=new_id("lnk"),
                expires_at=clock.now() + (link.expires_at - link.created_at) + timedelta(seconds=1),
            )
            link = await sagemaker.refresh(link, drafted)
        assert link.expires_at - link.created_at == timedelta(seconds=300)

    async def test_credentials_of_a_role_are_a_clock(self, aws, mint, clock):
        aws.files.add(
            "role",
            {"role_arn": "arn:aws:iam::123456789012:role/R", "source_profile": "default"},
            {},
        )
        aws.add_profile("default", aws.keys[0])
        link = await mint(f"{INSTANCE}?profile=role")
        assert link.credentials_expire_at is not None
        assert link.credentials_expire_at > clock.now()
        assert link.good_until == min(link.expires_at, link.credentials_expire_at)


class TestPaths:
    async def test_a_file_is_opened_by_its_path(self, mint):
        url = (await mint(f"{INSTANCE}/deep/a%20b.ipynb")).url.reveal()
        assert ".sagemaker.aws/lab/tree/deep/a%20b.ipynb?authToken=" in url

    async def test_the_query_is_the_one_that_aws_made(self, aws, mint):
        url = (await mint(f"{INSTANCE}/a.ipynb")).url.reveal()
        assert url.partition("?")[2] == aws.mint.urls[-1].partition("?")[2]

    async def test_it_can_be_switched_off(self, aws, make, mint):
        link = await mint(f"{INSTANCE}/a.ipynb", make("sagemaker", aws_open_paths=False))
        assert link.url.reveal() == aws.mint.urls[-1]
        assert link.note == minting.PLAIN
        assert link.target == parse(f"{INSTANCE}/a.ipynb")

    async def test_a_link_to_the_start_page_says_nothing(self, make, mint):
        assert (await mint(provider=make("sagemaker", aws_open_paths=False))).note == ""


class TestWaiting:
    EMR = "emr:j-ETL0000000001"

    @pytest.fixture
    def emr(self, make):
        return make("emr")

    async def test_it_asks_until_the_url_is_ready(self, aws, emr, mint, pauses):
        aws.world.clusters["j-ETL0000000001"].polls = 4
        link = await mint(self.EMR, emr)
        assert CANARY in link.url.reveal()
        assert pauses.taken == [0.5, 1, 2, 4]

    async def test_its_life_begins_with_the_last_answer(self, aws, emr, mint, clock):
        aws.world.clusters["j-ETL0000000001"].polls = 4
        link = await mint(self.EMR, emr)
        assert link.expires_at == clock.now() + timedelta(seconds=300)

    async def test_it_does_not_wait_for_ever(self, aws, emr, mint, pauses):
        aws.world.clusters["j-ETL0000000001"].polls = None
        with pytest.raises(UpstreamTimeoutError):
            await mint(self.EMR, emr)
        assert sum(pauses.taken) == 25  # and not the 30 s that clients wait
        assert max(pauses.taken) <= 5

    async def test_who_gives_up_waiting_leaves_nothing_behind(self, aws, emr, mint):
        aws.world.clusters["j-ETL0000000001"].polls = None
        pausing = asyncio.Event()

        async def pause(_seconds):
            pausing.set()
            await asyncio.Event().wait()

        object.__setattr__(emr._minter, "pause", pause)
        waiting = asyncio.ensure_future(mint(self.EMR, emr))
        await asyncio.wait_for(pausing.wait(), 20)
        waiting.cancel()
        await asyncio.wait([waiting])
        asked = aws.count("GetOnClusterAppUIPresignedURL")
        assert waiting.cancelled()
        assert asked == 1


class TestDenied:
    """What may not be done is told with the command that writes the policy."""

    async def test_it_names_the_target(self, aws, mint):
        aws.play(CREATE, faults.denied())
        with pytest.raises(AccessDeniedError) as caught:
            await mint(f"{INSTANCE}/a.ipynb?region=us-west-2")
        assert "'presign policy sagemaker:my-instance?region=us-west-2'" in caught.value.hint
        assert CREATE in caught.value.message

    async def test_so_does_what_may_not_be_looked_at(self, aws, sagemaker):
        aws.play(DESCRIBE, faults.denied())
        findings = await sagemaker.examine(TargetQuery(provider="sagemaker"), parse(INSTANCE))
        assert "'presign policy sagemaker:my-instance'" in findings[-1].mend

    async def test_what_is_denied_on_purpose_is_not_mended_by_one_more_policy(
        self, aws, sagemaker, draft
    ):
        aws.play(
            CREATE,
            faults.error(
                "AccessDeniedException",
                f"User: arn:aws:iam::123456789012:user/a is not authorized to perform: "
                f"sagemaker:{CREATE} on resource: x with an explicit deny in an identity-based "
                "policy",
                400,
            ),
        )
        with pytest.raises(AccessDeniedError) as caught:
            await sagemaker.mint(draft(sagemaker, INSTANCE))
        assert "presign policy" not in caught.value.hint


class TestService:
    """Through the service, with a store."""

    @pytest.fixture
    def service(self, make, clock, offload, tmp_path):
        store = SqlStore(f"sqlite:///{tmp_path / 'links.sqlite'}", clock)
        yield PresignService(
            info=ServerInfo(name="a", id="srv_a", version="1", self_hosted=False),
            registry=ProviderRegistry.of([make("sagemaker"), make("athena"), make("mlflow")]),
            store=store,
            offload=offload,
            clock=clock,
            actor=Actor("alice"),
        )
        store.close()

    async def test_many_refreshes_of_one_link_are_one_call_and_one_link(self, aws, service):
        link = await service.mint(MintRequest(target=parse(f"{INSTANCE}/a.ipynb")))
        before = aws.count(CREATE)
        successors = await asyncio.gather(*(service.refresh(link.id) for _ in range(10)))
        assert aws.count(CREATE) == before + 1
        assert {each.id for each in successors} != {link.id}
        assert len({each.id for each in successors}) == 1
        assert len(await service.links()) == 2
        assert all(each.url for each in successors)
        assert successors[0].url != link.url
        # The next time is another time.
        await service.refresh(link.id)
        assert aws.count(CREATE) == before + 2

    async def test_links_of_one_target_are_refreshed_each_by_itself(self, aws, service):
        links = [await service.mint(MintRequest(target=parse(INSTANCE))) for _ in range(2)]
        before = aws.count(CREATE)
        await asyncio.gather(*(service.refresh(each.id) for each in links))
        assert aws.count(CREATE) == before + 2

    async def test_who_gives_up_a_refresh_takes_it_from_nobody(self, aws, service):
        link = await service.mint(MintRequest(target=parse(INSTANCE)))
        slow = aws.play(CREATE, faults.slow())
        waiting = [asyncio.ensure_future(service.refresh(link.id)) for _ in range(2)]
        await asyncio.to_thread(slow.met.wait, 20)
        waiting[0].cancel()
        await asyncio.wait(waiting[:1])
        slow.release()
        assert CANARY in (await waiting[1]).url.reveal()
        assert waiting[0].cancelled()

    async def test_a_kept_link_has_its_clocks_and_no_url(self, aws, service):
        target = parse(f"athena:{next(iter(aws.world.sessions))}")
        made = await service.mint(MintRequest(target=target))
        kept = await service.link(made.id)
        assert (kept.url, kept.auth_token) == (None, None)
        assert kept.renew_by is not None
        assert kept.renew_by == made.renew_by
        assert made.auth_token

    async def test_a_bare_name_is_found(self, service):
        link = await service.mint(MintRequest(target=parse("my-instance")))
        assert link.target == parse(INSTANCE)

    async def test_it_is_looked_for_in_the_region_that_is_written(self, aws, service):
        aws.place("eu-west-1").add_instance("only-eu")
        link = await service.mint(MintRequest(target=parse("only-eu?region=eu-west-1")))
        assert link.target == parse("sagemaker:only-eu?region=eu-west-1")

    async def test_a_link_that_opens_once_is_live(self, service, clock):
        link = await service.mint(MintRequest(target=parse("mlflow:experiments")))
        assert (await service.link(link.id)).state(clock.now()) is LinkState.LIVE
        assert (await service.refresh(link.id)).max_uses == 1

    async def test_what_cannot_be_revoked_says_so(self, service):
        link = await service.mint(MintRequest(target=parse(INSTANCE)))
        with pytest.raises(NotRevocableError):
            await service.revoke(link.id)
