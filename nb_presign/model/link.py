"""Links, and what is asked for when one is minted."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from nb_presign.errors import InputError
from nb_presign.model.grant import Narrowing, Permission, Scope
from nb_presign.model.target import FORBIDDEN, BareTarget, Target, check_path
from nb_presign.secret import Secret

MAX_NOTE = 200


class LinkState(str, Enum):
    """Whether a link can still be opened, and if not, why."""

    LIVE = "live"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"

    def __str__(self) -> str:
        return self.value


def new_id(kind: str) -> str:
    """Make a public id such as `lnk_3f9a1c2b4d5e6f70`; a name, not a secret (64 random bits)."""
    return f"{kind}_{secrets.token_hex(8)}"


def is_id(text: str, kind: str) -> bool:
    """Tell whether `new_id` could have made it."""
    return bool(re.fullmatch(rf"{kind}_[0-9a-f]{{16}}", text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A minted presigned URL and its facts."""

    id: str
    target: Target
    created_at: datetime
    expires_at: datetime
    #: Length of the session that opening it starts; 0: the upstream says nothing of it.
    session_seconds: int
    scope: Scope
    #: How often it can be redeemed; None: as often as you like until it expires.
    max_uses: int | None = None
    uses: int = 0
    #: CIDR blocks a guest must come from; empty: anywhere.
    allowed_ips: tuple[str, ...] = ()
    note: str = ""
    minted_by: str = ""
    revoked_at: datetime | None = None
    #: Id of the first link of the chain that this one continues; its own id for a first one.
    #: Revoking ends the chain.
    family: str = ""
    #: Id of the server that redeems it; empty where the provider's own service does.
    audience: str = ""
    narrowing: Narrowing | None = None
    #: Minted by the owner's own click: continues without the landing page's button.
    interactive: bool = False
    #: The session is held to the address that the link was redeemed from.
    bind_ip: bool = False
    #: What its sessions must satisfy besides; None: nothing of its own.
    permission: Permission | None = None
    #: When the credentials that signed it end, where that is known: the URL, and the session it
    #: opened, may end with them.
    credentials_expire_at: datetime | None = None
    #: When at the latest a successor is wanted, where the upstream asks for one before the expiry.
    renew_by: datetime | None = None
    #: The presigned URL; only what minting and refreshing return has one.
    url: Secret | None = field(default=None, compare=False)
    #: What programs send instead of opening the URL, where the upstream gives one (Athena's
    #: `AuthToken`); as secret as the URL, and as short-lived.
    auth_token: Secret | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_note(self.note)
        times = (self.created_at, self.expires_at, self.revoked_at)
        for when in (*times, self.credentials_expire_at, self.renew_by):
            if when is not None and when.tzinfo is None:
                msg = "times are aware UTC"
                raise ValueError(msg)
        if not self.family:
            object.__setattr__(self, "family", self.id)

    @property
    def provider(self) -> str:
        return self.target.provider

    @property
    def good_until(self) -> datetime:
        """When the first of its clocks runs out: the URL's own, or its signer's credentials'."""
        return min(self.expires_at, self.credentials_expire_at or self.expires_at)

    def state(self, now: datetime) -> LinkState:
        """Tell whether it can be opened at `now`; equal to expiry is expired."""
        if self.revoked_at is not None:
            return LinkState.REVOKED
        if self.max_uses is not None and self.uses >= self.max_uses:
            return LinkState.USED
        return LinkState.EXPIRED if now >= self.good_until else LinkState.LIVE


def check_note(note: str) -> None:
    """Refuse a note that is too long or would break a line in a list or log."""
    if len(note) > MAX_NOTE or FORBIDDEN.search(note.replace("\\", "")):
        raise InputError(f"A note is one line of at most {MAX_NOTE} characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MintRequest:
    """What somebody asks for; None means the default of the provider."""

    target: Target | BareTarget
    expires_in: int | None = None
    session_seconds: int | None = None
    scope: Scope | None = None
    max_uses: int | None = None
    allowed_ips: tuple[str, ...] = ()
    note: str = ""
    #: The owner's own click: 60 s, single use, no button on the landing page.
    interactive: bool = False
    #: Directory or file, below the server's root directory, that the session is limited to; empty:
    #: all of it.
    within: str = ""
    #: Hold the session to the address that the link is redeemed from.
    bind_ip: bool = False
    #: Hold the session to a policy document.
    permission: Permission | None = None

    def __post_init__(self) -> None:
        check_note(self.note)
        check_path(self.within)
