from __future__ import annotations

import pytest

from nb_presign.aws.place import LONGEST_PROFILE, Place
from nb_presign.errors import InputError


@pytest.mark.parametrize(
    ("profile", "region"),
    [("", ""), ("research", "us-west-2"), ("my team/ada", "aws-global"), ("a;b", "us-gov-east-1")],
)
def test_names_as_they_are_in_aws_files(profile, region):
    assert (Place(profile, region).profile, Place(profile, region).region) == (profile, region)


@pytest.mark.parametrize(
    "profile",
    ["--query", "a\nb", "a]", "[a", "a\x1b[2J", "a\u202eb", "a" * (LONGEST_PROFILE + 1)],
)
def test_what_no_profile_is_called(profile):
    with pytest.raises(InputError, match="profile") as told:
        Place(profile)
    assert told.value.fields["name"] == "profile"


@pytest.mark.parametrize(
    "region", ["us west", "us-west-2;id", "evil.example/", "-x", "x-", "a" * 64, "us-west-2\n"]
)
def test_what_no_region_is_called(region):
    with pytest.raises(InputError, match="region") as told:
        Place("", region)
    assert told.value.fields["name"] == "region"
