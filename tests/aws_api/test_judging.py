from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from nb_presign.aws_api.judging import Judge, key_arn
from nb_presign.errors import NotAuthorizedError
from nb_presign.model import AccessKey, Scope, Target
from nb_presign.policy import Visit

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
MINT = "sagemaker:CreatePresignedNotebookInstanceUrl"
ARN = "arn:aws:sagemaker:us-east-1:000000000000:notebook-instance/gpu"
HERE = Visit("203.0.113.7", secure=True)


def statement(effect="Allow", action=MINT, resource="*", **condition):
    made = {"Effect": effect, "Action": action, "Resource": resource}
    return made | ({"Condition": condition} if condition else {})


def judge(*statements, visit=HERE, policy=None):
    policy = json.dumps({"Statement": list(statements)}) if policy is None else policy
    key = AccessKey(id="NBPK" + "A" * 16, created_at=NOW, scope=Scope.READ, policy=policy)
    return Judge(key, visit, NOW)


def allowed(judged, action=MINT, resources=(ARN,), target=None, path=""):
    try:
        judged(action, resources, target=target, path=path)
    except NotAuthorizedError:
        return False
    return True


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ([], False),
        ([statement()], True),
        ([statement(action="sagemaker:createpresigned*")], True),
        ([statement(action="athena:*")], False),
        ([statement(resource=ARN)], True),
        ([statement(resource=f"{ARN}2")], False),
        ([statement(resource="arn:aws:sagemaker:*:*:notebook-instance/g*")], True),
        ([statement(), statement("Deny", resource=ARN)], False),
        ([statement(IpAddress={"aws:SourceIp": "203.0.113.0/24"})], True),
        ([statement(IpAddress={"aws:SourceIp": "198.51.100.0/24"})], False),
        ([statement(Bool={"aws:SecureTransport": "true"})], True),
        ([statement(DateLessThan={"aws:CurrentTime": "2030-01-02T03:04:06Z"})], True),
        ([statement(DateLessThan={"aws:CurrentTime": "2030-01-02T03:04:05Z"})], False),
        ([statement(DateGreaterThan={"aws:EpochTime": "1"})], True),
        ([statement(StringEquals={"nb-presign:Scope": "read"})], True),
        ([statement(StringEquals={"nb-presign:Scope": "full"})], False),
    ],
)
def test_policies(statements, wanted):
    policy = '{"Statement": []}' if not statements else None
    assert allowed(judge(*statements, policy=policy)) is wanted


def test_one_of_several_names_is_enough():
    server = "arn:nb-presign:jupyter:::server/gpu"
    assert allowed(judge(statement(resource=server)), resources=(ARN, server))


def test_what_is_known_of_a_target():
    conditions = {"nb-presign:Target": "jupyter:gpu*", "nb-presign:Provider": "jupyter"}
    judged = judge(statement(StringLike=conditions))
    assert allowed(judged, target=Target("jupyter", "gpu", "lab"))
    assert not allowed(judged, target=Target("jupyter", "cpu"))
    assert not allowed(judged)


def test_what_is_known_of_a_path():
    narrowed = judge(statement(StringLike={"nb-presign:Path": "pub/*"}))
    assert allowed(narrowed, path="pub/a.ipynb")
    assert not allowed(narrowed, path="priv/a.ipynb")
    assert not allowed(narrowed)
    assert allowed(judge(statement(Null={"nb-presign:Path": "true"})))


def test_an_address_that_cannot_be_told_is_denied_where_one_is_wanted():
    """Whether those are listed who may, or those who may not."""
    for condition in ("NotIpAddress", "IpAddress"):
        block = "203.0.113.0/24" if condition == "NotIpAddress" else "198.51.100.0/24"
        relying = statement("Deny", **{condition: {"aws:SourceIp": block}})
        assert allowed(judge(statement(), relying))
        assert not allowed(judge(statement(), relying, visit=Visit("")))
    assert allowed(judge(statement(), visit=Visit("")))


@pytest.mark.parametrize("policy", ["", "{", "[]", '{"Statement": [{"Effect": "Maybe"}]}'])
def test_a_policy_that_cannot_be_read_any_more_allows_nothing(policy):
    assert not allowed(judge(policy=policy))


def test_what_is_told():
    judged = judge(statement(action="athena:*"))
    with pytest.raises(NotAuthorizedError) as refused:
        judged(MINT, (ARN, "other"))
    assert refused.value.message == (
        f"User: {key_arn(judged.key)} is not authorized to perform: {MINT} on resource: {ARN} "
        f"because no identity-based policy allows the {MINT} action"
    )
    assert refused.value.fields == {"action": MINT, "resource": ARN}
    judged = judge(statement(), statement("Deny"))
    with pytest.raises(NotAuthorizedError, match="with an explicit deny in an identity-based"):
        judged(MINT, (ARN,))
