"""What is wrong is found step by step, and told with what mends it."""

from __future__ import annotations

import asyncio

import pytest
from support.aws import faults

from nb_presign.model import TargetQuery
from nb_presign.providers.aws import examining
from nb_presign.providers.aws.operations import operation
from nb_presign.providers.aws.provider import AwsProvider
from nb_presign.reference import parse

pytestmark = pytest.mark.anyio

INSTANCE = parse("sagemaker:my-instance")


@pytest.fixture
def examine(make):
    async def examine(target=INSTANCE, name="sagemaker", **query):
        return await make(name).examine(TargetQuery(provider=name, **query), target)

    return examine


def names(findings):
    return [(each.name, each.ok) for each in findings]


async def test_all_is_well(examine, reached):
    findings = await examine()
    assert names(findings) == [
        ("credentials", True),
        ("region", True),
        ("permission", True),
        ("target", True),
        ("reachable", True),
    ]
    assert reached[0].startswith("my-instance-")
    assert not any(each.mend for each in findings)


async def test_without_a_target_the_list_is_what_is_allowed(examine):
    assert names(await examine(None)) == [
        ("credentials", True),
        ("region", True),
        ("permission", True),
    ]


@pytest.mark.parametrize(
    ("operation", "fault", "last"),
    [
        ("GetCallerIdentity", faults.expired(), "credentials"),
        ("DescribeNotebookInstance", faults.denied(), "permission"),
        ("DescribeNotebookInstance", faults.throttling(), "target"),
    ],
)
async def test_the_first_failure_is_the_last_finding(aws, examine, operation, fault, last):
    aws.play(operation, fault, times=None)
    findings = await examine()
    assert (findings[-1].name, findings[-1].ok) == (last, False)
    assert findings[-1].mend
    assert all(each.ok for each in findings[:-1])


async def test_no_permission_to_list_is_told_with_the_action(aws, examine):
    aws.play("ListNotebookInstances", faults.denied(), times=None)
    findings = await examine(None)
    assert names(findings)[-1] == ("permission", False)
    assert "sagemaker:ListNotebookInstances" in findings[-1].message


async def test_no_region(monkeypatch, examine):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    findings = await examine()
    assert findings[-1].ok is False
    assert "region" in findings[-1].message


async def test_a_target_that_is_not_there_or_stopped(examine):
    missing = await examine(parse("sagemaker:my-instanse"))
    assert names(missing)[-1] == ("target", False)
    assert "my-instance" in missing[-1].mend
    stopped = await examine(parse("sagemaker:sleeping"))
    assert names(stopped)[-2:] == [("permission", True), ("target", False)]
    assert "--start" in stopped[-1].mend


@pytest.mark.parametrize("error", [OSError("no route"), asyncio.TimeoutError()])
async def test_a_host_that_does_not_answer(context, error):
    async def reach(_host):
        raise error

    provider = AwsProvider(operation("sagemaker"), context(), reach=reach)
    findings = await provider.examine(TargetQuery(provider="sagemaker"), INSTANCE)
    assert names(findings)[-1] == ("reachable", False)
    assert findings[-1].mend


async def test_a_target_is_examined_where_it_is(aws, make):
    aws.place("eu-west-1").add_instance("there")
    provider = make("sagemaker", aws_regions=("us-west-2", "eu-west-1"))
    query = TargetQuery(provider="sagemaker")
    found = await provider.examine(query, parse("sagemaker:there"))
    assert all(each.ok for each in found)
    assert found[1].message == "eu-west-1"
    nowhere = await provider.examine(query, parse("sagemaker:nowhere"))
    assert names(nowhere)[-1] == ("target", False)


async def test_it_mints_nothing(aws, examine):
    await examine()
    assert not aws.mint.urls


async def test_reaching_is_a_connection_with_tls():
    async def hang_up(_reader, writer):
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        with pytest.raises(OSError):  # noqa: PT011  # whatever the platform calls it
            await examining.reach("127.0.0.1")
