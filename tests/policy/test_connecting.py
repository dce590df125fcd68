"""Guests' requests in the words of policy documents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.guests import NOW, a_session

from nb_presign.model import Narrowing, Permission, Scope, Target
from nb_presign.policy import ConnectPolicy, Visit, conditions, reading

EXAMPLES = Path(__file__).parents[2] / "examples"
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OFFICE = Visit("203.0.113.7", secure=True)
AT_HOME = Visit("10.0.0.7")
OPEN = a_session(target=Target("jupyter", "b", "lab/tree/a.ipynb"))
NOTEBOOK = a_session(
    target=Target("session", "5e55@b", options=(("region", "x"),)),
    narrowing=Narrowing("pub/a.ipynb"),
)

#: Of a provider that somebody added.
OTHERS = a_session(target=Target("acme", "b"))


def policy(*statements):
    return ConnectPolicy(reading.read({"Statement": list(statements)}), "b")


def allowed(statement, session=OPEN, visit=OFFICE, now=NOW):
    return policy({**ALLOW, **statement}).decide(session, visit, now).allowed


@pytest.mark.parametrize(
    ("session", "action", "expected"),
    [
        (OPEN, "sagemaker:CreatePresignedNotebookInstanceUrl", True),
        (OPEN, "athena:CreatePresignedNotebookUrl", False),
        (NOTEBOOK, "athena:CreatePresignedNotebookUrl", True),
        (NOTEBOOK, "sagemaker:CreatePresignedNotebookInstanceUrl", False),
        (OPEN, "nb-presign:Connect", True),
        (NOTEBOOK, "nb-presign:Connect", True),
        (OTHERS, "nb-presign:Connect", True),
        (OTHERS, "sagemaker:CreatePresignedNotebookInstanceUrl", False),
    ],
)
def test_what_a_guests_request_is_called(session, action, expected):
    assert allowed({"Action": action}, session) is expected


@pytest.mark.parametrize(
    ("session", "resource", "expected"),
    [
        (OPEN, "arn:nb-presign:jupyter:::server/b", True),
        (OPEN, "arn:nb-presign:jupyter:::server/c", False),
        (NOTEBOOK, "arn:nb-presign:jupyter:::server/b", True),
        (NOTEBOOK, "arn:nb-presign:jupyter:::server/b/session/5e55", True),
        (NOTEBOOK, "arn:nb-presign:jupyter:::server/b/session/other", False),
        (OPEN, "arn:nb-presign:jupyter:::server/b/session/*", False),
        (OPEN, "arn:aws:sagemaker:us-east-1:000000000000:notebook-instance/b", True),
        (NOTEBOOK, "arn:aws:sagemaker:us-east-1:000000000000:notebook-instance/b", True),
        (OPEN, "arn:aws:sagemaker:eu-central-1:000000000000:notebook-instance/b", False),
        (NOTEBOOK, "arn:aws:athena:us-east-1:000000000000:workgroup/b", True),
        (OPEN, "arn:aws:athena:us-east-1:000000000000:workgroup/b", False),
    ],
)
def test_what_it_is_done_to(session, resource, expected):
    assert allowed({"Resource": resource}, session) is expected


@pytest.mark.parametrize(
    ("condition", "session", "expected"),
    [
        ({"StringEquals": {"nb-presign:Scope": "read"}}, OPEN, True),
        ({"StringEquals": {"nb-presign:Scope": "full"}}, OPEN, False),
        ({"StringEquals": {"nb-presign:Scope": "full"}}, a_session(scope=Scope.FULL), True),
        ({"StringEquals": {"nb-presign:Provider": "session"}}, NOTEBOOK, True),
        ({"StringEquals": {"nb-presign:Target": "jupyter:b/lab/tree/a.ipynb"}}, OPEN, True),
        ({"StringEquals": {"nb-presign:Target": "session:5e55@b"}}, NOTEBOOK, True),
        ({"StringLike": {"nb-presign:Path": "pub/*"}}, NOTEBOOK, True),
        ({"StringLike": {"nb-presign:Path": "*"}}, OPEN, False),
        ({"Null": {"nb-presign:Path": "true"}}, OPEN, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, OPEN, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, OPEN, True),
    ],
)
def test_what_is_known_of_it(condition, session, expected):
    assert allowed({"Condition": condition}, session) is expected


def test_something_is_known_by_each_key_there_is():
    everything = {"Null": {key: "false" for key, _ in conditions.KEYS.values()}}
    assert allowed({"Condition": everything}, NOTEBOOK)


def test_without_tls():
    secure = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    assert not allowed(secure, visit=Visit("203.0.113.7"))


@pytest.mark.parametrize("key", ["aws:CurrentTime", "aws:EpochTime"])
def test_the_time_ends_it(key):
    until = {"Condition": {"DateLessThan": {key: "2030-01-02T04:00:00Z"}}}
    assert allowed(until)
    assert not allowed(until, now=NOW + timedelta(hours=1))


class TestAnAddressThatCannotBeTold:
    """On AWS there always is one, so that lists of who is kept out need not think of it."""

    KEPT_OUT = ({**ALLOW}, {**ALLOW, "Effect": "Deny"})

    @pytest.mark.parametrize("operator", ["IpAddress", "NotIpAddress"])
    def test_is_denied_wherever_a_statement_takes_one_for_granted(self, operator):
        allow, deny = self.KEPT_OUT
        deny = {**deny, "Condition": {operator: {"aws:SourceIp": "198.51.100.0/24"}}}
        assert not policy(allow, deny).decide(OPEN, Visit(""), NOW).allowed

    def test_is_judged_where_the_document_thinks_of_it(self):
        allow, deny = self.KEPT_OUT
        thinks = {"IpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"}}
        assert not policy(allow, {**deny, "Condition": thinks}).decide(OPEN, Visit(""), NOW).allowed
        nothing = {"Null": {"aws:SourceIp": "false"}}
        assert policy(allow, {**deny, "Condition": nothing}).decide(OPEN, Visit(""), NOW).allowed

    def test_does_not_matter_where_no_statement_asks(self):
        assert policy(ALLOW).decide(OPEN, Visit(""), NOW).allowed


@pytest.mark.parametrize(
    ("scope", "visit", "expected"),
    [
        (Scope.READ, OFFICE, ""),
        (Scope.READ, Visit("2001:db8::7"), ""),
        (Scope.READ, Visit("198.51.100.9", secure=True), "OnlyFromTheOffice"),
        (Scope.READ, Visit("", secure=True), "cannot be told"),
        (Scope.EXECUTE, OFFICE, ""),
        (Scope.EXECUTE, Visit("203.0.113.7"), "CodeOverTlsOnly"),
    ],
)
@pytest.mark.parametrize("session", [OPEN, NOTEBOOK])
def test_the_example_does_what_its_statements_are_called(session, scope, visit, expected):
    document = reading.read_file(EXAMPLES / "office_policy.json")
    decision = ConnectPolicy(document, "b").decide(replace(session, scope=scope), visit, NOW)
    assert decision.allowed is not bool(expected)
    assert expected in decision.why


MINTED_BY = "sagemaker:CreatePresignedDomainUrl"
DENY = {**ALLOW, "Effect": "Deny"}


class TestTheDocumentOfALink:
    """What a link was minted under goes on to hold, beside what the server itself says."""

    @staticmethod
    def decided(*statements, session=OPEN, visit=OFFICE, now=NOW, server=None, action=MINTED_BY):
        permission = Permission(json.dumps({"Statement": list(statements)}), action)
        document = None if server is None else reading.read({"Statement": list(server)})
        held = replace(session, permission=permission)
        return ConnectPolicy(document, "b").decide(held, visit, now)

    def test_nothing_is_asked_where_there_is_none(self):
        assert ConnectPolicy(None, "b").decide(OPEN, Visit(""), NOW).allowed

    def test_what_it_does_not_allow_is_denied(self):
        assert self.decided(ALLOW).allowed
        assert not self.decided({**ALLOW, "Action": "sagemaker:ListNotebookInstances"}).allowed
        assert not self.decided(ALLOW, DENY).allowed

    @pytest.mark.parametrize(
        ("action", "minted_by", "expected"),
        [
            (MINTED_BY, MINTED_BY, True),
            (MINTED_BY.upper(), MINTED_BY, True),
            ("sagemaker:CreatePresignedNotebookInstanceUrl", MINTED_BY, False),
            ("sagemaker:CreatePresignedNotebookInstanceUrl", "", True),
            ("nb-presign:Connect", MINTED_BY, True),
            ("nb-presign:Connect", "", True),
            (MINTED_BY, "", False),
        ],
    )
    def test_it_is_asked_about_what_minting_was_called(self, action, minted_by, expected):
        decision = self.decided({**ALLOW, "Action": action}, action=minted_by)
        assert decision.allowed is expected

    @pytest.mark.parametrize(
        ("here", "links", "expected"),
        [
            ([ALLOW], [ALLOW], ""),
            ([ALLOW, DENY], [ALLOW], "statement 2 denies it"),
            ([ALLOW], [DENY], "statement 1 denies it"),
            ([{**ALLOW, "Action": "s3:*"}], [ALLOW], "no statement allows it"),
            ([ALLOW], [{**ALLOW, "Action": "s3:*"}], "no statement allows it"),
        ],
    )
    def test_both_must_allow(self, here, links, expected):
        decision = self.decided(*links, server=here)
        assert decision.allowed is not bool(expected)
        assert expected in decision.why

    @pytest.mark.parametrize(
        "action", [MINTED_BY, "sagemaker:CreatePresignedNotebookInstanceUrl", "nb-presign:Connect"]
    )
    def test_no_other_name_leads_past_what_the_server_denies(self, action):
        assert not self.decided(ALLOW, server=[ALLOW, {**DENY, "Action": action}]).allowed

    @pytest.mark.parametrize(
        ("condition", "visit", "expected"),
        [
            ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, OFFICE, True),
            ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, Visit("198.51.100.9"), False),
            ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, Visit(""), False),
            ({"Bool": {"aws:SecureTransport": "true"}}, OFFICE, True),
            ({"Bool": {"aws:SecureTransport": "true"}}, Visit("203.0.113.7"), False),
            ({"StringEquals": {"nb-presign:Scope": "full"}}, OFFICE, False),
            ({"StringLike": {"nb-presign:Target": "jupyter:b/*"}}, OFFICE, True),
        ],
    )
    def test_its_conditions_are_asked_each_time(self, condition, visit, expected):
        assert self.decided({**ALLOW, "Condition": condition}, visit=visit).allowed is expected

    def test_the_server_need_not_ask_for_what_it_asks_for(self):
        until = {"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-02T04:00:00Z"}}}
        assert self.decided({**ALLOW, **until}, server=[ALLOW]).allowed
        later = NOW + timedelta(hours=1)
        assert not self.decided({**ALLOW, **until}, server=[ALLOW], now=later).allowed
        assert not self.decided(ALLOW, server=[{**ALLOW, **until}], now=later).allowed

    @pytest.mark.parametrize("text", ["", "{}", "null", '{"Statement": [{"Effect": "Allow"}]}'])
    def test_what_cannot_be_read_any_more_lets_nobody_in(self, text):
        held = replace(OPEN, permission=Permission(text))
        decision = ConnectPolicy(None, "b").decide(held, OFFICE, NOW)
        assert not decision.allowed
        assert "cannot be read" in decision.why

    @pytest.mark.parametrize(
        ("statements", "expected"),
        [
            ([ALLOW], True),
            ([{**ALLOW, "Resource": "arn:aws:sagemaker:*:*:notebook-instance/c"}], False),
            ([{**ALLOW, "Action": "athena:*"}], False),
            ([ALLOW, DENY], False),
            # Of a guest and their time nothing is known: they may come as the policy wants.
            ([{**ALLOW, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}], True),
            ([{**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], True),
            ([{**ALLOW, "Condition": {"DateGreaterThan": {"aws:EpochTime": "1"}}}], True),
            ([ALLOW, {**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "::/0"}}}], True),
            # What the link itself says stays so.
            ([{**ALLOW, "Condition": {"StringEquals": {"nb-presign:Scope": "read"}}}], True),
            ([{**ALLOW, "Condition": {"StringEquals": {"nb-presign:Scope": "full"}}}], False),
            ([{**ALLOW, "Condition": {"StringLike": {"nb-presign:Path": "*"}}}], False),
            ([ALLOW, {**DENY, "Condition": {"Null": {"nb-presign:Path": "true"}}}], False),
            ([ALLOW, {**DENY, "Condition": {"Null": {"nb-presign:Path": "false"}}}], True),
            (
                [
                    ALLOW,
                    {
                        **DENY,
                        "Condition": {
                            "StringEquals": {"nb-presign:Scope": "read"},
                            "IpAddress": {"aws:SourceIp": "::/0"},
                        },
                    },
                ],
                True,
            ),
        ],
    )
    def test_whether_anybody_could_ever_satisfy_it(self, statements, expected):
        permission = Permission(json.dumps({"Statement": statements}), MINTED_BY)
        held = replace(OPEN, permission=permission)
        assert ConnectPolicy(None, "b").could_open(held).allowed is expected
        # Nobody is ever let in where it says that nobody could be.
        decided = {self.decided(*statements, visit=visit).allowed for visit in (OFFICE, AT_HOME)}
        assert expected or decided == {False}

    def test_nothing_keeps_anybody_from_a_link_without_one(self):
        assert ConnectPolicy(None, "b").could_open(OPEN).allowed
        assert (
            not ConnectPolicy(None, "b")
            .could_open(replace(OPEN, permission=Permission("{}")))
            .allowed
        )

    def test_the_region_is_the_servers(self):
        there = {**ALLOW, "Resource": "arn:aws:sagemaker:eu-central-1:*:notebook-instance/*"}
        held = replace(OPEN, permission=Permission(json.dumps({"Statement": there})))
        assert not ConnectPolicy(None, "b").decide(held, OFFICE, NOW).allowed
        assert ConnectPolicy(None, "b", "eu-central-1").decide(held, OFFICE, NOW).allowed
