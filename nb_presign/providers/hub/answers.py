"""What the Hub answers, as far as it is read; jupyterhub 6.1, `apihandlers/base.py`."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field


class Named(Struct, frozen=True):
    """A name."""

    name: str = ""


class ServerModel(Struct, frozen=True):
    """One server of a user."""

    name: str = ""
    #: Whose; told with shares and codes only, and without what `pending` and `stopped` say.
    user: Named = Named()
    #: Path below the Hub's host, or a whole URL where each user has a subdomain.
    url: str = ""
    ready: bool = False
    #: `spawn`, `stop`, … or nothing.
    pending: str | None = None
    stopped: bool = True


class UserModel(Struct, frozen=True):
    """A user, as far as the token may know."""

    name: str = ""
    kind: str = "user"
    #: By name; missing where the token may not read them.
    servers: dict[str, ServerModel] | None = None
    #: Of the token; only of the answer to who we are.
    scopes: tuple[str, ...] = ()


class ShareModel(Struct, frozen=True):
    """That somebody is let in to a server."""

    created_at: datetime
    scopes: tuple[str, ...] = ()
    #: Missing for a group.
    user: Named | None = None
    server: ServerModel = ServerModel()


class CodeModel(Struct, frozen=True):
    """A share code; the code itself is only in the answer that made it."""

    id: str
    created_at: datetime
    expires_at: datetime
    scopes: tuple[str, ...] = ()
    last_exchanged_at: datetime | None = None
    exchange_count: int = 0
    code: str = field(default="")
    server: ServerModel = ServerModel()
    #: Where it is accepted, if the Hub knows its own address.
    full_accept_url: str | None = None

    def __repr__(self) -> str:
        """Leave the code out: it is the link."""
        return f"<CodeModel {self.id}>"


class Next(Struct, frozen=True):
    """Where the next page of a list begins."""

    offset: int = 0


class Pagination(Struct, frozen=True):
    """How a list goes on."""

    next: Next | None = None


class SharePage(Struct, frozen=True):
    """A page of shares."""

    items: tuple[ShareModel, ...]
    pagination: Pagination = field(default=Pagination(), name="_pagination")


class CodePage(Struct, frozen=True):
    """A page of share codes."""

    items: tuple[CodeModel, ...]
    pagination: Pagination = field(default=Pagination(), name="_pagination")


class UserPage(Struct, frozen=True):
    """A page of users."""

    items: tuple[UserModel, ...]
    pagination: Pagination = field(default=Pagination(), name="_pagination")
