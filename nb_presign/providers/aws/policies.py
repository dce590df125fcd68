"""Who may open a target, as IAM policies."""

from __future__ import annotations

from collections.abc import Sequence

from nb_presign.aws.least_privilege import LeastPrivilege, Origins, least_privilege
from nb_presign.aws.place import Place
from nb_presign.errors import AccessDeniedError, InputError
from nb_presign.model import Target
from nb_presign.providers.aws.aim import Aim, take_apart, target_of
from nb_presign.providers.aws.operations import NAMES, operation
from nb_presign.reference import format_reference


def policy_for(  # three kinds of places, and where
    target: Target,
    *,
    ips: Sequence[str] = (),
    vpces: Sequence[str] = (),
    vpcs: Sequence[str] = (),
    account: str = "",
    region: str = "",
) -> LeastPrivilege:
    """Write the IAM policy that allows to open a target, from these places only; asks nobody.

    `account` and `region` may be `*`: any. An empty account is any, an empty region the target's.
    Raises `InputError`, and `OutOfRangeError` for what is no address.
    """
    if target.provider not in NAMES:
        raise InputError(
            f"{target.provider}: links to it are not made by AWS, and no IAM policy is about them.",
            hint="c.NbPresign.policy takes one for links that a Jupyter server serves.",
        )
    aim = take_apart(operation(target.provider), target)
    return least_privilege(
        aim.row.permission,
        aim.names,
        origins=Origins(ips=tuple(ips), vpces=tuple(vpces), vpcs=tuple(vpcs)),
        account=account,
        region=region or aim.place.region,
    )


def with_policy(aim: Aim, error: AccessDeniedError) -> AccessDeniedError:
    """Say which command writes the policy that would allow what was denied."""
    permission = aim.row.permission
    written = {each for grant in (permission.opens, *permission.looks) for each in grant.actions}
    action = error.fields.get("action")
    # One that is denied on purpose is not allowed by one more policy.
    if not action or "explicit deny" in error.message:
        return error
    place = Place(region=aim.target.option("region"))
    whole = format_reference(target_of(aim.row, tuple(aim.names.values()), place))
    command = f"; 'presign policy {whole}' prints the policy" if action in written else ""
    found = AccessDeniedError(error.message, hint=f"Have {action} allowed{command}.")
    found.fields = error.fields
    return found
