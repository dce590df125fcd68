from __future__ import annotations

from datetime import timedelta

import pytest
from support.aws import CANARY, faults

from nb_presign.errors import BadAnswerError, TargetNotReadyError
from nb_presign.model import TargetQuery
from nb_presign.reference import format_reference, parse

pytestmark = pytest.mark.anyio


@pytest.fixture
def athena(make):
    return make("athena")


async def listed(provider):
    return await provider.targets(TargetQuery(provider="athena"))


@pytest.fixture
def taxi(aws):
    return next(
        f"athena:{each.id}"
        for each in aws.world.sessions.values()
        if each.notebook and each.notebook.name == "Taxi fares"
    )


class TestListing:
    async def test_sessions_are_called_by_their_notebooks(self, athena):
        page = await listed(athena)
        found = {info.title: info.detail for info in page.items}
        assert found == {
            "Taxi fares": "workgroup primary, idle",
            "Churn & co.": "workgroup research, busy",
            "no notebook": "workgroup primary, idle",
        }
        assert not page.problems

    async def test_what_has_ended_is_left_out(self, athena):
        assert "Old news" not in [info.title for info in (await listed(athena)).items]

    async def test_pages_of_every_list_are_read(self, aws, athena):
        for number in range(4):
            aws.world.workgroups.append(f"group-{number}")
            aws.world.add_session(f"Notebook {number}", workgroup=f"group-{number}")
            aws.world.add_session(f"Primary {number}")
        aws.page_size = 2
        titles, cursor = [], ""
        while True:
            page = await athena.targets(TargetQuery(provider="athena", cursor=cursor))
            titles += [info.title for info in page.items]
            cursor = page.cursor
            if not cursor:
                break
        assert len(titles) == 11
        assert {f"Primary {n}" for n in range(4)} <= set(titles)

    async def test_without_the_right_to_see_notebooks_sessions_are_listed_by_id(self, aws, athena):
        aws.play("ListNotebookMetadata", faults.denied(), times=None)
        page = await listed(athena)
        assert len(page.items) == 3
        assert all("Names of notebooks" in problem for problem in page.problems)

    async def test_a_workgroup_that_fails_is_a_problem(self, aws, athena):
        aws.play("ListSessions", faults.denied(), times=1)
        page = await listed(athena)
        assert page.items
        assert len(page.problems) == 1
        assert "Workgroup" in page.problems[0]

    async def test_who_has_no_sessions_is_not_asked_for_notebooks(self, aws, athena):
        aws.world.sessions.clear()
        assert not (await listed(athena)).items
        assert not aws.count("ListNotebookMetadata")

    async def test_a_look_tells_the_name_that_a_list_has_told(self, athena, taxi):
        assert (await athena.look(parse(taxi))).title != "Taxi fares"
        await listed(athena)
        assert (await athena.look(parse(taxi))).title == "Taxi fares"


class TestMinting:
    @pytest.mark.parametrize("unit", [1, 1000])
    @pytest.mark.parametrize(
        ("seconds", "renew"), [(3600, 540), (600, 540), (599, 539), (300, 240), (90, 45)]
    )
    async def test_its_end_is_aws_and_a_successor_is_wanted_before_the_tenth_minute(
        self, aws, athena, taxi, draft, unit, seconds, renew
    ):
        aws.world.athena_token_unit, aws.world.athena_token_seconds = unit, seconds
        link = await athena.mint(draft(athena, taxi))
        # The fake's clock is the real one, of which ours is at most some seconds behind.
        late = link.expires_at - link.created_at - timedelta(seconds=seconds)
        assert timedelta(seconds=-1) <= late < timedelta(seconds=30)
        if late < timedelta(seconds=1) or seconds > 700:
            wanted = link.created_at + timedelta(seconds=renew)
            assert abs(link.renew_by - wanted) <= timedelta(seconds=2)

    async def test_programs_get_a_token(self, athena, taxi, draft):
        link = await athena.mint(draft(athena, taxi))
        assert CANARY in link.auth_token.reveal()
        assert CANARY not in repr(link)
        assert link.session_seconds == 0

    @pytest.mark.parametrize(
        "fault",
        [
            faults.without("AuthToken"),
            faults.without("AuthTokenExpirationTime"),
            faults.without("NotebookUrl"),
            faults.changed(AuthTokenExpirationTime=600),
            faults.changed(AuthTokenExpirationTime=0),
        ],
    )
    async def test_an_answer_without_what_is_promised_is_none(
        self, aws, athena, taxi, draft, fault
    ):
        aws.play("CreatePresignedNotebookUrl", fault)
        with pytest.raises(BadAnswerError) as caught:
            await athena.mint(draft(athena, taxi))
        assert CANARY not in f"{caught.value} {caught.value.fields}"

    async def test_a_session_that_ended_meanwhile_is_told_of(self, aws, athena, taxi, draft):
        target = await athena.resolve(parse(taxi))
        aws.world.sessions[target.id].state = "TERMINATED"
        aws.play(
            "CreatePresignedNotebookUrl",
            faults.error("InvalidRequestException", "Session is not active.", 400),
        )
        with pytest.raises(TargetNotReadyError) as caught:
            await athena.mint(draft(athena, target))
        assert caught.value.fields["target"] == format_reference(target)
