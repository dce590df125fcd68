"""From a request to its answer: whose it is, what it asks for, whether it may; knows no tornado.

The order is AWS's, but for one thing: nothing of a body is read before it is known who signed it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

from nb_presign.aws_api import constraints, reading, writing
from nb_presign.aws_api.call import Call, Operation
from nb_presign.aws_api.claim import read_claim
from nb_presign.aws_api.failures import Failures
from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.judging import Judge
from nb_presign.aws_api.lookups import Lookups
from nb_presign.aws_api.models import Models
from nb_presign.aws_api.pace import Pace
from nb_presign.aws_api.refusal import FAILURE, NOT_FOUND, RefusedError, refused
from nb_presign.aws_api.signature import check_scope, check_signature
from nb_presign.aws_api.telling import Teller
from nb_presign.clock import Clock
from nb_presign.errors import PresignError
from nb_presign.model import ACCESS_KEY, AccessKey, Actor, is_access_key_id
from nb_presign.offload import Offload
from nb_presign.policy import Visit
from nb_presign.providers.base import LocalServer
from nb_presign.redemption import Redeemer
from nb_presign.service import PresignService

#: By the prefix of `X-Amz-Target`, the service as botocore calls it; it signs by the same name.
SERVICES = {"SageMaker": "sagemaker", "AmazonAthena": "athena"}
#: What our own paths end in, behind what a proxy may have taken away.
PATH = "nb-presign/aws"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back, and what the log may know of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    #: `sagemaker:ListNotebookInstances`, as far as it was found out.
    action: str = ""
    #: Id of the key, once its signature is known to be good.
    key_id: str = ""
    #: What AWS calls the refusal; empty: it was done.
    refusal: str = ""


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a request has come, for whoever tells of its end."""

    service: str = ""
    action: str = ""
    key_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Answers calls of AWS's wire protocol for one server."""

    keys: Lookups
    operations: Mapping[str, Mapping[str, Operation]]
    models: Models
    service: PresignService
    redeemer: Redeemer
    local: LocalServer
    offload: Offload
    clock: Clock
    failures: Failures
    pace: Pace
    teller: Teller
    region: str
    #: The address of this server for others, if one is configured: proxies change what we see.
    public_url: str = ""

    async def answer(self, incoming: Incoming, visit: Visit) -> Answer:
        """Do what a request asks for, or say no in AWS's words; raises nothing."""
        progress = Progress()
        try:
            body = await self._done(incoming, visit, progress)
        except Exception as error:  # noqa: BLE001  # a client of AWS understands AWS's answers only
            answer = refusal(error, progress)
            if answer.status < FAILURE:
                self.teller.refused(
                    answer.action, answer.refusal, key_id=answer.key_id, address=visit.address
                )
            return answer
        return Answer(
            status=200,
            headers=_headers(),
            body=body,
            action=progress.action,
            key_id=progress.key_id,
        )

    async def _done(self, incoming: Incoming, visit: Visit, progress: Progress) -> bytes:
        incoming.check_size()
        operation = self._operation(incoming)
        progress.service, progress.action = operation.service, operation.action
        try:
            key = await self._signer(incoming, operation.service)
        except RefusedError as error:
            if error.status < FAILURE:  # else it is no failure of theirs
                self.failures.add(visit.address)
            raise
        progress.key_id = key.id
        self.pace.check(key.id, operation)
        model = self.models.operation(operation.service, operation.name)
        given = reading.read_members(model.input_shape, reading.read_object(incoming.body))
        constraints.check(model.input_shape, given, service=operation.service)
        now = self.clock.now()
        result = await operation.perform(
            Call(
                given=given,
                key=key,
                visit=visit,
                api=self.service.acting_as(Actor(key.id, ACCESS_KEY)),
                local=self.local,
                user=self.service.actor.name,
                region=self.region,
                redeemer=self.redeemer,
                authorize=Judge(key, visit, now),
            )
        )
        return writing.write(model.output_shape, result)

    def _operation(self, incoming: Incoming) -> Operation:
        """Find what is asked for."""
        media_type = incoming.header("content-type").partition(";")[0].strip().lower()
        if incoming.method != "POST" or media_type != reading.MEDIA_TYPE:
            raise RefusedError(
                "UnknownOperationException",
                f"Operations are asked for by POST, with Content-Type: {reading.MEDIA_TYPE}.",
                status=NOT_FOUND,
            )
        prefix, dot, name = incoming.header("x-amz-target").partition(".")
        operation = self.operations.get(SERVICES.get(prefix, ""), {}).get(name)
        if operation is None:
            known = ", ".join(sorted(name for each in self.operations.values() for name in each))
            raise RefusedError(
                "UnknownOperationException",
                f"This server has no such operation; it has {known}." if dot else "",
            )
        return operation

    async def _signer(self, incoming: Incoming, service: str) -> AccessKey:
        """Find out whose key signed a request; raises `RefusedError`."""
        claim = read_claim(incoming)
        check_scope(claim, region=self.region, service=service, now=self.clock.now())
        # Keys are looked for only where there may be one.
        found = await self.keys.find(claim.key_id) if is_access_key_id(claim.key_id) else None
        # Not before: they are large, and are not loaded for whoever guesses at this address.
        await self.models.wait(self.offload)
        key, secret = found or (None, None)
        check_signature(incoming, claim, secret, places=self._places(incoming))
        if key is None:  # it was told by now
            raise RefusedError("UnrecognizedClientException")
        return key

    def _places(self, incoming: Incoming) -> tuple[tuple[str, str], ...]:
        """List hosts and paths that the client may have known us by.

        What the request says; the same without a port, which Dart's SDK leaves out (shared_aws_api
        2); and the public address.
        """
        host, path = incoming.header("host"), incoming.path
        places = {(host, path): None, (host.rpartition(":")[0] or host, path): None}
        if self.public_url:
            url = urlsplit(self.public_url)
            slash = "/" if path.endswith("/") else ""
            places[url.netloc, f"{url.path.rstrip('/')}/{PATH}{slash}"] = None
        return tuple(places)


def refusal(error: Exception, progress: Progress | None = None) -> Answer:
    """Say no, in AWS's words."""
    progress = progress or Progress()
    said = refused(error, progress.service)
    # Those who look up keys have told already of what nobody signed.
    if said.status >= FAILURE and (progress.key_id or not isinstance(error, RefusedError)):
        # Of an exception that nobody expected not even the text: it may quote anything.
        told = str(error) if isinstance(error, PresignError) else type(error).__name__
        _log.error("AWS's protocol: %s failed: %s", progress.action or "a call", told)
    return Answer(
        status=said.status,
        headers={**_headers(), "x-amzn-ErrorType": said.kind},
        body=writing.write_refusal(said, progress.service),
        action=progress.action,
        key_id=progress.key_id,
        refusal=said.kind,
    )


def _headers() -> dict[str, str]:
    return {"Content-Type": reading.MEDIA_TYPE, "x-amzn-RequestId": str(uuid4())}
