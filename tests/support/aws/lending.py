"""Temporary credentials that are not signed for: containers' and those of single sign-on."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from support.aws.keys import CANARY, Key, new_key
from support.aws.reading import Incoming
from support.aws.refusal import RefusedError

#: Where `AWS_CONTAINER_CREDENTIALS_FULL_URI` leads.
CONTAINER = "/credentials"
#: `sso:GetRoleCredentials` of the portal's API.
PORTAL = "/federation/credentials"
#: Service and operation, as calls are counted.
LENT = {CONTAINER: ("container", "GetCredentials"), PORTAL: ("sso", "GetRoleCredentials")}
#: Where the access tokens of sign-ins are, in a home.
SSO_CACHE = Path(".aws", "sso", "cache")
START_URL = "https://ada.awsapps.com/start"


@dataclass
class Lender:
    """Gives out keys; `lasts` is how long the next one does."""

    lasts: timedelta = timedelta(hours=1)
    #: The access token of whoever has signed in.
    token: str = field(default_factory=lambda: CANARY + secrets.token_hex(32), repr=False)

    def names(self, incoming: Incoming) -> tuple[str, str] | None:
        """Return service and operation, if a request is for a lender."""
        if incoming.method != "GET":
            return None
        return LENT.get(incoming.path)

    def lend(self, incoming: Incoming, account: str, now: datetime) -> tuple[Key, dict[str, Any]]:
        """Make a key, and what tells of it."""
        end = now + self.lasts
        if incoming.path == CONTAINER:
            key = new_key("container", account=account, role="notebook", expires_at=end)
            said = {
                "AccessKeyId": key.id,
                "SecretAccessKey": key.secret,
                "Token": key.token,
                "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            return key, said
        if incoming.headers.get("x-amz-sso_bearer_token") != self.token:
            raise RefusedError("UnauthorizedException", "Session token not found or invalid", 401)
        role, owner = (incoming.query[name][0] for name in ("role_name", "account_id"))
        key = new_key("ada", account=owner, role=f"AWSReservedSSO_{role}", expires_at=end)
        told = {
            "accessKeyId": key.id,
            "secretAccessKey": key.secret,
            "sessionToken": key.token,
            "expiration": int(end.timestamp() * 1000),
        }
        return key, {"roleCredentials": told}

    def sign_in(self, home: Path, until: datetime) -> None:
        """Write what `aws sso login` leaves in a home."""
        cache = home / SSO_CACHE
        cache.mkdir(parents=True, exist_ok=True)
        said = {
            "startUrl": START_URL,
            "region": "us-west-2",
            "accessToken": self.token,
            "expiresAt": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        name = hashlib.sha1(START_URL.encode(), usedforsecurity=False).hexdigest()
        (cache / f"{name}.json").write_text(json.dumps(said))
