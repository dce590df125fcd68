"""How long a store on PostgreSQL waits for what, and how many connections it holds.

Guests and owners have it back within two seconds of the database, whatever happened to it: an
attempt that was under way ends by then, and the next one begins a quarter of a second later at
most. So none may last longer than 1.75 s: not to connect to one address, nor to wait for a
connection that others use, and not one statement. A host name with several addresses has as much
time for each of them.

Behind a pooler reads have no limit in PostgreSQL: each is a transaction of its own, with nothing
before it that could set one. Nobody waits for it any longer here, but it may go on there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nb_presign.errors import StoreError

#: Seconds; libpq's own limit, `connect_timeout`, is of two seconds at least.
CONNECT_SECONDS = 1.5
#: Seconds after which a connection that was not in use is taken for dead.
PING_SECONDS = 0.75
#: Seconds that an answer may take longer than PostgreSQL may take for it.
_ON_THE_WAY = 0.25
#: Seconds until PostgreSQL lets go of a server that is no longer there; its own default is hours.
_KEEPALIVES = {
    "tcp_keepalives_idle": 15,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
#: A commit waits until it is on disk, where somebody has switched that off.
_DURABLE = (
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' "
    "ELSE current_setting('synchronous_commit') END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the query of the URL may set: `?statement_timeout=5000&pool_size=4`."""

    #: Milliseconds that PostgreSQL may take for one statement, or a server between two of a
    #: transaction, before it loses that with its locks. Not 0, PostgreSQL's word for no limit.
    statement_timeout: int = 1500
    #: Milliseconds of these that may be spent waiting for another transaction.
    lock_timeout: int = 1000
    #: Connections that stay open.
    pool_size: int = 2
    #: Connections beyond these, while they are needed. A server has eight threads that ask.
    max_overflow: int = 8
    #: Seconds that a thread waits for one.
    pool_timeout: int = 1
    #: Not 0: each transaction may be on another connection, as PgBouncer does it that pools by
    #: transactions. Nothing is prepared or set for longer than one, and nobody listens.
    pooler: int = 0

    @property
    def patience(self) -> float:
        """Seconds that anybody waits for PostgreSQL's answer to one statement."""
        return self.statement_timeout / 1000 + _ON_THE_WAY

    @property
    def startup(self) -> str:
        """Write what a connection begins with; poolers by transactions take none of it."""
        if self.pooler:
            return ""
        return " ".join(
            f"-c {name}={value}" for name, value in {**self.waits, **_KEEPALIVES}.items()
        )

    @property
    def setting(self) -> str:
        """Write the statement that sets the rest; where there is a pooler, for one transaction."""
        waits = self.waits if self.pooler else {}
        scope = "true" if self.pooler else "false"
        values = {name: f"'{value}'" for name, value in waits.items()}
        values["synchronous_commit"] = _DURABLE
        calls = (f"set_config('{name}', {value}, {scope})" for name, value in values.items())
        return f"SELECT {', '.join(calls)}"

    @property
    def waits(self) -> dict[str, int]:
        """Name PostgreSQL's own limits; milliseconds."""
        return {
            "statement_timeout": self.statement_timeout,
            "lock_timeout": self.lock_timeout,
            "idle_in_transaction_session_timeout": self.statement_timeout,
        }


#: What the query of a URL may say to us; the rest is for libpq.
NAMES = tuple(field.name for field in fields(Limits))


def read_limits(query: Mapping[str, Any]) -> Limits:
    """Read them from a URL; raises `StoreError` for those that are no numbers, or no limit."""
    found = Limits(**{name: _number(name, query[name]) for name in NAMES if name in query})
    if not found.statement_timeout:
        raise StoreError(
            "statement_timeout=0 in c.NbPresign.store_url is no limit: guests could wait for ever.",
            hint="Write ?statement_timeout=60000, for example, for a minute.",
        )
    return found


def seconds_to_connect(query: Mapping[str, Any]) -> float:
    """Tell how long connecting may take; what the URL says counts, as libpq reads it."""
    given = query.get("connect_timeout")
    if given is None:
        return CONNECT_SECONDS
    # Nonsense is refused by psycopg. None: as long as TCP tries.
    return float(given) if str(given).isdecimal() and int(given) else float("inf")


def _number(name: str, value: object) -> int:
    if not isinstance(value, str) or not value.isdecimal():
        raise StoreError(
            f"{name} in c.NbPresign.store_url is no number.",
            hint=f"Write ?{name}={getattr(Limits(), name)}, for example.",
        )
    return int(value)
