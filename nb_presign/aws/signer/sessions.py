"""boto's sessions and clients: made once for each place, and again when its configuration changes.

This is the only module that makes anything of botocore's, and it does so in whatever thread calls
it. Sessions are not thread-safe and are used under a lock; clients are, and are given out.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from nb_presign.aws.botocore_types import Client, Session
from nb_presign.aws.calls.bodies import refuse_pages
from nb_presign.aws.machine.metadata import this_notebook
from nb_presign.aws.machine.stamp import Stamp, environment_stamp, files_stamp
from nb_presign.aws.place import Place
from nb_presign.aws.signer.credentials import (
    Credentials,
    follows_environment,
    look,
    method_of,
    profile_option,
)
from nb_presign.clock import Clock
from nb_presign.errors import ConflictError, NoRegionError
from nb_presign.reticence import keep_quiet

#: Seconds to connect, and to wait for an answer; both are tried again by botocore.
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 20.0
#: Seconds between two looks at the shared files.
LOOK_EVERY = 1.0
#: How often what was read amid a change of its configuration is read again.
TRIES = 3


@dataclass(slots=True)
class Kept:
    """A session of one place, and the clients that were made with it."""

    session: Session
    region: str
    made_of: Stamp
    lock: threading.RLock = field(default_factory=threading.RLock)
    clients: dict[str, Client] = field(default_factory=dict)


class Sessions:
    """Keeps what botocore makes; for several threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        connections: int = 16,
        connect_timeout: float = CONNECT_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        self._clock = clock
        self._connections = connections
        self._timeouts = connect_timeout, read_timeout
        self._lock = threading.Lock()
        self._kept: dict[Place, Kept] = {}
        self._loader: object = None
        self._files: tuple[float, Stamp] | None = None

    def ready(self, place: Place) -> Kept | None:
        """Find a session that exists and is not out of date, without waiting for anything."""
        kept = self._kept.get(place)
        return kept if kept is not None and kept.made_of == self.stamp() else None

    def client(self, place: Place, service: str) -> Client:
        """Find or make a client; blocks. Raises `NoRegionError` and what botocore raises."""
        for kept in self._tries(place):
            if not kept.region:
                raise no_region(place)
            with kept.lock:
                client = kept.clients.get(service) or self._new_client(kept, service)
                if self._is_sound(kept, place):
                    kept.clients[service] = client
                    return client
        raise _changing(place)

    def credentials(self, place: Place, *, fresh_for: float = 0) -> Credentials:
        """Tell of a place's credentials, as `look` does; blocks and raises as it."""
        for kept in self._tries(place):
            with kept.lock:
                found = look(kept.session, place, self._clock, fresh_for=fresh_for)
                if self._is_sound(kept, place):
                    return found
        raise _changing(place)

    def _tries(self, place: Place) -> Iterator[Kept]:
        """Give sessions to whoever finds each of them unsound."""
        for _ in range(TRIES):
            yield self.session(place)
            self.forget(place)

    def _is_sound(self, kept: Kept, place: Place) -> bool:
        """Tell whether all that a session has read belongs together.

        What was read while another thread changed the environment could be one account's keys
        under another's stamp, and would be kept.
        """
        return kept.made_of == self.stamp() and follows_environment(kept.session, place)

    def session(self, place: Place) -> Kept:
        """Find or make a session; blocks. Raises what botocore raises."""
        stamp = self.stamp()
        with self._lock:
            kept = self._kept.get(place)
            if kept is None or kept.made_of != stamp:
                _close(kept)
                session = self._new_session(place)
                kept = Kept(session, region_of(place, session), stamp)
                self._kept[place] = kept
            return kept

    def forget(self, place: Place) -> None:
        """Begin anew with the next call: the credentials turned out to be no good."""
        with self._lock:
            _close(self._kept.pop(place, None))

    def method(self, place: Place) -> str:
        """Tell where a place's credentials were found, if that is known; asks nobody."""
        kept = self._kept.get(place)
        return method_of(kept.session) if kept else ""

    def stamp(self) -> Stamp:
        """Tell what sessions are made of now; equal as long as nothing has changed."""
        now = self._clock.monotonic()
        files = self._files
        if files is None or now - files[0] >= LOOK_EVERY:
            files = self._files = now, files_stamp()
        return environment_stamp(), files[1]

    def close(self) -> None:
        """Close idle connections."""
        with self._lock:
            for kept in self._kept.values():
                _close(kept)
            self._kept.clear()

    def _new_session(self, place: Place) -> Session:
        keep_quiet()
        from botocore import session as botocore  # type: ignore[import-untyped]  # noqa: PLC0415

        session = botocore.Session(profile=place.profile or None)
        if self._loader is None:
            self._loader = _new_loader()
        # One for all: it keeps the models that it has read.
        session.register_component("data_loader", self._loader)
        made: Session = session
        return made

    def _new_client(self, kept: Kept, service: str) -> Client:
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415

        connect, read = self._timeouts
        config = Config(
            connect_timeout=connect,
            read_timeout=read,
            max_pool_connections=self._connections,
            user_agent_extra=f"nb_presign/{version('nb_presign')}",
            retries=_retries(kept.session),
        )
        client: Client = kept.session.create_client(service, region_name=kept.region, config=config)
        client.meta.events.register("after-call", refuse_pages)
        if _is_address(client.meta.endpoint_url):
            # `env.127.0.0.1` is nobody; some operations (MWAA's) have such a prefix.
            client.meta.config.inject_host_prefix = False
        return client


