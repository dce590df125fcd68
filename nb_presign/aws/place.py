"""With whose credentials, and where, AWS is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nb_presign.errors import InputError

#: Longest name of a profile that is taken, characters.
LONGEST_PROFILE = 128
#: What can be a part of a host's name, as botocore wants regions to be.
_REGION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_NO_NAME = re.compile(r"-|.*[\[\]]")


@dataclass(frozen=True, slots=True)
class Place:
    """A profile and a region; empty is what botocore's own chain finds.

    Both come from references, and so from notebooks of anybody: `InputError` for what can be no
    name in AWS's files, or would be an option of a command.
    """

    profile: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        if self.profile and not _is_profile(self.profile):
            raise InputError(
                f"No AWS profile can be called {self.profile[:60]!r}.",
                hint="See those there are: aws configure list-profiles.",
                name="profile",
            )
        if self.region and not _REGION.fullmatch(self.region):
            raise InputError(
                f"No AWS region can be called {self.region[:60]!r}.",
                hint="Write one such as us-west-2.",
                name="region",
            )

    def __str__(self) -> str:
        return f"{self.profile or 'default'} in {self.region or 'the default region'}"


def _is_profile(name: str) -> bool:
    """Tell whether a section of AWS's files can be called so: with blanks and slashes too."""
    return len(name) <= LONGEST_PROFILE and name.isprintable() and not _NO_NAME.match(name)
