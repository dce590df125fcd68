"""Refusals of what was asked for: a name, a state, a quota."""

from __future__ import annotations

import re

from nb_presign.aws.errors.refusal import Refusal
from nb_presign.errors import (
    ConflictError,
    InputError,
    PresignError,
    TargetNotFoundError,
    TargetNotReadyError,
)

#: SageMaker: "RecordNotFound"; Athena: "Session … does not exist"; EMR: "Cluster id … not valid".
_SPEAKS_OF_NOTHING = re.compile(
    r"RecordNotFound|not found|does not exist|doesn't exist|could not find|no such"
    r"|cluster id '?\S* ?is not valid",
    re.IGNORECASE,
)
#: SageMaker: "Status (Stopped) not in ([InService]). Unable to transition …".
_SPEAKS_OF_STATE = re.compile(
    r"Status \(\w+\) not in|unable to transition|(not|must be) in an? .{1,40}state", re.IGNORECASE
)


def validation(refusal: Refusal) -> PresignError:
    """Say what AWS means by a value that is not accepted: often not there, or not now."""
    if _SPEAKS_OF_NOTHING.search(refusal.message):
        return not_found(refusal)
    if _SPEAKS_OF_STATE.search(refusal.message):
        return not_ready(refusal)
    return refusal.make(
        InputError,
        f"AWS does not accept what {refusal.call} was asked{refusal.words}",
        "Check the name, and the region.",
    )


def not_found(refusal: Refusal) -> PresignError:
    """Say that there is no such target."""
    return refusal.make(
        TargetNotFoundError,
        f"There is no such target in {refusal.call.place}{refusal.words}",
        "See 'presign targets', and check region and profile.",
    )


def not_ready(refusal: Refusal) -> PresignError:
    """Say that it is in no state for that."""
    return refusal.make(
        TargetNotReadyError,
        f"It is not in a state for that{refusal.words}",
        "See 'presign targets' for its state, and try again.",
    )


def limit(refusal: Refusal) -> PresignError:
    """Say that a quota of the account is used up."""
    return refusal.make(
        ConflictError,
        f"A quota of the AWS account is used up{refusal.words}",
        "Stop what is not needed, or have the quota raised: aws service-quotas.",
    )
