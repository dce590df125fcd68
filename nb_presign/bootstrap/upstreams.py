"""What is imported when it is first needed, since it takes long: HTTP and SQL."""

from __future__ import annotations

from nb_presign.api import PresignApi
from nb_presign.clock import Clock
from nb_presign.providers.base import ServerAddress
from nb_presign.store.base import Store


def connect_to(address: ServerAddress) -> PresignApi:
    """Make the client of a server; nothing is asked yet."""
    from nb_presign.client import connect_to as client_of  # noqa: PLC0415  # httpx

    return client_of(address)


def sql_store(url: str, clock: Clock) -> Store:
    """Open the store at a URL of SQLAlchemy's; raises `StoreError`."""
    from nb_presign.store.sql import SqlStore  # noqa: PLC0415  # SQLAlchemy

    return SqlStore(url, clock)
