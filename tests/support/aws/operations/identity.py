"""STS: who is asking, and temporary credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.keys import new_key
from support.aws.operations.table import serves
from support.aws.refusal import RefusedError


@serves("sts", "GetCallerIdentity")
def get_caller_identity(asked: Asked) -> dict[str, Any]:
    return {
        "Account": asked.key.account,
        "Arn": asked.key.arn,
        "UserId": "AIDA" + asked.key.id[4:],
    }


@serves("sts", "AssumeRole", "{RoleArn}")
def assume_role(asked: Asked) -> dict[str, Any]:
    """Make a key that the server knows from now on."""
    arn, name = asked.parameters["RoleArn"], asked.parameters["RoleSessionName"]
    _, _, _, _, account, resource = arn.split(":", 5)
    if not resource.startswith("role/"):
        raise RefusedError("ValidationError", f"{arn} is invalid")
    seconds = asked.parameters.get("DurationSeconds", 3600)
    end = asked.now + min(asked.lasts, timedelta(seconds=seconds))
    made = new_key(name, account=account, role=resource.rpartition("/")[2], expires_at=end)
    asked.know(made)
    return {
        "Credentials": {
            "AccessKeyId": made.id,
            "SecretAccessKey": made.secret,
            "SessionToken": made.token,
            "Expiration": end,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"AROA{made.id[4:]}:{name}", "Arn": made.arn},
    }
