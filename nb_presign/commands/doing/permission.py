"""`presign policy`: the least that IAM must allow, for somebody to mint for one target."""

from __future__ import annotations

from nb_presign.commands import command, outcome
from nb_presign.providers.aws.policies import policy_for


def permit(asked: command.WritePolicy) -> outcome.Permission:
    """Write a policy document for a target; raises `InputError` for what cannot stand in one."""
    found = policy_for(
        asked.target, ips=asked.ips, vpces=asked.vpces, vpcs=asked.vpcs, account=asked.account
    )
    return outcome.Permission(document=found.document, warnings=found.warnings)
