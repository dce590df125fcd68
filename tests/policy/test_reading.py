"""What cannot be understood is refused when it is read, and the message says where it stands."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.errors import BadPolicyError
from nb_presign.policy import reading

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def refused(document):
    with pytest.raises(BadPolicyError) as error:
        reading.read(document)
    return str(error.value)


def with_condition(condition):
    return {"Statement": [ALLOW, {**ALLOW, "Sid": "Second", "Condition": condition}]}


@pytest.mark.parametrize("version", [{}, {"Version": "2012-10-17"}, {"Version": "2008-10-17"}])
def test_one_statement_or_a_list(version):
    assert len(reading.read({**version, "Statement": ALLOW}).statements) == 1
    two = reading.read({**version, "Id": "x", "Statement": [ALLOW, {**ALLOW, "Sid": "Two"}]})
    assert (two.id, [one.sid for one in two.statements]) == ("x", ["", "Two"])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "not an object"),
        ([], "not an object"),
        ({}, "Statement"),
        ({"Statement": []}, "Statement"),
        ({"Statement": "x"}, "Statement"),
        ({"Statement": ["x"]}, "statement 1"),
        ({"Version": "2012-10-18", "Statement": ALLOW}, "Version"),
        ({"Version": ["2012-10-17"], "Statement": ALLOW}, "Version"),
        ({"Id": 7, "Statement": ALLOW}, "Id"),
        ({"statement": ALLOW}, "Did you mean 'Statement'?"),
        ({"Statement": {**ALLOW, "Principal": "*"}}, "statement 1: the element 'Principal'"),
        ({"Statement": {**ALLOW, "Sid": "a b\n"}}, "statement 1, Sid"),
        ({"Statement": [{**ALLOW, "Sid": "x"}] * 2}, "'x' is there twice"),
        ({"Statement": {**ALLOW, "Effect": "allow"}}, "statement 1, Effect"),
        ({"Statement": {**ALLOW, "Effect": ["Allow"]}}, "statement 1, Effect"),
        ({"Statement": {"Effect": "Allow", "Resource": "*"}}, "either Action or NotAction"),
        ({"Statement": {**ALLOW, "NotAction": "*"}}, "either Action or NotAction"),
        ({"Statement": {**ALLOW, "NotResource": "*"}}, "either Resource or NotResource"),
        ({"Statement": {**ALLOW, "Action": []}}, "statement 1, Action: the list is empty"),
        ({"Statement": {**ALLOW, "Action": "connect"}}, 'Action: "connect" is neither'),
        ({"Statement": {**ALLOW, "Action": 7}}, "Action: 7 is not a text"),
        ({"Statement": {**ALLOW, "Action": "*:Connect"}}, "Action"),
        ({"Statement": {**ALLOW, "Resource": "gpu"}}, 'Resource: "gpu" is neither'),
        ({"Statement": {**ALLOW, "Resource": "arn:a:b:c:d:${aws:username}"}}, "policy variable"),
    ],
)
def test_elements(document, said):
    assert said in refused(document)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ([], "statement 2 (Second), Condition: it is an object"),
        ({"IpAddress": []}, "Condition, IpAddress"),
        ({"IpAddress": {}}, "Condition, IpAddress"),
        ({"IpAdress": {"aws:SourceIp": "::/0"}}, "Did you mean 'IpAddress'?"),
        ({"ForAllValues:StringEquals": {"nb-presign:Scope": "x"}}, "'ForAllValues:StringEquals'"),
        ({"NullIfExists": {"aws:SourceIp": "true"}}, "'NullIfExists' is not known"),
        ({"NumericEquals": {"aws:EpochTime": 7}}, "'NumericEquals' is not known"),
        ({"ArnLike": {"aws:SourceArn": "*"}}, "'ArnLike' is not known"),
        ({"IpAddress": {"aws:SourceIP6": "::/0"}}, "Did you mean 'aws:SourceIp'?"),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "'aws:SourceVpce' is not known"),
        ({"StringEquals": {"aws:SourceIp": "203.0.113.7"}}, "Compare it with IpAddress or"),
        ({"IpAddress": {"nb-presign:Scope": "::/0"}}, "Compare it with StringEquals or"),
        ({"Bool": {"aws:CurrentTime": "true"}}, "Compare it with DateEquals or"),
        ({"IpAddress": {"aws:SourceIp": []}}, "IpAddress, aws:SourceIp: the list is empty"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.1/8"}}, '"10.0.0.1/8" is not an address'),
        ({"IpAddress": {"aws:SourceIp": "127.1"}}, "not an address"),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", 7]}}, "7 is not a text"),
        ({"IpAddress": {"aws:SourceIp": None}}, "null is not a text"),
        ({"Bool": {"aws:SecureTransport": "yes"}}, '"yes" is neither true nor false'),
        ({"Bool": {"aws:SecureTransport": 1}}, "1 is neither true nor false"),
        ({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}, "not a time"),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-31T12:00:00"}}, "not a time"),
        ({"DateLessThan": {"aws:CurrentTime": "2030-02-30"}}, "no time of any calendar"),
        ({"DateLessThan": {"aws:CurrentTime": 1893456000000}}, "not milliseconds"),
        ({"DateLessThan": {"aws:CurrentTime": True}}, "not a time"),
        ({"DateLessThan": {"aws:CurrentTime": 1.5}}, "not a time"),
        ({"StringLike": {"nb-presign:Target": "${aws:username}"}}, "policy variable"),
        ({"StringEquals": {"nb-presign:Scope": 7}}, "7 is not a text"),
    ],
)
def test_conditions(condition, said):
    found = refused(with_condition(condition))
    assert said in found
    assert "statement 2 (Second), Condition" in found


def test_a_file_is_read(tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"Statement": ALLOW}))
    assert reading.read_file(file) == reading.read({"Statement": ALLOW})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"Statement": 1, "Statement": 2}', "'Statement' is there twice"),
        ('{"Statement": {"Effect": "Deny", "Effect": "Allow"}}', "'Effect' is there twice"),
        ("[" * 100_000, "more than"),
        ("[" * 60_000, "not JSON"),
        ('{"Statement": NaN}', "Statement"),
        (json.dumps({"Statement": {**ALLOW, "Sid": "\ud800"}}), "half of a character"),
        (json.dumps({"Statement": ALLOW, "\udfff": 1}), "half of a character"),
    ],
)
def test_a_text_that_is_no_policy(text, said):
    with pytest.raises(BadPolicyError, match=said):
        reading.read_text(text)


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(BadPolicyError, match="FileNotFoundError"):
        reading.read_file(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadPolicyError, match="UnicodeDecodeError"):
        reading.read_file(tmp_path / "bytes.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Version", "Statement", "Effect", "Action", "Resource", "Condition", "IpAddress"]
            )
            | st.text(max_size=4),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_policy_or_refused_with_a_reason(found):
    try:
        document = reading.read(found)
    except BadPolicyError as error:
        assert error.message.startswith("The policy")  # noqa: PT017  # one of two outcomes
    else:
        assert document.statements
