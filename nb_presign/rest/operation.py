"""What the description of the API says about one method of one path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tornado.web import RequestHandler

#: What anything for owners may answer besides what it is for.
OWNER_ERRORS = (400, 401, 403, 500, 503)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter."""

    name: str
    description: str
    required: bool = False
    max_length: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method."""

    summary: str
    #: Status of success and the wire type of its body; None: no JSON.
    answers: Mapping[int, Any]
    errors: tuple[int, ...] = OWNER_ERRORS
    #: Wire type of the JSON body.
    body: Any = None
    #: Names and descriptions of a form's fields.
    form: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    #: Media type of success.
    media_type: str = "application/json"
    #: Whether its errors are pages for people.
    refuses_in_html: bool = False
    #: Whether it is for owners only.
    owner: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """A path below `nb-presign/` with `{name}` for what varies, who answers it, and how."""

    path: str
    handler: type[RequestHandler]
    operations: Mapping[str, Operation] = field(default_factory=dict)
