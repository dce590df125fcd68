"""Bodies that are no answers: pages, half of an answer, nothing at all.

botocore takes JSON that it cannot read in an answer of status 200 for an answer without members, so
that a sign-in page of a proxy's looks like an empty list.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from nb_presign.aws.botocore_types import OperationModel


class NotAnAnswerError(Exception):
    """What came is not what was asked for; holds nothing of it."""


class HttpResponse(Protocol):
    """What botocore received."""

    status_code: int
    #: None where nothing was sent (botocore's Stubber).
    raw: object
    content: bytes


def refuse_pages(
    http_response: HttpResponse, parsed: dict[str, Any], model: OperationModel, **_: object
) -> None:
    """Raise `NotAnAnswerError` for an answer without members that is no JSON object.

    A handler of botocore's event `after-call`.
    """
    expects = model.output_shape is not None and model.output_shape.members
    if not expects or parsed.keys() > {"ResponseMetadata"} or http_response.raw is None:
        return
    if http_response.status_code < 300 and _is_json(model):  # noqa: PLR2004  # errors are others'
        try:
            answer = json.loads(http_response.content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NotAnAnswerError


def _is_json(model: OperationModel) -> bool:
    service = model.service_model
    return "json" in str(getattr(service, "resolved_protocol", service.protocol))
