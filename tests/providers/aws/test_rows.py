"""Each row of the table does what every provider does, and what AWS says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from contracts.provider import ProviderContract
from support.aws import ACCOUNT, CANARY, Place, faults

from nb_presign.errors import (
    AccessDeniedError,
    BadAnswerError,
    CredentialsExpiredError,
    InputError,
    OutOfRangeError,
    PresignError,
    TargetNotFoundError,
    TargetNotReadyError,
    UpstreamThrottledError,
)
from nb_presign.model import BareTarget, MintRequest, Scope, TargetQuery
from nb_presign.policy import agree
from nb_presign.providers.aws.operations import NAMES, operation
from nb_presign.reference import parse

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Case:
    """A target of a row in the fake's world, one that is not there, and one that is not ready."""

    name: str
    target: Callable[[Place], str]
    missing: str
    #: How a URL of it begins.
    begins: str
    unready: Callable[[Place], str] | None = None


def at(text: str) -> Callable[[Place], str]:
    return lambda _world: text


def session(title: str) -> Callable[[Place], str]:
    def find(world: Place) -> str:
        return next(
            f"athena:{each.id}"
            for each in world.sessions.values()
            if each.notebook and each.notebook.name == title
        )

    return find


ARN = f"arn:aws:sagemaker:us-west-2:{ACCOUNT}"
CASES = {
    case.name: case
    for case in (
        Case(
            "sagemaker",
            at("sagemaker:my-instance"),
            "sagemaker:my-instanse",
            "https://my-instance-",
            at("sagemaker:sleeping"),
        ),
        Case(
            "studio",
            at("studio:d-team00000001/ada/adas-lab"),
            "studio:d-team00000009/ada",
            "https://d-team00000001.studio.us-west-2.sagemaker.aws/auth?token=",
            at("studio:d-team00000001/gone"),
        ),
        Case(
            "athena",
            session("Taxi fares"),
            "athena:00000000-0000-4000-8000-000000000000",
            "https://",
            session("Old news"),
        ),
        Case(
            "mlflow",
            at("mlflow:experiments"),
            "mlflow:experiment",
            "https://t-",
            at("mlflow:idle-experiments"),
        ),
        Case(
            "mlflow-app",
            at(f"mlflow-app:{ARN}:mlflow-app/app-MODELS"),
            f"mlflow-app:{ARN.replace('us-', 'eu-')}:mlflow-app/app-NONE",
            "https://app-models.",
        ),
        Case(
            "partner-app",
            at(f"partner-app:{ARN}:partner-app/app-COMET0000001"),
            f"partner-app:{ARN.replace('us-', 'eu-')}:partner-app/app-COMET0000009",
            "https://app-comet0000001.",
        ),
        Case(
            "emr",
            at("emr:j-ETL0000000001/ResourceManager"),
            "emr:j-ETL0000000009",
            "https://j-etl0000000001.",
            lambda world: f"emr:{next(c.id for c in world.clusters.values() if 'OLD' in c.id)}",
        ),
        Case(
            "emr-history",
            at("emr-history:p-etl0000000001/TEZ"),
            "emr-history:p-etl0000000009",
            "https://p-etl0000000001.",
        ),
        Case(
            "emr-serverless",
            at("emr-serverless:00spark000000001/00daily000000001"),
            "emr-serverless:00spark000000009/00daily000000001",
            "https://j-00daily000000001.",
        ),
        Case(
            "airflow",
            at("airflow:nightly"),
            "airflow:nightley",
            "https://",
            at("airflow:half-built"),
        ),
        Case("flink", at("flink:clicks"), "flink:klicks", "https://", at("flink:idle")),
    )
}


