from __future__ import annotations

import pytest
from support.aws import faults

from nb_presign.errors import InputError, OutOfRangeError, TargetNotReadyError
from nb_presign.model import TargetQuery, TargetState
from nb_presign.providers.aws import minting
from nb_presign.reference import parse

pytestmark = pytest.mark.anyio

DOMAIN = "d-team00000001"
SPACE = f"studio:{DOMAIN}/ada/adas-lab"


@pytest.fixture
def studio(make):
    return make("studio")


@pytest.fixture
def sent(aws, studio, draft):
    """Mint for a reference; return the landing page that was sent."""

    async def mint(text, provider=studio):
        await provider.mint(draft(provider, text))
        return aws.calls[-1].parameters.get("LandingUri")

    return mint


class TestLanding:
    @pytest.mark.parametrize(
        ("text", "landing"),
        [
            (f"studio:{DOMAIN}/ada", None),
            (SPACE, None),
            (f"{SPACE}/a.ipynb", "app:JupyterLab:lab/tree/a.ipynb"),
            (f"{SPACE}/lab/tree/a%20b%23.ipynb", "app:JupyterLab:lab/tree/a%20b%23.ipynb"),
            (f"{SPACE}/deep/%C3%A9+%26.ipynb", "app:JupyterLab:lab/tree/deep/%C3%A9%2B%26.ipynb"),
            (f"studio:{DOMAIN}/grace/code/src", "app:CodeEditor:src"),
            (f"studio:{DOMAIN}/ada/-/jobs/running", "studio::jobs/running"),
            (f"studio:{DOMAIN}/ada/-/studio::a%2525b", "studio::a%25b"),
            (f"{SPACE}/app:Canvas:x", "app:Canvas:x"),
        ],
    )
    async def test_a_path_is_a_landing_page(self, sent, text, landing):
        assert await sent(text) == landing

    async def test_the_space_is_named(self, aws, sent):
        await sent(SPACE)
        assert aws.calls[-1].parameters["SpaceName"] == "adas-lab"
        await sent(f"studio:{DOMAIN}/ada")
        assert "SpaceName" not in aws.calls[-1].parameters

    async def test_guesses_can_be_switched_off(self, make, sent, draft):
        plain = make("studio", aws_open_paths=False)
        assert await sent(f"{SPACE}/a.ipynb", plain) is None
        assert await sent(f"{SPACE}/app:JupyterLab:lab", plain) == "app:JupyterLab:lab"
        link = await plain.mint(draft(plain, f"{SPACE}/a.ipynb"))
        assert link.note == minting.PLAIN
        assert (await plain.mint(draft(plain, f"{SPACE}/a.ipynb", note="mine"))).note == "mine"

    async def test_one_that_is_too_long_is_refused_before_aws_is_asked(self, aws, studio, draft):
        with pytest.raises((InputError, OutOfRangeError)) as caught:
            await studio.mint(draft(studio, f"{SPACE}/{'%C3%A9' * 400}"))
        assert "LandingUri" in caught.value.message
        assert not aws.count("CreatePresignedDomainUrl")

    async def test_a_path_needs_an_app_that_runs(self, aws, studio, draft):
        aws.world.domains[DOMAIN].apps.clear()
        with pytest.raises(TargetNotReadyError) as caught:
            await studio.mint(draft(studio, f"{SPACE}/a.ipynb"))
        assert SPACE in caught.value.hint
        assert (await studio.mint(draft(studio, SPACE))).url

    async def test_who_may_not_look_at_the_app_tries(self, aws, sent):
        for operation in ("DescribeSpace", "ListApps"):
            aws.play(operation, faults.denied(), times=None)
        assert await sent(f"{SPACE}/a.ipynb") == "app:JupyterLab:lab/tree/a.ipynb"


class TestListing:
    async def test_users_and_spaces_are_listed_and_domains_with_sso_say_so(self, aws, studio):
        aws.world.domains["d-sso000000001"].add_user("linus")
        page = await studio.targets(TargetQuery(provider="studio"))
        found = {info.title: info for info in page.items}
        linus = found.pop("linus")
        assert linus.state is TargetState.FAILED
        assert "IAM mode" in linus.detail
        assert set(found) == {"ada", "grace", "gone", "adas-lab", "shared-lab", "code"}
        assert found["gone"].state is TargetState.FAILED
        assert found["adas-lab"].detail == "space of ada in team, JupyterLab is running"
        assert found["adas-lab"].instance_type == "ml.t3.medium"
        assert not page.problems

    async def test_a_space_whose_app_does_not_run_can_be_opened_all_the_same(self, aws, studio):
        aws.world.domains[DOMAIN].apps.clear()
        page = await studio.targets(TargetQuery(provider="studio"))
        lab = next(info for info in page.items if info.title == "adas-lab")
        assert lab.state is TargetState.READY
        assert "not running" in lab.detail

    @pytest.mark.parametrize("operation", ["ListSpaces", "ListApps", "ListUserProfiles"])
    async def test_a_part_that_fails_is_a_problem(self, aws, studio, operation):
        aws.play(operation, faults.denied(), times=None)
        page = await studio.targets(TargetQuery(provider="studio"))
        assert page.items
        assert any(operation in problem for problem in page.problems)

    async def test_pages_are_read(self, aws, studio):
        for number in range(5):
            aws.world.domains[DOMAIN].add_user(f"user-{number}")
        aws.page_size = 2
        page = await studio.targets(TargetQuery(provider="studio"))
        assert {f"user-{n}" for n in range(5)} <= {info.title for info in page.items}


class TestLooking:
    async def test_a_domain_with_sso_is_not_opened_and_says_why(self, aws, studio):
        aws.world.domains["d-sso000000001"].add_user("linus")
        with pytest.raises(TargetNotReadyError) as caught:
            await studio.resolve(parse("studio:d-sso000000001/linus"))
        assert "IAM mode" in caught.value.message

    async def test_the_worst_of_domain_user_and_space_counts(self, aws, studio):
        aws.world.domains[DOMAIN].spaces["adas-lab"].status = "Failed"
        assert (await studio.look(parse(SPACE))).state is TargetState.FAILED
        assert (await studio.look(parse(f"studio:{DOMAIN}/ada"))).state is TargetState.READY
