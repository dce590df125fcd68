"""Whether it can be used here, what it knows by name, and what the registry makes of it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.aws import faults

from nb_presign.errors import (
    AmbiguousTargetError,
    BadReferenceError,
    CredentialsExpiredError,
    UnavailableError,
)
from nb_presign.model import BareTarget, Target, TargetQuery
from nb_presign.providers.aws.operations import NAMES, operation
from nb_presign.providers.aws.provider import AwsProvider
from nb_presign.providers.registry import ProviderRegistry
from nb_presign.reference import parse

pytestmark = pytest.mark.anyio


class TestStatus:
    async def test_with_credentials_it_is_usable(self, make):
        status = await make("sagemaker").status()
        assert (status.usable, status.configured, status.reason) == (True, True, "")

    async def test_where_there_is_nothing_of_aws_it_is_not_configured(self, aws, monkeypatch, make):
        for name in aws.environment:
            if name != "AWS_EC2_METADATA_DISABLED":
                monkeypatch.delenv(name)
        status = await make("sagemaker").status()
        assert (status.usable, status.configured) == (False, False)
        assert status.reason
        assert status.mend

    async def test_a_profile_that_is_not_there_is_told(self, make):
        status = await make("sagemaker", aws_profiles=("nobody",)).status()
        assert (status.usable, status.configured) == (False, True)
        assert "nobody" in status.reason
        assert status.mend

    async def test_one_profile_that_works_is_enough(self, aws, make):
        aws.add_profile("good", aws.add_key("good"))
        assert (await make("sagemaker", aws_profiles=("nobody", "good")).status()).usable

    async def test_it_asks_aws_nothing(self, aws, make):
        for name in NAMES:
            await make(name).status()
        assert not aws.calls


class TestNames:
    async def test_what_cannot_be_a_name_is_not_asked_for(self, aws, make):
        for name in ("sagemaker", "athena", "studio"):
            assert not await make(name).knows(BareTarget("my notebook.ipynb"))
        assert not aws.calls

    async def test_an_instance_is_asked_for_and_not_looked_for_in_lists(self, aws, make):
        provider = make("sagemaker")
        assert await provider.knows(BareTarget("sleeping"))
        assert await provider.knows(BareTarget("my-instance"))
        assert not aws.count("ListNotebookInstances")

    async def test_what_goes_wrong_is_not_known(self, aws, make):
        aws.play("DescribeNotebookInstance", faults.throttling(), times=None)
        assert not await make("sagemaker").knows(BareTarget("my-instance"))

    async def test_the_region_that_is_written_is_looked_in(self, aws, make):
        aws.place("eu-west-1").add_instance("only-eu")
        provider = make("sagemaker")
        there = BareTarget("only-eu", options=(("region", "eu-west-1"),))
        assert await provider.knows(there)
        assert not await provider.knows(BareTarget("only-eu"))
        assert {call.region for call in aws.calls} == {"us-west-2", "eu-west-1"}

    async def test_so_is_it_where_names_are_listed(self, aws, make):
        provider = make("studio")
        options = (("region", "eu-west-1"),)
        assert not await provider.knows(BareTarget("d-team00000001", options=options))
        assert {call.region for call in aws.calls} == {"eu-west-1"}

    async def test_an_option_that_is_not_its_own_is_not_its_target(self, aws, make):
        for name in ("sagemaker", "studio"):
            bare = BareTarget("my-instance", options=(("application", "a"),))
            assert not await make(name).knows(bare)
        assert not aws.calls

    async def test_names_are_kept_for_half_a_minute(self, aws, make, clock):
        provider = make("studio")
        for _ in range(3):
            assert await provider.knows(BareTarget("d-team00000001"))
        assert aws.count("ListDomains") == 1
        clock.tick(31)
        assert await provider.knows(BareTarget("d-team00000001"))
        assert aws.count("ListDomains") == 2


class TestPlaces:
    """Two accounts have an instance of one name."""

    @pytest.fixture
    def provider(self, aws, make):
        for profile, account in (("one", "111111111111"), ("two", "222222222222")):
            aws.add_profile(profile, aws.add_key(profile, account=account))
            aws.place("us-west-2", account=account).add_instance("both")
        return make("sagemaker", aws_profiles=("one", "two"))

    async def test_both_are_named(self, provider):
        with pytest.raises(AmbiguousTargetError, match=r"profile=one, .*profile=two"):
            await provider.resolve(parse("sagemaker:both"))

    async def test_one_that_cannot_be_asked_is_not_taken_to_have_none(self, aws, provider):
        aws.keys[-1].expired = True
        with pytest.raises(CredentialsExpiredError, match=r"^two in ") as caught:
            await provider.resolve(parse("sagemaker:both"))
        assert "?profile=" in caught.value.hint
        assert not aws.count("CreatePresignedNotebookInstanceUrl")

    async def test_who_names_a_place_does_not_wait_for_the_other(self, aws, provider):
        aws.keys[-1].denied.append("sagemaker:*")
        found = await provider.resolve(parse("sagemaker:both?profile=one"))
        assert found == parse("sagemaker:both?profile=one")

    async def test_each_is_examined(self, provider):
        findings = await provider.examine(TargetQuery(provider="sagemaker"), None)
        assert [each.message.partition(" ")[0] for each in findings] == ["one"] * 3 + ["two"] * 3

    async def test_the_first_that_fails_is_the_last_finding(self, aws, provider):
        aws.keys[-2].denied.append("sagemaker:List*")
        findings = await provider.examine(TargetQuery(provider="sagemaker"), None)
        assert [each.ok for each in findings] == [True, True, False]
        assert findings[-1].message.startswith("one ")
        aws.keys[-2].denied.clear()
        aws.keys[-1].denied.append("sagemaker:List*")
        findings = await provider.examine(TargetQuery(provider="sagemaker"), None)
        assert [each.ok for each in findings] == [True] * 5 + [False]


class TestRegistry:
    @pytest.fixture
    def registry(self, context):
        return ProviderRegistry.load(context())

    async def test_every_row_is_a_provider(self, registry):
        assert set(NAMES) <= {provider.name for provider in registry}
        assert all(isinstance(registry[name], AwsProvider) for name in NAMES)
        assert registry["sagemaker"] is registry["sagemaker"]

    async def test_three_of_them_are_listed_unasked(self, registry):
        assert [p.name for p in registry if isinstance(p, AwsProvider) and p.listed] == [
            "athena",
            "sagemaker",
            "studio",
        ]
        page = await registry.targets(TargetQuery())
        providers = {info.target.provider for info in page.items}
        assert {"athena", "sagemaker", "studio"} <= providers
        assert not providers & (set(NAMES) - {"athena", "sagemaker", "studio"})

    async def test_the_others_are_listed_by_name(self, registry):
        page = await registry.targets(TargetQuery(provider="flink"))
        assert page.items

    def test_without_a_way_to_aws_there_are_none(self, process_alone):
        context = process_alone()
        assert not set(NAMES) & {provider.name for provider in ProviderRegistry.load(context)}
        with pytest.raises(UnavailableError):
            AwsProvider(operation("sagemaker"), context)


def test_links_are_of_whoever_asks(make):
    provider = make("sagemaker")
    assert provider.uses_own_credentials
    assert Target(provider.name, "x")


def test_finding_a_provider_imports_neither_boto3_nor_other_rows():
    code = (
        "import sys; from nb_presign.providers.registry import ProviderRegistry;"
        "from nb_presign.providers.aws.provider import create;"
        "from nb_presign.providers.aws.operations import operation; operation('sagemaker');"
        "print([name for name in sys.modules if name.partition('.')[0] in"
        " {'boto3', 'botocore', 'urllib3'} or name.endswith(('rows.flink', 'rows.emr'))])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_a_path_that_is_no_page_is_refused_before_aws_is_asked(aws, make):
    with pytest.raises(BadReferenceError):
        await make("sagemaker").resolve(parse("sagemaker:my-instance/api/contents"))
    assert not aws.calls