def test_every_row_is_asked():
    assert list(CASES) == list(NAMES)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestRow(ProviderContract):
    @pytest.fixture
    def provider(self, aws, make, case):
        for each in (*aws.world.clusters.values(), *aws.world.histories.values()):
            each.polls = 0  # a URL is ready at once
        return make(case.name)

    @pytest.fixture
    def target(self, aws, case):
        return parse(case.target(aws.world))

    @pytest.fixture
    def missing(self, case):
        return parse(case.missing)

    async def test_targets_can_be_written_and_read(self, case, provider):
        if case.name == "emr-history":
            page = await provider.targets(TargetQuery(provider=case.name))
            assert not page.items
            assert "no operation that lists" in page.problems[0]
        else:
            await super().test_targets_can_be_written_and_read(provider)

    async def test_a_ready_target_resolves(self, case, provider):
        if case.name != "emr-history":
            await super().test_a_ready_target_resolves(provider)

    async def test_it_knows_its_targets_by_their_bare_name(self, provider, target, missing):
        assert await provider.knows(BareTarget(target.id))
        assert not await provider.knows(BareTarget(missing.id))

    async def test_minting_keeps_the_terms_and_gives_a_secret_url(self, case, provider, draft):
        if case.name == "athena":  # AWS says itself when it ends
            link = await provider.mint(draft)
            assert link.created_at < link.expires_at
        else:
            await super().test_minting_keeps_the_terms_and_gives_a_secret_url(provider, draft)

    async def test_the_url_is_the_one_that_aws_made(self, case, provider, draft):
        link = await provider.mint(replace(draft, target=await provider.resolve(draft.target)))
        assert link.url.reveal().startswith(case.begins)
        assert CANARY in link.url.reveal()
        assert link.credentials_expire_at is None  # keys of a user last
        assert CANARY not in repr(link)

    async def test_the_call_is_what_was_asked_for(self, aws, case, provider, draft):
        row = operation(case.name)
        await provider.mint(draft)
        sent = next(call for call in aws.calls if call.operation == row.operation).parameters
        if row.session_seconds:
            assert sent[row.session_seconds] == 1800
        if row.expires_in:
            assert sent[row.expires_in] == 300

    async def test_what_is_not_ready_says_what_aws_says_and_what_mends_it(
        self, aws, case, provider
    ):
        if case.unready is None:
            pytest.skip("its states do not keep it from being opened, or the fake has none")
        with pytest.raises(TargetNotReadyError) as caught:
            await provider.resolve(parse(case.unready(aws.world)))
        assert caught.value.hint
        assert not aws.count(operation(case.name).operation)

    async def test_a_refusal_is_told_as_it_is_where_the_target_may_not_be_looked_at(
        self, aws, case, provider, draft
    ):
        row = operation(case.name)
        draft = replace(draft, target=await provider.resolve(draft.target))
        aws.play(row.operation, faults.error("ValidationException", "No.", 400))
        aws.play(row.looks[0].operation, faults.denied())
        with pytest.raises(PresignError) as caught:
            await provider.mint(draft)
        assert type(caught.value) is InputError

    async def test_who_may_mint_but_not_describe_mints(self, aws, case, provider, draft):
        for look in operation(case.name).looks:
            aws.play(look.operation, faults.denied(), times=None)
        link = await provider.mint(replace(draft, target=await provider.resolve(draft.target)))
        assert link.url.reveal().startswith(case.begins)

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (faults.denied(), AccessDeniedError),
            (faults.throttling(), UpstreamThrottledError),
            (faults.expired(), CredentialsExpiredError),
            (faults.empty(), BadAnswerError),
            (faults.html(200), BadAnswerError),
            (faults.wrong_host("evil.example"), BadAnswerError),
            (faults.http_url(), BadAnswerError),
        ],
        ids=["denied", "throttled", "expired", "empty", "html", "wrong-host", "no-tls"],
    )
    async def test_what_goes_wrong_at_aws_is_told_and_nothing_is_handed_out(
        self, aws, case, provider, draft, fault, error
    ):
        if case.name == "airflow" and getattr(fault, "scheme", "https") == "http":
            pytest.skip("its URL is made here")
        aws.play(operation(case.name).operation, fault, times=None)
        with pytest.raises(error) as caught:
            await provider.mint(draft)
        assert caught.value.hint
        told = f"{caught.value} {caught.value.fields}"
        assert CANARY not in told

    async def test_a_row_has_no_limits_of_its_own(self, case, provider):
        with pytest.raises(OutOfRangeError) as caught:
            agree(
                MintRequest(target=parse(case.missing), allowed_ips=("203.0.113.7",)),
                provider.bounds,
            )
        assert "presign policy" in caught.value.hint
        assert provider.bounds.scopes == (Scope.FULL,)

    async def test_examining_it_ends_well(self, provider, target, reached):
        findings = await provider.examine(TargetQuery(provider=provider.name), target)
        assert [each for each in findings if not each.ok] == []
        names = [each.name for each in findings]
        assert names[:4] == ["credentials", "region", "permission", "target"]
        assert bool(reached) == ("reachable" in names)


class TestTimes:
    @pytest.mark.parametrize(
        ("name", "seconds"),
        [
            ("sagemaker", 300),
            ("studio", 300),
            ("emr", 300),
            ("emr-serverless", 3600),
            ("airflow", 60),
            ("flink", 180),
        ],
    )
    async def test_a_url_ends_when_aws_says(self, aws, make, draft, name, seconds):
        provider = make(name)
        link = await provider.mint(draft(provider, CASES[name].target(aws.world)))
        assert link.expires_at - link.created_at == timedelta(seconds=seconds)

    async def test_a_url_of_five_seconds_is_asked_for(self, aws, make, draft, clock):
        provider = make("studio")
        asked = draft(
            provider,
            "studio:d-team00000001/ada",
            expires_at=clock.now() + timedelta(seconds=5),
        )
        link = await provider.mint(asked)
        assert aws.calls[-1].parameters["ExpiresInSeconds"] == 5
        assert link.expires_at - link.created_at == timedelta(seconds=5)

    async def test_only_what_opens_once_is_told_to(self, aws, make, draft):
        once = {}
        for name in ("sagemaker", "mlflow", "mlflow-app", "partner-app"):
            provider = make(name)
            link = await provider.mint(draft(provider, CASES[name].target(aws.world)))
            once[name] = link.max_uses
        assert once == {"sagemaker": None, "mlflow": 1, "mlflow-app": 1, "partner-app": None}


class TestMissing:
    async def test_the_nearest_names_are_told_where_they_can_be_listed(self, make):
        with pytest.raises(TargetNotFoundError) as caught:
            await make("sagemaker").resolve(parse("sagemaker:my-instanse"))
        assert "sagemaker:my-instance" in caught.value.hint
        assert "us-west-2" in caught.value.message

    async def test_who_may_not_list_is_told_all_the_same(self, aws, make):
        aws.play("ListNotebookInstances", faults.denied(), times=None)
        with pytest.raises(TargetNotFoundError) as caught:
            await make("sagemaker").resolve(parse("sagemaker:my-instanse"))
        assert "presign targets" in caught.value.hint

    async def test_a_session_is_found_by_a_name_that_is_almost_its_notebooks(self, make):
        with pytest.raises(TargetNotFoundError) as caught:
            await make("athena").resolve(parse("athena:Taxi%20fare"))
        assert caught.value.fields["matches"]
