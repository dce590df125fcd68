"""From an operation's result to bytes: the other side of botocore's parsers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from botocore.model import Shape

from support.aws.reading import Meant


def written(meant: Meant, result: dict[str, Any], request_id: str) -> tuple[dict[str, str], bytes]:
    """Return headers and body of an answer."""
    shape = meant.model.output_shape
    if meant.protocol == "query":
        return {"Content-Type": "text/xml"}, _xml_answer(meant, shape, result, request_id)
    kind = "application/json" if meant.protocol == "rest-json" else "application/x-amz-json-1.1"
    body = json.dumps(_plain(shape, result)).encode() if shape else b""
    return {"Content-Type": kind}, body


def _plain(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            shape.members[name].serialization.get("name", name): _plain(shape.members[name], each)
            for name, each in value.items()
            if each is not None
        }
    if shape.type_name == "list":
        return [_plain(shape.member, each) for each in value]
    if shape.type_name == "map":
        return {key: _plain(shape.value, each) for key, each in value.items()}
    if isinstance(value, datetime):
        form = shape.serialization.get("timestampFormat", "unixTimestamp")
        return value.timestamp() if form == "unixTimestamp" else _iso(value)
    return value


def _xml_answer(meant: Meant, shape: Shape, result: dict[str, Any], request_id: str) -> bytes:
    name = meant.operation
    return (
        f'<{name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
        f"<{name}Result>{_xml(shape, result)}</{name}Result>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</{name}Response>"
    ).encode()


def _xml(shape: Shape, value: Any) -> str:
    if shape.type_name == "structure":
        inner = ((name, _xml(shape.members[name], each)) for name, each in value.items())
        return "".join(f"<{name}>{text}</{name}>" for name, text in inner)
    if shape.type_name == "list":
        return "".join(f"<member>{_xml(shape.member, each)}</member>" for each in value)
    return escape(_iso(value) if isinstance(value, datetime) else str(value))


def _iso(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
