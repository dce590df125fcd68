from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.policy import Effect, Request, reading

ACTION, OTHER = "sagemaker:CreatePresignedNotebookInstanceUrl", "nb-presign:Connect"
ARN = "arn:nb-presign:jupyter:::server/b"


def statement(effect="Allow", action="*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def decide(*statements, actions=(ACTION,), resources=(ARN,), **context):
    return reading.read({"Statement": list(statements)}).decide(
        Request(actions, resources, context)
    )


def test_nothing_is_allowed_that_no_statement_allows():
    decision = decide(statement(action="s3:GetObject"))
    assert (decision.allowed, decision.by) == (False, None)
    assert decision.why == "no statement allows it"


def test_allow_says_which_statement():
    decision = decide(statement(action="s3:*"), statement(Sid="Everybody"))
    assert decision.allowed
    assert decision.by.number == 2
    assert decision.why == "statement 2 (Everybody) allows it"


@pytest.mark.parametrize("first", [0, 1])
def test_an_explicit_deny_wins_wherever_it_stands(first):
    both = [statement(), statement("Deny", Sid="No")]
    decision = decide(*(both if first else both[::-1]))
    assert not decision.allowed
    assert decision.by.effect is Effect.DENY
    assert "(No) denies it" in decision.why


def test_a_deny_alone_allows_nothing():
    assert not decide(statement("Deny", action="s3:*")).allowed


@pytest.mark.parametrize(
    ("action", "covered"),
    [
        ("*", True),
        (ACTION, True),
        (ACTION.upper().replace("SAGEMAKER:", "sagemaker:"), True),
        ("sagemaker:*", True),
        ("sagemaker:CreatePresigned*Url", True),
        ("sagemaker:CreatePresignedNotebookInstanceUr?", True),
        ("sagemaker:Create", False),
        ("athena:*", False),
        (["athena:*", "sagemaker:*"], True),
    ],
)
def test_actions(action, covered):
    assert decide(statement(action=action)).allowed is covered
    turned = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    assert decide(turned).allowed is not covered


def test_resources():
    assert decide(statement(resource=ARN)).allowed
    assert not decide(statement(resource=ARN + "x")).allowed
    assert not decide({"Effect": "Allow", "Action": "*", "NotResource": ARN}).allowed
    assert decide({"Effect": "Allow", "Action": "*", "NotResource": ARN + "x"}).allowed


def test_each_name_of_a_thing_counts():
    names = (ACTION, OTHER)
    assert decide(statement(action=OTHER), actions=names).allowed
    assert not decide(statement(), statement("Deny", action=OTHER), actions=names).allowed
    assert decide(statement(), statement("Deny", action="athena:*"), actions=names).allowed
    below = (ARN, f"{ARN}/session/5e55")
    assert not decide(statement(), statement("Deny", resource=below[1]), resources=below).allowed


def test_a_deny_holds_only_under_its_condition():
    closed = statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert decide(statement(), closed, **{"aws:securetransport": True}).allowed
    assert not decide(statement(), closed, **{"aws:securetransport": False}).allowed


def test_what_misses_is_told():
    document = reading.read(
        {
            "Statement": statement(
                action="athena:*",
                resource=ARN,
                Condition={"StringEquals": {"nb-presign:Scope": ["read", "full"]}},
            )
        }
    )
    (only,) = document.statements
    request = Request((ACTION,), (ARN,), {"nb-presign:scope": "execute"})
    assert only.misses(request) == (
        "Action athena:*",
        "StringEquals nb-presign:Scope read or full, which is execute",
    )
    assert only.misses(Request(("athena:X",), (ARN,), {})) == (
        "StringEquals nb-presign:Scope read or full, which the request does not have",
    )
    assert only.misses(Request(("athena:X",), (ARN,), {"nb-presign:scope": "read"})) == ()
    document = reading.read(
        {"Statement": statement(action=["athena:*", "s3:*"], resource=f"{ARN}c")}
    )
    (only,) = document.statements
    assert str(only) == "statement 1"
    assert only.misses(Request((ACTION,), (ARN,), {})) == (
        "Action athena:* or s3:*",
        f"Resource {ARN}c",
    )


@pytest.mark.parametrize(
    ("condition", "relies"),
    [
        ({"IpAddress": {"AWS:SourceIp": "::/0"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "::/0"}}, True),
        ({"IpAddressIfExists": {"aws:SourceIp": "::/0"}}, False),
        ({"Null": {"aws:SourceIp": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({}, False),
    ],
)
def test_whether_an_address_is_taken_for_granted(condition, relies):
    document = reading.read({"Statement": statement(Condition=condition)})
    assert document.relies_on("aws:SourceIp") is relies


effects = st.sampled_from(["Allow", "Deny"])
actions = st.sampled_from(["*", "sagemaker:*", "athena:*", ACTION])


@given(st.lists(st.tuples(effects, actions), min_size=1, max_size=6))
def test_the_order_of_statements_decides_nothing(pairs):
    listed = [statement(effect, action) for effect, action in pairs]
    found = decide(*listed).allowed
    assert decide(*listed[::-1]).allowed is found
    matching = {effect for effect, action in pairs if not action.startswith("athena")}
    assert found is (matching == {"Allow"})
