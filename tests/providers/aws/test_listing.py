"""Lists: pages, several places at once, and what is told when a part of it fails."""

from __future__ import annotations

import asyncio
import base64

import pytest
from support.aws import faults

from nb_presign.errors import AccessDeniedError, InputError
from nb_presign.model import BareTarget, Target, TargetQuery, TargetState
from nb_presign.providers.aws import listing, places
from nb_presign.reference import format_reference

pytestmark = pytest.mark.anyio


async def all_pages(provider, **query):
    """Follow the cursors of a list; returns its references, problems, and the count of pages."""
    references, problems, pages, cursor = [], [], 0, ""
    while True:
        page = await provider.targets(TargetQuery(provider=provider.name, cursor=cursor, **query))
        references += [format_reference(info.target) for info in page.items]
        problems += page.problems
        pages, cursor = pages + 1, page.cursor
        if not cursor:
            return references, problems, pages


def by_name(page):
    return {info.title: info for info in page.items}


class TestInstances:
    async def test_state_type_and_the_mending_command_are_told(self, make):
        found = by_name(await make("sagemaker").targets(TargetQuery(provider="sagemaker")))
        assert {name: info.state for name, info in found.items()} == {
            "my-instance": TargetState.READY,
            "Big-GPU": TargetState.READY,
            "sleeping": TargetState.STOPPED,
            "broken": TargetState.FAILED,
        }
        assert found["Big-GPU"].instance_type == "ml.p3.2xlarge"
        assert found["sleeping"].startable
        assert found["sleeping"].mend == "presign mint sagemaker:sleeping --start"
        assert not found["my-instance"].startable
        assert found["broken"].detail == "Insufficient capacity"

    async def test_why_something_failed_is_asked_for_a_few(self, aws, make, monkeypatch):
        monkeypatch.setattr(listing, "MOST_EXPLAINED", 2)
        for number in range(4):
            aws.world.add_instance(f"broken-{number}", "Failed", failure=f"No. {number}.")
        found = by_name(await make("sagemaker").targets(TargetQuery(provider="sagemaker")))
        failed = [info for info in found.values() if info.state is TargetState.FAILED]
        assert len(failed) == 5
        assert len([info for info in failed if info.detail]) == 2
        asked = [call for call in aws.calls if call.operation == "DescribeNotebookInstance"]
        assert len(asked) == 2

    @pytest.mark.parametrize("fault", [faults.denied(), faults.reset()])
    async def test_who_may_not_be_told_why_sees_the_list_all_the_same(self, aws, make, fault):
        aws.play("DescribeNotebookInstance", fault, times=None)
        page = await make("sagemaker").targets(TargetQuery(provider="sagemaker"))
        broken = by_name(page)["broken"]
        assert (broken.state, broken.detail) == (TargetState.FAILED, "")
        assert page.problems == ()

    @pytest.mark.parametrize(
        ("word", "state"),
        [
            ("Pending", TargetState.STARTING),
            ("Stopping", TargetState.DOWN),
            ("Updating", TargetState.DOWN),
            ("Deleting", TargetState.FAILED),
        ],
    )
    async def test_lists_and_looks_say_the_same(self, aws, make, word, state):
        aws.world.instances["my-instance"].status = word
        provider = make("sagemaker")
        listed = by_name(await provider.targets(TargetQuery(provider="sagemaker")))["my-instance"]
        looked = await provider.look(listed.target)
        assert (listed.state, looked.state) == (state, state)
        assert word in listed.detail
        assert listed.mend == looked.mend

    async def test_pages_follow_one_another(self, aws, make):
        for number in range(5):
            aws.world.add_instance(f"more-{number}")
        aws.page_size = 2
        found, problems, pages = await all_pages(make("sagemaker"))
        assert (len(found), len(set(found)), problems, pages) == (9, 9, [], 5)


class TestEndlessLists:
    async def test_a_page_that_leads_to_itself_ends_the_list(self, aws, make):
        aws.play("ListNotebookInstances", faults.endless(same=True), times=None)
        found, problems, pages = await all_pages(make("sagemaker"))
        assert pages <= 2
        assert found
        assert "repeats itself" in problems[0]

    async def test_pages_without_end_are_cut(self, aws, make, monkeypatch):
        monkeypatch.setattr(places, "MOST_PAGES", 5)
        aws.play("ListNotebookInstances", faults.endless(same=False), times=None)
        _, problems, pages = await all_pages(make("sagemaker"))
        assert pages == 5
        assert "rest was left out" in problems[0]

    @pytest.mark.parametrize("same", [True, False])
    async def test_so_are_lists_below_others(self, aws, make, monkeypatch, same):
        monkeypatch.setattr(listing, "MOST_PAGES", 3)
        aws.play("ListJobRuns", faults.endless(same=same), times=None)
        found, problems, _ = await all_pages(make("emr-serverless"))
        assert found
        assert "ListJobRuns" in problems[0]
        assert aws.count("ListJobRuns") <= 3


