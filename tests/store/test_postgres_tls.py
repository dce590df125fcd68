"""A database that speaks TLS: only the one that it says it is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.certificate import Certificate, self_signed
from support.postgres import FAST, Cluster, a_cluster

from nb_presign.clock import SystemClock
from nb_presign.errors import StoreError
from nb_presign.store.sql import SqlStore

NAME = "db.example.org"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> tuple[Certificate, Certificate]:
    """PostgreSQL's own, and somebody else's."""
    own, other = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("other")
    return self_signed(own, NAME), self_signed(other, NAME)


@pytest.fixture(scope="module")
def cluster(certificates) -> Iterator[Cluster]:
    with a_cluster() as made:
        made.stop()
        for name, file in (("crt", certificates[0].chain), ("key", certificates[0].key)):
            _give(file, made.home / "data" / f"server.{name}")
        made.settings = (*FAST, "ssl=on")
        made.start()
        yield made


def _give(file: Path, to: Path) -> None:
    """Let PostgreSQL, and nobody else, read a file."""
    shutil.copyfile(file, to)
    to.chmod(0o600)
    owner = to.parent.stat()
    os.chown(to, owner.st_uid, owner.st_gid)


@pytest.fixture
def open_store(cluster, certificates) -> Iterator[Callable[..., SqlStore]]:
    stores = []

    def start(
        database: Cluster = cluster, authority: Path = certificates[0].chain, name: str = NAME
    ) -> SqlStore:
        query = {"sslmode": "verify-full", "sslrootcert": str(authority)}
        url = database.url(hostaddr="127.0.0.1", **query)
        stores.append(SqlStore(url.replace("@127.0.0.1:", f"@{name}:"), SystemClock()))
        return stores[-1]

    yield start
    for store in stores:
        store.close()


def test_whose_certificate_is_good_is_spoken_to_by_tls_alone(cluster, open_store):
    assert open_store().revision()
    with cluster.connect() as admin:
        found = admin.execute(
            "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE application_name = 'nb_presign'"
        )
        assert found.fetchall() == [(True,)]


def test_who_listens_does_so_by_tls(open_store):
    store = open_store()
    store.revision()
    with store._database._backend.listening()() as connection:
        asked = connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        assert asked.fetchone() == (True,)


@pytest.mark.parametrize(
    ("authority", "name"), [("other", NAME), ("none", NAME), ("own", "elsewhere.example.org")]
)
def test_who_is_somebody_else_is_told_nothing(
    cluster, certificates, open_store, tmp_path, authority, name
):
    own, other = (each.chain for each in certificates)
    files = {"own": own, "other": other, "none": tmp_path / "missing.pem"}
    with pytest.raises(StoreError, match="certificate is not trusted") as refused:
        open_store(authority=files[authority], name=name).revision()
    assert "sslrootcert=" in refused.value.hint
    assert cluster.password not in f"{refused.value} {refused.value.hint}"


def test_a_database_without_tls_is_told_nothing(postgres_cluster, open_store):
    with pytest.raises(StoreError, match="speaks no TLS") as refused:
        open_store(postgres_cluster).revision()
    assert "ssl = on" in refused.value.hint