def _close(kept: Kept | None) -> None:
    """Close idle connections; calls under way keep theirs."""
    for client in list(kept.clients.values()) if kept else ():
        client.close()


def region_of(place: Place, session: Session) -> str:
    """Find a place's region: its own, botocore's (variables, profile), the machine's; may be "".

    AWS_REGION is what other SDKs read, and what Studio, Lambda and containers set; botocore reads
    AWS_DEFAULT_REGION only. A notebook on SageMaker knows its own ARN.
    """
    found: list[Callable[[], str | None]] = [
        lambda: place.region,
        lambda: session.get_config_variable("region"),
        lambda: os.environ.get("AWS_REGION"),
        lambda: notebook.region if (notebook := this_notebook()) else None,
    ]
    return next((region for find in found if (region := find())), "")


def no_region(place: Place) -> NoRegionError:
    """Make the error for a place without a region."""
    option = profile_option(place.profile or "default")
    return NoRegionError(
        "There is no AWS region to look in.",
        hint="Add ?region=us-west-2 to the reference, or set one: "
        f"aws configure set region us-west-2{option}.",
        profile=place.profile,
    )


def _changing(place: Place) -> ConflictError:
    return ConflictError(
        "The AWS configuration changes while it is read.",
        hint="Try again when nothing sets AWS_… variables any more.",
        profile=place.profile,
    )


def _is_address(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return bool(ip_address(host))
    except ValueError:
        return host == "localhost"


def _retries(session: Session) -> dict[str, str]:
    """Choose standard retries (3 attempts, jitter) where the user has chosen nothing."""
    chosen = os.environ.get("AWS_RETRY_MODE") or session.get_scoped_config().get("retry_mode")
    return {} if chosen else {"mode": "standard"}


def _new_loader() -> object:
    from botocore.loaders import JSONFileLoader, Loader  # type: ignore[import-untyped]  # noqa: PLC0415

    class PlainLoader(JSONFileLoader):  # type: ignore[misc]  # botocore is not typed
        """Read models into plain dicts, which keep their order: a third of the time."""

        def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> object:
            if not os.path.isfile(full_path):  # noqa: PTH113  # a hundred calls
                return None
            with open_method(full_path, "rb") as file:
                return json.loads(file.read())

    return Loader(file_loader=PlainLoader())
