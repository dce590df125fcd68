"""AWS on loopback: one endpoint for all services, for any client that takes `AWS_ENDPOINT_URL`."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from support.aws.desk import Desk
from support.aws.faults import Fault
from support.aws.files import Files
from support.aws.keys import Key, new_key
from support.aws.lending import CONTAINER, LENT, START_URL
from support.aws.operations.table import TABLE
from support.aws.state import State
from support.aws.web import WebServer
from support.aws.world import REGION


class AwsServer(State):
    """Speaks AWS JSON, REST-JSON and the query protocol by botocore's models.

    Every request is checked (signature, clock, rules of the model, permission), counted in `calls`,
    and answered from `world`. Answers are checked as well; see `mistakes`. `State` has all that
    tests may look at and change meanwhile.
    """

    def __init__(self, directory: Path | None = None, *, latency: float = 0.0) -> None:
        super().__init__(latency=latency)
        #: Hosts outside of this machine that something wanted to reach; see the fixture `aws`.
        self.strayed: list[str] = []
        self._desk = Desk(self)
        self._web = WebServer(self._desk.serve)
        self._own = directory is None
        self.files = Files(directory or Path(tempfile.mkdtemp(prefix="aws-")))

    def __enter__(self) -> AwsServer:  # noqa: PYI034  # `Self` is of Python 3.11
        self._web.begin()
        return self

    def __exit__(self, *error: object) -> None:
        self._desk.close()
        self._web.end()
        if self._own:
            shutil.rmtree(self.files.directory)

    @property
    def url(self) -> str:
        """The endpoint."""
        return self._web.url

    @property
    def home(self) -> Path:
        """The home in which `~/.aws` holds what tools cache; the fixture has set HOME to it."""
        return self.files.directory

    @property
    def environment(self) -> dict[str, str]:
        """What makes AWS's tools and SDKs talk to this server only, with its default key."""
        return self.files.environment | self.key.variables | {"AWS_ENDPOINT_URL": self.url}

    @property
    def container(self) -> dict[str, str]:
        """What the environment of a container says instead of keys."""
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}{CONTAINER}"}

    def add_key(self, user: str = "ada", **facts: Any) -> Key:
        """Make a key that the server knows; `new_key` says of what."""
        key = new_key(user, **facts)
        self.keys.append(key)
        return key

    def add_profile(self, name: str, key: Key, *, region: str = REGION) -> Key:
        """Write a key into the credentials file, under a profile's name."""
        self.files.add(name, {"region": region}, key.variables)
        return key

    def add_sso_profile(self, name: str, *, signed_in: timedelta | None = None) -> None:
        """Write a profile of single sign-on, and a sign-in that lasts so long, or ended before."""
        said = {
            "sso_start_url": START_URL,
            "sso_region": REGION,
            "sso_account_id": self.key.account,
            "sso_role_name": "Scientist",
            "region": REGION,
        }
        self.files.add(name, said, {})
        if signed_in is not None:
            self.lender.sign_in(self.home, datetime.now(timezone.utc) + signed_in)

    def play(self, operation: str, fault: Fault, times: int | None = 1) -> Fault:
        """Have the next calls of an operation meet a fault; None: all; `*`: any operation."""
        _check(operation)
        self.programme.add(operation, fault, times)
        return fault

    def stop_playing(self) -> None:
        """Forget the faults, and let go what they hold back."""
        self.programme.end()

    def cut(self) -> None:
        """End all open connections."""
        self._web.cut()

    def count(self, operation: str) -> int:
        """Count the calls of an operation."""
        _check(operation)
        with self.lock:
            return sum(each.operation == operation for each in self.calls)


def _check(operation: str) -> None:
    # A name with a slip of the pen would be met, and counted, never.
    known = {"*"} | {name for _, name in (*TABLE, *LENT.values())}
    if operation not in known:
        raise ValueError(f"The fake does not serve {operation}.")
