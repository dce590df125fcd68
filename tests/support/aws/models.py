"""What botocore knows of the services: loaded once, asked by every request."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

SERVICES = (
    "sagemaker",
    "athena",
    "emr",
    "emr-serverless",
    "mwaa",
    "kinesisanalyticsv2",
    "sts",
)


@lru_cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@lru_cache
def service(name: str) -> ServiceModel:
    """Return a service's model."""
    return _session().get_service_model(name)


@lru_cache
def operation(name: str, spelling: str) -> OperationModel:
    """Return an operation's model."""
    return service(name).operation_model(spelling)


def named_by_target(prefix: str) -> str | None:
    """Find the service whose requests bear this prefix in `X-Amz-Target`."""
    names = (s for s in SERVICES if service(s).metadata.get("targetPrefix") == prefix)
    return next(names, None)


def named_by_signature(signing_name: str) -> str | None:
    """Find the service that signs with this name."""
    return next((s for s in SERVICES if service(s).signing_name == signing_name), None)


@lru_cache
def _routes(name: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    found = []
    for each in service(name).operation_names:
        http = operation(name, each).http
        template = http["requestUri"].partition("?")[0]
        parts = re.split(r"\{(\w+)(\+?)\}", template)
        # Literal, name, greedy or not, literal, …
        pattern = re.escape(parts[0])
        for label, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            pattern += f"(?P<{label}>{'.+' if greedy else '[^/]+'}){re.escape(literal)}"
        found.append((http["method"], re.compile(pattern), each))
    return tuple(found)


def routed(name: str, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Find the operation that a request line means, and the labels in its path."""
    for verb, pattern, spelling in _routes(name):
        if verb == method and (match := pattern.fullmatch(path)):
            return spelling, {label: unquote(value) for label, value in match.groupdict().items()}
    return None
