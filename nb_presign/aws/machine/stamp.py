"""What a session was made of, so that it is noticed when that has changed.

`aws configure`, `aws sso login`, an edited profile and `%env AWS_PROFILE=…` take effect with the
next call, as they would for a program that was started then.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

#: Equal while nothing has changed. Holds digests only: the environment has secrets.
Stamp: TypeAlias = tuple[object, ...]

#: Variables begin so: AWS's own, where `~` is, and the way there.
_READ = ("AWS_", "HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http", "no_proxy")


def environment_stamp() -> Stamp:
    """Tell apart the variables that botocore reads; 20 µs."""
    # What `hash` makes of text has a secret seed of this process. Names first: each value that is
    # looked at is decoded anew.
    names = [name for name in os.environ if name.startswith(_READ)]
    return tuple(hash((name, os.environ.get(name))) for name in names)


def files_stamp() -> Stamp:
    """Tell versions of the shared files apart; two looks into a directory."""
    return tuple(_version(path) for path in shared_files())


def shared_files() -> tuple[Path, Path]:
    """Find the shared credentials and configuration files, whether or not they exist.

    The variables are those of the AWS SDKs and Tools Reference Guide, "Location of the shared
    config and credentials files".
    """
    credentials = os.environ.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
    config = os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")
    return Path(_expanded(credentials)), Path(_expanded(config))


def _expanded(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))  # noqa: PTH111  # ~ of nobody stays


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
