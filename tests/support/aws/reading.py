"""From bytes to an operation and its parameters: the side of the protocols that botocore lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from botocore.model import OperationModel, Shape

from support.aws import models
from support.aws.refusal import RefusedError


@dataclass(frozen=True)
class Incoming:
    """A request as it came; header names are in lower case."""

    method: str
    #: Path and query, byte for byte.
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


@dataclass(frozen=True)
class Meant:
    """What a request asks for."""

    service: str
    operation: str
    parameters: Mapping[str, Any]

    @property
    def model(self) -> OperationModel:
        return models.operation(self.service, self.operation)

    @property
    def protocol(self) -> str:
        return models.service(self.service).protocol


def read(incoming: Incoming, signing_name: str) -> Meant:
    """Find out what is asked for; raise `RefusedError` where AWS could not either."""
    if "x-amz-target" in incoming.headers:
        return _json(incoming)
    service = models.named_by_signature(signing_name)
    if service is None:
        raise RefusedError(
            "UnknownOperationException", "No service is known by this signature.", 404
        )
    if models.service(service).protocol == "query":
        return _query(incoming, service)
    return _rest(incoming, service)


def _json(incoming: Incoming) -> Meant:
    prefix, _, spelling = incoming.headers["x-amz-target"].rpartition(".")
    service = models.named_by_target(prefix)
    if service is None or spelling not in models.service(service).operation_names:
        raise RefusedError("UnknownOperationException", "")
    version = models.service(service).metadata["jsonVersion"]
    if incoming.headers.get("content-type") != f"application/x-amz-json-{version}":
        raise RefusedError("SerializationException", "Unexpected content type.", 415)
    if incoming.method != "POST" or incoming.target != "/":
        raise RefusedError("UnknownOperationException", "", 404)
    return Meant(service, spelling, _object(incoming.body))


def _rest(incoming: Incoming, service: str) -> Meant:
    found = models.routed(service, incoming.method, incoming.path)
    if found is None:
        raise RefusedError("UnknownOperationException", "", 404)
    spelling, labels = found
    shape = models.operation(service, spelling).input_shape
    given: dict[str, Any] = _object(incoming.body) if incoming.body else {}
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        location = member.serialization.get("location")
        if location == "uri" and wire in labels:
            given[name] = _typed(member, [labels[wire]])
        elif location == "querystring" and wire in incoming.query:
            given[name] = _typed(member, incoming.query[wire])
        elif location == "header" and wire.lower() in incoming.headers:
            given[name] = _typed(member, [incoming.headers[wire.lower()]])
    return Meant(service, spelling, given)


def _query(incoming: Incoming, service: str) -> Meant:
    form = dict(parse_qsl(incoming.body.decode(), keep_blank_values=True))
    spelling = form.pop("Action", "")
    version = form.pop("Version", "")
    if version != models.service(service).metadata["apiVersion"] or (
        spelling not in models.service(service).operation_names
    ):
        raise RefusedError("InvalidAction", f"Could not find operation {spelling}", 400)
    shape = models.operation(service, spelling).input_shape
    members = shape.members if shape else {}
    return Meant(
        service,
        spelling,
        {n: _typed(members[n], [v]) if n in members else v for n, v in form.items()},
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise RefusedError(
            "SerializationException", "Start of structure or map found where not expected."
        )
    return given


def _typed(shape: Shape, texts: list[str]) -> object:
    """Read what HTTP can only carry as text; what is no such value stays text, to be refused."""
    if shape.type_name == "list":
        return [_typed(shape.member, [text]) for text in texts]
    text = texts[-1]
    if shape.type_name in {"integer", "long"} and text.lstrip("-").isdigit():
        return int(text)
    if shape.type_name == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
