"""Access keys: what programs sign requests of AWS's wire protocol with."""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from nb_presign.model.grant import Scope
from nb_presign.model.link import check_note
from nb_presign.secret import Secret

#: None of the prefixes of AWS's own ids (IAM User Guide, "Understanding unique ID prefixes"), so
#: that nobody, and no scanner for leaked secrets, takes one for an access key of AWS.
PREFIX = "NBPK"
_FORM = re.compile(rf"{PREFIX}[A-Z2-7]{{16}}")
#: `Actor.kind` of who mints with one.
ACCESS_KEY = "access-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """The facts of one; its secret is kept apart, and shown once."""

    #: Public: 20 characters, as AWS's ids have.
    id: str
    created_at: datetime
    #: Of the links that are minted with it: the protocol has no word for it.
    scope: Scope
    #: The policy document, as JSON: what may be done with it, and by sessions of what it minted.
    policy: str
    note: str = ""
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        check_note(self.note)

    @property
    def live(self) -> bool:
        """Whether requests may be signed with it."""
        return self.revoked_at is None


def new_access_key_id() -> str:
    """Make a public id; a name, not a secret (80 random bits)."""
    return PREFIX + b32encode(secrets.token_bytes(10)).decode()


def new_secret_access_key() -> Secret:
    """Make a secret of 40 characters and 240 random bits."""
    return Secret(secrets.token_urlsafe(30))


def is_access_key_id(text: str) -> bool:
    """Tell whether `new_access_key_id` could have made it."""
    return bool(_FORM.fullmatch(text))
