"""What can be the matter with a store, done for real, for as long as a block lasts.

As root, permissions count for nothing: `unprivileged` starts a server for which they do.
"""

from __future__ import annotations

import os
import resource
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from faults.patient import Minted, Patient
from support.deaf_store import deaf

#: Takes the lock for writing, as another process that hangs in a transaction would.
_LOCK = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
#: Capabilities by which root reads and writes what permissions forbid (capabilities(7)).
_OVERRIDES = ("dac_override", "dac_read_search", "fowner")

Trouble = Callable[[Patient], AbstractContextManager[None]]


def unprivileged(directory: Path) -> Path:
    """Write a program that starts Python as a user to whom permissions apply."""
    program = directory / "python"
    drop = ""
    if os.geteuid() == 0:
        dropped = ",".join(f"-{name}" for name in _OVERRIDES)
        drop = f"setpriv --bounding-set={dropped} "
    program.write_text(f'#!/bin/sh\nexec {drop}{sys.executable} "$@"\n')
    program.chmod(0o755)
    return program


@contextmanager
def locked_for_writing(patient: Patient) -> Iterator[None]:
    """Hold the lock for writing: everybody can still read (SQLite, WAL)."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _LOCK, str(patient.store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield
    finally:
        holder.communicate()


@contextmanager
def locked(patient: Patient) -> Iterator[None]:
    """Hold every lock: nobody reads, either."""
    with deaf(patient.store):
        yield


@contextmanager
def full(patient: Patient) -> Iterator[None]:
    """Let the server's process write nothing to any file, as on a disk without a free byte.

    By its own limit (RLIMIT_FSIZE, setrlimit(2)), for which nobody has to be root; Python ignores
    the signal, so that write(2) fails.
    """
    pid = patient.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(patient: Patient) -> Iterator[None]:
    """Take the permission to write from the files and their directory.

    Files that are open stay open for writing, so each is exchanged for a copy.
    """
    with _saved(patient):
        for file in _files(patient):
            copy = file.with_name(file.name + ".copy")
            shutil.copyfile(file, copy)
            copy.chmod(0o400)
            copy.replace(file)
        patient.directory.chmod(0o500)
        try:
            yield
        finally:
            patient.directory.chmod(0o700)


@contextmanager
def overwritten_pages(patient: Patient) -> Iterator[None]:
    """Write nonsense over all but the first page, while the file is open, and over the log."""
    with _saved(patient):
        overwrite(patient.store, start=4096)
        overwrite(_beside(patient.store, "-wal"), start=32)
        yield


@contextmanager
def overwritten_header(patient: Patient) -> Iterator[None]:
    """Write nonsense over the whole database, its header first, and have the server open it."""
    with _saved(patient):
        size = patient.store.stat().st_size
        for name in ("-wal", "-shm"):
            _beside(patient.store, name).unlink(missing_ok=True)
        other = patient.store.with_name("nonsense")
        other.write_bytes(os.urandom(size))
        other.chmod(0o600)
        other.replace(patient.store)
        yield


@contextmanager
def truncated_log(patient: Patient) -> Iterator[None]:
    """Cut the write-ahead log to nothing while it is in use."""
    with _saved(patient):
        os.truncate(_beside(patient.store, "-wal"), 0)
        yield


@contextmanager
def deleted(patient: Patient) -> Iterator[None]:
    """Delete the database and what is beside it."""
    with _saved(patient):
        for file in _files(patient):
            file.unlink()
        yield


@contextmanager
def directory_removed(patient: Patient) -> Iterator[None]:
    """Take the whole directory away, keys and all."""
    elsewhere = patient.directory.with_name("elsewhere")
    patient.directory.rename(elsewhere)
    try:
        yield
    finally:
        # A server that made it anew would have forgotten everything.
        assert not patient.directory.exists()
        elsewhere.rename(patient.directory)


@contextmanager
def not_a_file(patient: Patient) -> Iterator[None]:
    """Put a directory in its place."""
    with _saved(patient):
        for file in _files(patient):
            file.unlink()
        patient.store.mkdir()
        try:
            yield
        finally:
            patient.store.rmdir()


@contextmanager
def another_store(patient: Patient) -> Iterator[None]:
    """Put a store in its place that knows of nothing, as a new one would be."""
    with _saved(patient):
        new = patient.store.with_name("new.sqlite")
        with closing(sqlite3.connect(patient.store)) as old, closing(sqlite3.connect(new)) as made:
            for (statement,) in old.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL"):
                made.execute(statement)
            made.executemany("INSERT INTO meta VALUES (?, ?)", old.execute("SELECT * FROM meta"))
            made.execute("UPDATE meta SET value = value + 1 WHERE name = 'revision'")
            made.execute("PRAGMA journal_mode=WAL")
            made.commit()
        for name in ("-wal", "-shm"):
            _beside(patient.store, name).unlink(missing_ok=True)
        new.chmod(0o600)
        new.replace(patient.store)
        yield


@contextmanager
def _saved(patient: Patient) -> Iterator[None]:
    """Have a copy of the store, and put it back at the end."""
    saved = patient.home / "saved.sqlite"
    saved.unlink(missing_ok=True)
    with closing(sqlite3.connect(patient.store)) as store:
        store.execute("VACUUM INTO ?", (str(saved),))
    with closing(sqlite3.connect(saved)) as copy:
        copy.execute("PRAGMA journal_mode=WAL")
    saved.chmod(0o600)
    try:
        yield
    finally:
        for name in ("-wal", "-shm"):
            _beside(patient.store, name).unlink(missing_ok=True)
        saved.replace(patient.store)


def _files(patient: Patient) -> list[Path]:
    return sorted(patient.directory.glob("store.sqlite*"))


def _beside(store: Path, name: str) -> Path:
    return store.with_name(store.name + name)


def overwrite(file: Path, *, start: int) -> None:
    """Write nonsense over all of a file from a place on."""
    with suppress(FileNotFoundError), file.open("r+b") as opened:
        size = os.fstat(opened.fileno()).st_size
        opened.seek(start)
        opened.write(os.urandom(max(0, size - start)))


def another_page(link: Minted) -> Minted:
    """Open a link once more, on a page that has not asked yet."""
    return replace(link, nonce=secrets.token_urlsafe(16))
