"""`api/openapi.json`: the description of the API, generated from the routes and the wire types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from nb_presign.rest.endpoint import Endpoint
from nb_presign.rest.operation import Operation, Parameter, Route
from nb_presign.wire import ErrorOut

#: Key of the function that makes the description, in the web application's settings.
DESCRIPTION = "nb_presign_openapi"

_REASONS = {
    302: "Nobody is signed in: to the login page.",
    400: "Something in the request is wrong.",
    401: "Nobody is signed in.",
    403: "Not allowed: a guest, another origin, no XSRF token, or by a policy of whoever opens it.",
    404: "There is no such thing.",
    405: "Not with this method.",
    409: "It is not in a state for that.",
    410: "The link is authentic, but no longer good.",
    413: "The body has more than 8 KiB.",
    415: "The body is not JSON.",
    429: "Too many attempts; Retry-After says when it may be tried again.",
    500: "An error of the server's own.",
    502: "Another server refused or failed.",
    503: "Links and sessions cannot be read or written now.",
    504: "Another server did not answer in time.",
}


class OpenApiEndpoint(Endpoint):
    """Shows the description to owners."""

    @web.authenticated
    @authorized("read", "nb-presign")
    async def get(self) -> None:
        self.finish(msgspec.json.encode(self.settings[DESCRIPTION]()))


def describe(routes: Iterable[Route], *, base_url: str, version: str) -> dict[str, Any]:
    """Write the OpenAPI 3.1 description of some routes, mounted below `base_url`."""
    routes = tuple(routes)
    operations = [operation for route in routes for operation in route.operations.values()]
    types = [ErrorOut, *(kind for op in operations for kind in _types(op))]
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "nb_presign",
            "version": version,
            "description": "Presigned URLs for Jupyter servers and sessions.",
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": f"{base_url}nb-presign"}],
        "paths": {f"/{route.path}": _path(route) for route in routes},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token <the owner's token>`, as everywhere in Jupyter.",
                }
            },
        },
    }


_REF = "#/components/schemas/{name}"


def _types(operation: Operation) -> list[Any]:
    kinds = [operation.body, *operation.answers.values()]
    return [kind for kind in kinds if kind is not None]


def _path(route: Route) -> dict[str, Any]:
    item: dict[str, Any] = {
        method: _operation(operation) for method, operation in route.operations.items()
    }
    if names := re.findall(r"\{(\w+)\}", route.path):
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    return item


def _operation(operation: Operation) -> dict[str, Any]:
    refused = sorted(operation.errors)
    written: dict[str, Any] = {
        "summary": operation.summary,
        "security": [{"token": []}] if operation.owner else [],
        "responses": {
            **{str(s): _success(operation, s, kind) for s, kind in operation.answers.items()},
            **{str(s): _refusal(operation, s) for s in refused},
        },
    }
    if operation.query:
        written["parameters"] = [_parameter(parameter) for parameter in operation.query]
    if operation.body is not None:
        written["requestBody"] = _content("application/json", _schema(operation.body))
    elif operation.form:
        written["requestBody"] = _content("application/x-www-form-urlencoded", _form(operation))
    if "requestBody" in written:
        written["requestBody"]["required"] = True
    return written


def _success(operation: Operation, status: int, kind: object) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": operation.summary}
    if status == HTTPStatus.SEE_OTHER:
        answer["headers"] = {
            "Location": {"required": True, "schema": {"type": "string", "format": "uri"}}
        }
    elif kind is not None:
        answer |= _content("application/json", _schema(kind))
    elif operation.media_type:
        answer |= _content(operation.media_type, {"type": "string"})
    return answer


def _refusal(operation: Operation, status: int) -> dict[str, Any]:
    content = (
        _content("text/html", {"type": "string"})
        if operation.refuses_in_html
        else _content("application/json", _schema(ErrorOut))
    )
    return {"description": _REASONS[status], **content}


def _content(media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {media_type: {"schema": schema}}}


def _schema(kind: object) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": {"type": "string", "maxLength": parameter.max_length},
    }


def _form(operation: Operation) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [field.name for field in operation.form if field.required],
        "properties": {
            field.name: {"type": "string", "description": field.description}
            for field in operation.form
        },
    }
