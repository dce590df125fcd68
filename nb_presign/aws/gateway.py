"""The one way to AWS: off the event loop, checked, paced, and in our words when it fails."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from nb_presign.aws.botocore_types import Client, ServiceModel
from nb_presign.aws.calls.call import Call
from nb_presign.aws.calls.flight import Flights
from nb_presign.aws.calls.pace import Pace
from nb_presign.aws.calls.rules import check
from nb_presign.aws.calls.threads import DaemonThreads
from nb_presign.aws.errors.translate import translate
from nb_presign.aws.machine.likely import likely
from nb_presign.aws.machine.profiles import profile_names
from nb_presign.aws.place import Place
from nb_presign.aws.signer.credentials import Credentials, glance
from nb_presign.aws.signer.identity import Identity
from nb_presign.aws.signer.sessions import Sessions, no_region
from nb_presign.clock import Clock
from nb_presign.errors import CredentialsError, PresignError, UnavailableError

T = TypeVar("T")


class AwsGateway:
    """Calls AWS's operations for everybody in this process, on any event loop.

    Making one costs nothing: no import of boto's, no thread. Everything raises `PresignError` only,
    with `service`, `operation`, `profile`, `region` and, where AWS has said one, `aws_code`.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        threads: int = 16,
        pace: Pace | None = None,
        sessions: Sessions | None = None,
    ) -> None:
        self._clock = clock
        self._threads = DaemonThreads(threads)
        self._pace = pace or Pace(clock)
        self._sessions = sessions or Sessions(clock, connections=threads)
        self._reads: Flights[dict[str, Any]] = Flights(clock)
        #: What takes long the first time: equal ones are one, so that they fill no threads.
        self._clients: Flights[Client] = Flights(clock, kept_for=0)
        self._credentials: Flights[Credentials] = Flights(clock, kept_for=0)

    async def call(
        self, place: Place, service: str, operation: str, /, **parameters: object
    ) -> dict[str, Any]:
        """Call an operation, in botocore's spelling, and return its answer.

        Parameters are held against the service's model before anything is sent: `InputError` and
        `OutOfRangeError` say which rule they break.
        """
        call = Call(service, operation, place)
        client = await self._client(call)
        call = call.at(client.meta.region_name)
        check(client.meta.service_model, call, parameters)
        await self._pace.turn(call)
        return await self._run(call, lambda: _send(client, operation, parameters), of=place)

    async def read(
        self,
        place: Place,
        service: str,
        operation: str,
        /,
        *,
        fresh: bool = False,
        **parameters: object,
    ) -> dict[str, Any]:
        """Call an operation that changes nothing; equal ones at a time are one call.

        An answer is kept for 2 s; `fresh` wants one to a question that is asked now.
        """
        what = json.dumps(parameters, sort_keys=True, default=str)
        # With the stamp: after `%env AWS_PROFILE=…` the same place is another account.
        key = self._sessions.stamp(), place, service, operation, what
        answer = await self._reads.join(
            key, lambda: self.call(place, service, operation, **parameters), fresh=fresh
        )
        return copy.deepcopy(answer)

    async def credentials(self, place: Place, *, fresh_for: float = 0) -> Credentials:
        """Tell of the credentials that sign at a place.

        They are renewed first where less than `fresh_for` seconds are left. Raises
        `CredentialsError` and `UnknownProfileError`.
        """
        ready = self._sessions.ready(place)
        if ready and (found := glance(ready.session, place, self._clock, fresh_for=fresh_for)):
            return found

        look = partial(self._sessions.credentials, place, fresh_for=fresh_for)
        return await self._credentials.join(
            (self._sessions.stamp(), place, fresh_for),
            lambda: self._run(Call("", "", place), look, of=place),
        )

    async def identity(self, place: Place) -> Identity:
        """Ask whom AWS takes us for."""
        answer = await self.read(place, "sts", "GetCallerIdentity")
        return Identity(account=answer.get("Account", ""), arn=answer.get("Arn", ""))

    async def region(self, place: Place) -> str:
        """Find the region of a place; raises `NoRegionError`."""
        find = partial(self._sessions.session, place)
        region = (await self._run(Call("", "", place), find, of=place)).region
        if not region:
            raise no_region(place)
        return region

    async def profiles(self) -> tuple[str, ...]:
        """List the profiles of the shared files."""
        return await self._threads.run(profile_names)

    async def model(self, place: Place, service: str) -> ServiceModel:
        """Return what botocore knows of a service; needs a region, and no credentials."""
        return (await self._client(Call(service, "", place))).meta.service_model

    def likely(self) -> str:
        """Say why there can be no credentials, or "" if there may be; asks nobody."""
        return likely()

    def close(self) -> None:
        """Take no more calls; those that have begun end unheard."""
        self._threads.shutdown()
        self._sessions.close()

    async def _client(self, call: Call) -> Client:
        ready = self._sessions.ready(call.place)
        if ready and (client := ready.clients.get(call.service)):
            return client
        make = partial(self._sessions.client, call.place, call.service)
        key = self._sessions.stamp(), call
        return await self._clients.join(key, lambda: self._run(call, make, of=call.place))

    async def _run(self, call: Call, work: Callable[[], T], *, of: Place) -> T:
        """Run what blocks in a thread, and raise its errors in our words.

        They have no cause and no context: a foreign error's text may hold an answer with a URL.
        """
        try:
            done = await self._threads.run(partial(self._attempt, call, work, of))
        except RuntimeError as error:  # the pool's only: `_attempt` lets nothing else pass
            raise UnavailableError(
                "The connection to AWS has been closed here.",
                hint="Try again when the server is back.",
                **call.fields(),
            ) from error
        if isinstance(done, PresignError):
            raise done
        return done

    def _attempt(self, call: Call, work: Callable[[], T], of: Place) -> T | PresignError:
        try:
            return work()
        except PresignError as error:
            problem = error
        except Exception as error:  # noqa: BLE001  # whatever botocore and urllib3 raise
            problem = translate(error, call, self._clock, method=self._sessions.method(of))
        if isinstance(problem, CredentialsError):
            self._sessions.forget(of)
        return problem


def _send(client: Client, operation: str, parameters: dict[str, object]) -> dict[str, Any]:
    from botocore import xform_name  # type: ignore[import-untyped]  # noqa: PLC0415

    answer: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
    answer.pop("ResponseMetadata", None)
    return answer
