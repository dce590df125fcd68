from __future__ import annotations

import pytest
from sqlalchemy import make_url

from nb_presign.store.password import take_password

PASSWORD = "p@ss/w:rd%20 ü?#+"  # everything that means something in a URL


def taken(address: str) -> tuple[str, dict[str, str]]:
    environment = {"PGPASSWORD": PASSWORD, "PGUSER": "alice"}
    return take_password(address, environment), environment


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://presign@db.example.org/presign",
        "postgresql+psycopg://presign@db.example.org:5433/presign?sslmode=verify-full",
        "postgresql://presign:@db.example.org/presign",
        "postgresql://presign@[2001:db8::7]:5433/presign",
        "postgresql://db.example.org/presign",
        "postgresql:///presign",
        "postgresql://presign@/presign?host=/var/run/postgresql",
        "postgresql://db.example.org",
        "postgresql://db.example.org?user=presign",
    ],
)
def test_it_moves_into_the_url_and_nothing_else_changes(address):
    url, environment = taken(address)
    assert environment == {"PGUSER": "alice"}
    before, after = make_url(address), make_url(url)
    assert after.password == PASSWORD
    # An empty name is none: libpq takes PGUSER.
    assert after._replace(password=None, username=after.username or None) == before._replace(
        password=None
    )


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://presign:other@db.example.org/presign",
        "postgresql://presign@db.example.org/presign?sslmode=require&password=other",
        "sqlite:////srv/presign/store.sqlite",
        "mysql://db.example.org/presign",
        "postgresql://[nonsense/presign",
        "",
    ],
)
def test_it_stays_where_it_is_not_the_stores(address):
    url, environment = taken(address)
    assert url == address
    assert environment["PGPASSWORD"] == PASSWORD


@pytest.mark.parametrize("environment", [{}, {"PGPASSWORD": ""}])
def test_there_may_be_none(environment):
    address = "postgresql://presign@db.example.org/presign"
    before = dict(environment)
    assert take_password(address, environment) == address
    assert environment == before
