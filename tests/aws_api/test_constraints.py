from __future__ import annotations

import pytest
from botocore.model import ServiceModel

from nb_presign.aws.calls.rules import MOST_MATCHED
from nb_presign.aws_api.constraints import SHOWN, check
from nb_presign.aws_api.refusal import RefusedError

MODEL = ServiceModel(
    {
        "metadata": {"protocol": "json"},
        "operations": {},
        "shapes": {
            "Input": {
                "type": "structure",
                "required": ["Name"],
                "members": {
                    "Name": {"shape": "Name"},
                    "State": {"shape": "State"},
                    "Count": {"shape": "Count"},
                    "Names": {"shape": "Names"},
                    "Tags": {"shape": "Tags"},
                    "Inner": {"shape": "Inner"},
                    "Secret": {"shape": "Secret"},
                    "Emoji": {"shape": "Emoji"},
                    "On": {"shape": "On"},
                    "Token": {"shape": "Token"},
                },
            },
            "Name": {"type": "string", "min": 2, "max": 4, "pattern": "[a-z]+"},
            "State": {"type": "string", "enum": ["IDLE", "BUSY"]},
            "Count": {"type": "integer", "min": 1, "max": 9},
            "Names": {"type": "list", "member": {"shape": "Name"}, "max": 2},
            "Tags": {
                "type": "map",
                "key": {"shape": "Name"},
                "value": {"shape": "State"},
                "max": 1,
            },
            "Inner": {
                "type": "structure",
                "required": ["State"],
                "members": {"State": {"shape": "State"}},
            },
            "Secret": {"type": "string", "max": 3, "sensitive": True},
            "Emoji": {"type": "string", "pattern": r"[\uD800\uDC00-\uDBFF\uDFFFa]*"},
            "On": {"type": "boolean"},
            "Token": {"type": "string", "max": 8192, "pattern": ".*"},
        },
    }
)
LONGER, SHORTER = "have length greater than or equal to", "have length less than or equal to"
CHOICES = "satisfy enum value set: [IDLE, BUSY]"
#: Input, what of it is wrong, where, and what it must do.
BROKEN = {
    "null": ({}, "null", "name", "not be null"),
    "short": ({"Name": "a"}, "'a'", "name", f"{LONGER} 2"),
    "long": ({"Name": "abcde"}, "'abcde'", "name", f"{SHORTER} 4"),
    "pattern": ({"Name": "ab\n"}, "'ab\n'", "name", "satisfy regular expression pattern: [a-z]+"),
    "enum": ({"State": "GONE"}, "'GONE'", "state", CHOICES),
    "small": ({"Count": 0}, "'0'", "count", "have value greater than or equal to 1"),
    "big": ({"Count": 10}, "'10'", "count", "have value less than or equal to 9"),
    "list": ({"Names": ["ab", "cd", "ef"]}, "'[ab, cd, ef]'", "names", f"{SHORTER} 2"),
    "in a list": ({"Names": ["ab", "c"]}, "'c'", "names.2.member", f"{LONGER} 2"),
    "map": (
        {"Tags": {"ab": "IDLE", "cd": "BUSY"}}, "'{ab=IDLE, cd=BUSY}'", "tags", f"{SHORTER} 1"
    ),
    "key": ({"Tags": {"a": "IDLE"}}, "'a'", "tags.key", f"{LONGER} 2"),
    "value": ({"Tags": {"ab": "X"}}, "'X'", "tags.ab.member", CHOICES),
    "inner": ({"Inner": {}}, "null", "inner.state", "not be null"),
    "sensitive": ({"Secret": "hush"}, "(sensitive)", "secret", f"{SHORTER} 3"),
}  # fmt: skip


def told(given, service="sagemaker"):
    with pytest.raises(RefusedError) as error:
        check(MODEL.shape_for("Input"), given, service=service)
    assert error.value.status == 400
    return error.value


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule(name):
    given, value, where, rule = BROKEN[name]
    given = given if name == "null" or "Name" in given else {"Name": "abc", **given}
    error = told(given)
    assert error.kind == "ValidationException"
    assert error.message == (
        f"1 validation error detected: Value {value} at '{where}' failed to satisfy constraint: "
        f"Member must {rule}"
    )


def test_several_are_told_in_one_sentence():
    message = told({"Name": "A"}).message
    assert message.startswith("2 validation errors detected: Value 'A' at 'name' failed")
    assert message.count("; Value ") == 1


def test_what_is_too_long_to_show():
    message = told({"Name": "a" * 5000}).message
    assert "a" * SHOWN + "…'" in message
    assert len(message) < 3 * SHOWN + 300


def test_what_is_too_long_to_be_held_against_a_pattern():
    """A token of any length is for its operation to refuse, in its own words."""
    check(MODEL.shape_for("Input"), {"Name": "ab", "Token": "A" * 8_000}, service="sagemaker")
    assert "pattern" in told({"Name": "ab", "Emoji": "a" * (MOST_MATCHED + 1)}).message


def test_athena():
    error = told({}, service="athena")
    assert error.kind == "InvalidRequestException"
    assert error.members == {"AthenaErrorCode": "INVALID_INPUT"}


def test_what_is_allowed():
    given = {
        "Name": "abc",
        "State": "IDLE",
        "Count": 9,
        "Names": ["ab"],
        "Tags": {"ab": "BUSY"},
        "Inner": {"State": "BUSY"},
        "Secret": "abc",
        "Emoji": "a🙂",
        "On": True,
    }
    check(MODEL.shape_for("Input"), given, service="sagemaker")
    check(None, {}, service="sagemaker")


def test_characters_beyond_the_first_plane_are_no_pairs_here():
    assert "regular expression" in told({"Name": "abc", "Emoji": "é"}).message
