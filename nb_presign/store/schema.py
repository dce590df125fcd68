"""The tables, and the steps from an older database to today's.

Times are UTC in whole microseconds since 1970, so that SQLite and PostgreSQL compare them alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    insert,
    inspect,
    select,
    text,
    update,
)

from nb_presign.errors import StoreError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
#: PostgreSQL's advisory lock for migrations: "nbpresgn" as a number.
_LOCK = 0x6E62707265736E


def write_time(moment: datetime) -> int:
    """Turn an aware time into what the tables keep."""
    return (moment - EPOCH) // _MICROSECOND


def read_time(value: int) -> datetime:
    """Turn what the tables keep into a time in UTC; raises `OverflowError` for one that is none."""
    return EPOCH + value * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware time, kept as an integer."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else write_time(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else read_time(value)


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(20), primary_key=True),  # `schema`, `revision`, `time`
    Column("value", BigInteger, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("family", String(64), nullable=False),
    Column("target", Text, nullable=False),  # a reference
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("session_seconds", Integer, nullable=False),
    Column("scope", String(20), nullable=False),
    Column("max_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("allowed_ips", JSON, nullable=False),
    Column("note", Text, nullable=False),
    Column("minted_by", Text, nullable=False),
    Column("revoked_at", Instant),
    Column("audience", String(64), nullable=False),
    Column("narrowed_path", Text),  # NULL: not narrowed
    Column("narrowed_kernel", Text, nullable=False),
    Column("narrowed_session", Text, nullable=False),
    Column("interactive", Boolean, nullable=False),
    Column("bind_ip", Boolean, nullable=False, server_default=false()),
    Column("credentials_expire_at", Instant),
    Column("renew_by", Instant),
    Column("policy", Text),  # NULL: none of its own
    Column("policy_action", Text, nullable=False, server_default=""),
    Index("links_family", "family"),
    Index("links_expires_at", "expires_at"),
    Index("links_minted_by", "minted_by"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("link_id", ForeignKey("links.id"), nullable=False),
    Column("family", String(64), nullable=False),
    Column("target", Text, nullable=False),
    Column("scope", String(20), nullable=False),
    Column("audience", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("narrowed_path", Text),
    Column("narrowed_kernel", Text, nullable=False),
    Column("narrowed_session", Text, nullable=False),
    Column("allowed_ips", JSON, nullable=False),
    Column("address", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("cookie_hash", LargeBinary(32), nullable=False),
    Column("nonce_hash", LargeBinary(32), nullable=False),
    Column("policy", Text),
    Column("policy_action", Text, nullable=False, server_default=""),
    Index("sessions_cookie", "cookie_hash", unique=True),
    Index("sessions_nonce", "link_id", "nonce_hash", unique=True),
    Index("sessions_family", "family"),
    Index("sessions_expires_at", "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    # SQLite numbers rows by itself only where the type is INTEGER.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("event", String(40), nullable=False),
    Column("link_id", String(64), nullable=False),
    Column("session_id", String(64), nullable=False),
    Column("actor", Text, nullable=False),
    Column("address", Text, nullable=False),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("created_at", Instant, nullable=False),
    Column("scope", String(20), nullable=False),
    Column("policy", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("revoked_at", Instant),
    Column("sealed", Text, nullable=False),  # the secret, encrypted; empty once it is revoked
)

Step = Callable[[Connection], None]


def _add_bind_ip(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE links ADD COLUMN bind_ip BOOLEAN DEFAULT FALSE NOT NULL"))


def _keep_time(connection: Connection) -> None:
    connection.execute(text("INSERT INTO meta (name, value) VALUES ('time', 0)"))


def _add_clocks(connection: Connection) -> None:
    for column in ("credentials_expire_at", "renew_by"):
        connection.execute(text(f"ALTER TABLE links ADD COLUMN {column} BIGINT"))


def _add_access_keys(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TABLE access_keys (id VARCHAR(64) NOT NULL PRIMARY KEY, "
            "created_at BIGINT NOT NULL, scope VARCHAR(20) NOT NULL, policy TEXT NOT NULL, "
            "note TEXT NOT NULL, revoked_at BIGINT, sealed TEXT NOT NULL)"
        )
    )
    for table in ("links", "sessions"):
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN policy TEXT"))
        connection.execute(
            text(f"ALTER TABLE {table} ADD COLUMN policy_action TEXT DEFAULT '' NOT NULL")
        )


def _find_by_minter(connection: Connection) -> None:
    connection.execute(text("CREATE INDEX links_minted_by ON links (minted_by)"))


#: The first leads from version 1 to 2, and so on to what `metadata` says. A released step never
#: changes.
STEPS: tuple[Step, ...] = (
    _add_bind_ip,
    _keep_time,
    _add_clocks,
    _add_access_keys,
    _find_by_minter,
)


def migrate(connection: Connection, steps: tuple[Step, ...] = STEPS) -> None:
    """Bring the database to today's version, within the caller's write transaction.

    Raises `StoreError` for a database that a newer nb_presign has made.
    """
    newest = 1 + len(steps)
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive as it is
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if not inspect(connection).has_table(meta.name):
        metadata.create_all(connection)
        connection.execute(
            insert(meta),
            [
                {"name": "schema", "value": newest},
                # From anywhere: a store that takes another's place is noticed by its revision.
                {"name": "revision", "value": secrets.randbelow(2**40)},
                {"name": "time", "value": 0},
            ],
        )
        return
    version = connection.scalar(select(meta.c.value).where(meta.c.name == "schema"))
    if version is None or not 1 <= version <= newest:
        raise StoreError(
            f"The store of links has version {version}, and this nb_presign reads up to {newest}.",
            hint="Run 'pip install -U nb_presign', or set another c.NbPresign.store_url.",
        )
    for step in steps[version - 1 :]:
        step(connection)
    if version < newest:
        connection.execute(update(meta).where(meta.c.name == "schema").values(value=newest))
