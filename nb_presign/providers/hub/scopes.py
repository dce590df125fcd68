"""What the Hub must allow for links, and the configuration that does."""

from __future__ import annotations

from collections.abc import Iterable

from nb_presign.errors import AccessDeniedError
from nb_presign.providers.hub.answers import UserModel

#: What our share codes give besides access: it opens nothing, and tells our shares from others.
MARK = "custom:nb-presign:guest"
#: What lets somebody in to a server (JupyterHub, "Available scopes").
ACCESS = "access:servers"
#: Needed to mint and to revoke.
MINTING = ("shares", MARK)

#: Any of them starts servers; JupyterHub 5 has the second only.
STARTING = ("start:servers", "servers")

#: For `jupyterhub_config.py` of JupyterHub 6. Version 5 knows `start:servers` only as a part of
#: `servers`, and does not begin to run a server whose token asks for a scope that it does not know;
#: but `servers` holds `delete:servers` too. Users hold nothing but `self` of it by default, and
#: their servers' tokens hold what is in both lists.
GRANTS = f"""\
c.JupyterHub.custom_scopes = {{"{MARK}": {{"description": "Let in by a presigned URL."}}}}
c.JupyterHub.load_roles = [
    {{"name": "user", "scopes": ["self", "shares!user", "{MARK}!user"]}},
]
c.Spawner.server_token_scopes = [
    "users:activity!user", "access:servers!user", "shares!user", "{MARK}!user",
    "read:users:shares!user",
    # JupyterHub 5 has "servers!user" in place of these two.
    "read:servers!user", "start:servers!user",
]
"""


def for_server(scope: str, user: str, server: str) -> str:
    """Write a scope for one server."""
    return f"{scope}!server={user}/{server}"


def covers(held: Iterable[str], scope: str, user: str, server: str) -> bool:
    """Tell whether expanded scopes hold one for a server.

    One that is filtered by a group may: the Hub knows who is in it.
    """
    enough = {scope, f"{scope}!user={user}", for_server(scope, user, server)}
    return any(each in enough or each.startswith(f"{scope}!group=") for each in held)


def missing(held: Iterable[str], user: str, server: str) -> tuple[str, ...]:
    """Name the scopes for minting that are not among those held."""
    known = tuple(held)
    return tuple(scope for scope in MINTING if not covers(known, scope, user, server))


def not_shared(me: UserModel | None, user: str, server: str) -> AccessDeniedError | None:
    """Say why a token cannot share a server; None where it can, or nobody knows whose it is."""
    lacking = missing(me.scopes, user, server) if me else ()
    if me is None or not lacking:
        return None
    if me.kind == "user" and me.name != user:
        return AccessDeniedError(
            f"The servers of {user!r} are not this token's to share.",
            hint=f"Ask {user!r} for a link.",
            lacking=sorted(lacking),
        )
    return denied("share that server", lacking)


def denied(what: str, lacking: Iterable[str] = ()) -> AccessDeniedError:
    """Say which configuration of the Hub allows what was refused."""
    names = ", ".join(lacking)
    return AccessDeniedError(
        f"The Hub does not let this token {what}" + (f": it lacks {names}." if names else "."),
        hint="Have this added to jupyterhub_config.py, restart the Hub, then this server:\n"
        + GRANTS.rstrip(),
        lacking=sorted(lacking),
    )
