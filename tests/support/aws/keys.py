"""Access keys: who signs, for which account, and what they may."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase

ACCOUNT = "123456789012"
#: In every secret that the server knows or makes, so that a search for one word finds them.
CANARY = "nbpCanary"


@dataclass
class Key:
    """An access key, which tests change as they like while the server runs."""

    id: str
    secret: str = field(repr=False)
    arn: str
    account: str = ACCOUNT
    #: A session token, which temporary credentials have.
    token: str = field(default="", repr=False)
    expired: bool = False
    #: When it expires by itself; temporary credentials do.
    expires_at: datetime | None = None
    #: Actions that no policy allows, such as `sagemaker:List*`.
    denied: list[str] = field(default_factory=list)

    def ended(self, now: datetime) -> bool:
        """Say whether it is no longer good."""
        return self.expired or (self.expires_at is not None and now >= self.expires_at)

    def may(self, action: str) -> bool:
        """Say whether no entry of `denied` matches."""
        return not any(fnmatchcase(action, pattern) for pattern in self.denied)

    @property
    def variables(self) -> dict[str, str]:
        """What an environment or, in lower case, a profile says of this key."""
        said = {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return said | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})


def new_key(
    user: str = "ada",
    *,
    account: str = ACCOUNT,
    role: str = "",
    temporary: bool = False,
    expires_at: datetime | None = None,
) -> Key:
    """Make a key of a user, or of a role that the user has taken on, whose keys are temporary."""
    temporary = temporary or bool(role)
    arn = (
        f"arn:aws:sts::{account}:assumed-role/{role}/{user}"
        if role
        else f"arn:aws:iam::{account}:user/{user}"
    )
    return Key(
        id=("ASIA" if temporary else "AKIA") + secrets.token_hex(8).upper(),
        secret=CANARY + secrets.token_hex(16)[: 40 - len(CANARY)],
        arn=arn,
        account=account,
        expires_at=expires_at,
        token=f"IQoJ{CANARY}{secrets.token_hex(120)}" if temporary else "",
    )
