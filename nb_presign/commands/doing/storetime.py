"""Compares the machine's clock with the latest time that its store of links has seen.

A store goes on from that time, so that nothing that is over comes back when a clock is set back. A
clock that was once far ahead leaves its mark there, and all times that are shown are wrong by that.
"""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

from nb_presign.clock import Clock, SteadyClock
from nb_presign.duration import format_duration
from nb_presign.errors import StoreError
from nb_presign.model import Finding

#: What two clocks may differ by.
TOLERATED = timedelta(minutes=1)


def compare(store_url: str, clock: Clock) -> tuple[Finding, ...]:
    """Find out whether the clock is behind its store; blocks, and makes no store.

    Nothing is said of clocks that agree, nor of a store that cannot be read.
    """
    from sqlalchemy import make_url  # noqa: PLC0415  # heavy
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    from nb_presign.store.sql import SqlStore  # noqa: PLC0415

    try:
        url = make_url(store_url)
    except ArgumentError:
        return ()
    file = Path(url.database or "")
    # A database that servers share goes by its own clock, and no machine's counts.
    if url.get_backend_name() != "sqlite" or not file.is_file():
        return ()
    steady = SteadyClock(clock)
    store = SqlStore(store_url, steady)
    try:
        store.now()
    except StoreError:
        return ()
    finally:
        store.close()
    return (_behind(steady.behind(), file),) if steady.behind() > TOLERATED else ()


def _behind(behind: timedelta, file: Path) -> Finding:
    names = shlex.quote(f"{file.name}*")
    folder = shlex.quote(str(file.parent))
    away = f"run: find {folder} -maxdepth 1 -name {names} -exec mv {{}} {{}}.old ';'"
    return Finding(
        name="clock",
        ok=False,
        message=f"this machine's clock is {format_duration(behind.total_seconds())} behind what "
        "the store of links has seen; links and sessions go by the store",
        mend="Set the clock right, for example with 'timedatectl set-ntp true'. If it is right, it "
        f"was once ahead: to end all links and begin anew, stop the servers and {away}",
    )