class TestManners:
    async def test_lists_below_lists_share_their_turns(self, aws, make, gateway, monkeypatch):
        """Each notebook of each workgroup is asked about: many calls of one operation."""
        for group in range(4):
            aws.world.workgroups.append(f"group-{group}")
            aws.world.add_session(description="live", workgroup=f"group-{group}")
            for number in range(4):
                aws.world.add_session(f"{group}-{number}", workgroup=f"group-{group}")
        busy = most = 0
        ask = gateway.read

        async def counting(place, service, operation, /, **parameters):
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            try:
                return await ask(place, service, operation, **parameters)
            finally:
                busy -= 1

        monkeypatch.setattr(listing, "AT_ONCE", 3)
        monkeypatch.setattr(gateway, "read", counting)
        page = await make("athena").targets(TargetQuery(provider="athena"))
        assert len({info.title for info in page.items}) > 16
        assert not page.problems
        assert most == 3

    async def test_the_first_error_ends_all_and_leaves_nothing_behind(self, monkeypatch):
        monkeypatch.setattr(listing, "AT_ONCE", 2)
        ended, before = [], asyncio.all_tasks()

        async def wait():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("wait")

        async def fail():
            raise AccessDeniedError("No.")

        # What was never awaited would be a warning, and so an error.
        with pytest.raises(AccessDeniedError):
            await listing.each_at_once([wait(), fail(), wait(), wait()])
        assert ended
        assert asyncio.all_tasks() == before

    async def test_of_nothing_nothing_comes(self):
        assert await listing.each_at_once([]) == ()


class TestCursors:
    @pytest.mark.parametrize(
        "cursor", ["x", "[]", base64.urlsafe_b64encode(b'{"pages":1}').decode(), "A" * 200_000]
    )
    async def test_what_is_none_is_refused(self, make, cursor):
        with pytest.raises(InputError):
            await make("sagemaker").targets(TargetQuery(provider="sagemaker", cursor=cursor))

    async def test_it_holds_nothing_secret(self, aws, make):
        aws.page_size = 2
        page = await make("sagemaker").targets(TargetQuery(provider="sagemaker"))
        assert not any(
            each in base64.urlsafe_b64decode(page.cursor).decode() for each in aws.secrets()
        )


@pytest.fixture
def two_accounts(aws):
    """Give two more profiles, of an account each, and an instance in each of two regions."""
    for profile, account in (("red", "111111111111"), ("blue", "222222222222")):
        aws.add_profile(profile, aws.add_key(profile, account=account))
        for region in ("us-west-2", "eu-west-1"):
            aws.place(region, account=account).add_instance(f"{profile}-{region}")
    return aws


class TestPlaces:
    @pytest.mark.usefixtures("two_accounts")
    async def test_profile_and_region_that_were_asked_for_are_written(self, make):
        found, problems, _ = await all_pages(make("sagemaker"), profile="red", region="eu-west-1")
        assert (found, problems) == (
            ["sagemaker:red-eu-west-1?profile=red&region=eu-west-1"],
            [],
        )

    async def test_the_chains_own_are_not(self, make):
        found, _, _ = await all_pages(make("sagemaker"))
        assert all("?" not in reference for reference in found)

    async def test_several_are_listed_at_once_and_none_is_taken_for_another(
        self, two_accounts, make
    ):
        provider = make(
            "sagemaker", aws_profiles=("red", "blue"), aws_regions=("us-west-2", "eu-west-1")
        )
        found, problems, _ = await all_pages(provider)
        assert sorted(found) == sorted(
            f"sagemaker:{profile}-{region}?profile={profile}&region={region}"
            for profile in ("red", "blue")
            for region in ("us-west-2", "eu-west-1")
        )
        assert not problems
        asked = {(call.region, call.access_key) for call in two_accounts.calls}
        assert len(asked) == 4

    async def test_each_goes_on_from_where_it_was(self, two_accounts, make):
        two_accounts.page_size = 1
        there = two_accounts.place("eu-west-1", account="111111111111")
        for number in range(3):
            there.add_instance(f"more-{number}")
        provider = make("sagemaker", aws_profiles=("red", "blue"), aws_regions=("eu-west-1",))
        found, problems, pages = await all_pages(provider)
        assert (len(found), len(set(found)), problems, pages) == (5, 5, [], 4)

    async def test_one_that_fails_is_a_problem_and_the_others_are_listed(self, two_accounts, make):
        two_accounts.keys[-1].denied.append("sagemaker:List*")
        provider = make("sagemaker", aws_profiles=("red", "blue"), aws_regions=("us-west-2",))
        page = await provider.targets(TargetQuery(provider="sagemaker"))
        assert [info.title for info in page.items] == ["red-us-west-2"]
        assert len(page.problems) == 1
        assert "blue" in page.problems[0]

    async def test_an_only_one_that_fails_is_an_error(self, aws, make):
        aws.play("ListNotebookInstances", faults.denied())
        with pytest.raises(AccessDeniedError):
            await make("sagemaker").targets(TargetQuery(provider="sagemaker"))

    @pytest.mark.usefixtures("two_accounts")
    async def test_a_target_is_found_where_it_is(self, make):
        provider = make(
            "sagemaker", aws_profiles=("red", "blue"), aws_regions=("us-west-2", "eu-west-1")
        )
        assert await provider.knows(BareTarget("blue-eu-west-1"))
        found = await provider.resolve(Target("sagemaker", "blue-eu-west-1"))
        assert format_reference(found) == "sagemaker:blue-eu-west-1?profile=blue&region=eu-west-1"
