"""Takes the database's password out of the environment, which every kernel and terminal inherits.

So that no notebook prints it, and saves it with its outputs. It is no boundary: what runs as the
same user can read how the server was started.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from urllib.parse import quote, urlsplit

#: What libpq reads, before ~/.pgpass, where a URL has no password (PostgreSQL, 34.15).
VARIABLE = "PGPASSWORD"


def take_password(address: str, environment: MutableMapping[str, str]) -> str:
    """Return the URL of a store with the password that was in the environment, and no longer is.

    The variable stays where it is not this store's: the URL has another one, or is not of
    PostgreSQL.
    """
    if not environment.get(VARIABLE) or not is_without_password(address):
        return address
    scheme, separator, rest = address.partition("://")
    end = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    user, _, host = rest[:end].rpartition("@")
    password = quote(environment.pop(VARIABLE), safe="")
    return f"{scheme}{separator}{user.rstrip(':')}:{password}@{host}{rest[end:]}"


def is_without_password(address: str) -> bool:
    """Tell whether a URL is of PostgreSQL and leaves the password to libpq."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False  # whoever opens the store says what is wrong
    given = {pair.partition("=")[0] for pair in parts.query.split("&")}
    postgres = parts.scheme.partition("+")[0] == "postgresql"
    return postgres and not parts.password and "password" not in given
