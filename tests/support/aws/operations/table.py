"""Which operations there are, and what answers them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from support.aws.exchange import Answer
from support.aws.refusal import RefusedError


@dataclass(frozen=True)
class Served:
    """An operation of the fake."""

    answer: Answer
    #: Its resource in an ARN, with the parameters' names: `notebook-instance/{Name}`; or `*`.
    resource: str


TABLE: dict[tuple[str, str], Served] = {}


def serves(service: str, operation: str, resource: str = "*") -> Callable[[Answer], Answer]:
    """Put a function into the table."""

    def put(answer: Answer) -> Answer:
        TABLE[service, operation] = Served(answer, resource)
        return answer

    return put


def served(service: str, operation: str) -> Served:
    """Look it up; an operation that AWS has and this server does not is a mistake of the test."""
    found = TABLE.get((service, operation))
    if found is None:
        raise RefusedError(
            "InternalFailure", f"The fake does not serve {service}:{operation}.", 501
        )
    return found
