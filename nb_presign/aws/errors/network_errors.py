"""What botocore raises where AWS cannot be reached, by class."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nb_presign.aws.errors.foreign import Foreign
from nb_presign.errors import (
    PresignError,
    UnreachableError,
    UpstreamThrottledError,
    UpstreamTimeoutError,
)


def _connect_timeout(it: Foreign) -> PresignError:
    return it.make(
        UpstreamTimeoutError,
        f"{it.host} cannot be connected to: no answer.",
        "Check the network, the region and HTTPS_PROXY; inside a VPC, its endpoint for "
        f"{it.call.service}.",
    )


def _read_timeout(it: Foreign) -> PresignError:
    return it.make(
        UpstreamTimeoutError,
        f"{it.host} took the request and does not answer.",
        "Try again; AWS may be slow just now: https://health.aws.amazon.com.",
    )


def _no_connection(it: Foreign) -> PresignError:
    if _speaks_of_names(it.known.get("error")):
        return it.make(
            UnreachableError,
            f"There is no host {it.host}: its name cannot be resolved.",
            "Check the spelling of the region, the network and its DNS.",
        )
    return it.make(
        UnreachableError,
        f"{it.host} cannot be reached.",
        "Check the network, and HTTPS_PROXY and AWS_ENDPOINT_URL if they are set.",
    )


def _speaks_of_names(error: object) -> bool:
    return "resolve" in str(error).lower() or "gaierror" in type(error).__name__


def _tls(it: Foreign) -> PresignError:
    return it.make(
        UnreachableError,
        f"The connection to {it.host} cannot be made safely: its certificate is not trusted here.",
        "Set AWS_CA_BUNDLE to the certificates of your network, and check the clock.",
    )


def _proxy(it: Foreign) -> PresignError:
    return it.make(
        UnreachableError,
        f"The proxy on the way to {it.host} does not connect.",
        "Check HTTPS_PROXY and NO_PROXY.",
    )


def _cut(it: Foreign) -> PresignError:
    return it.make(
        UnreachableError,
        f"{it.host} closed the connection before it had answered.",
        "Try again; if it lasts, look for a proxy in between: HTTPS_PROXY.",
    )


def _busy(it: Foreign) -> PresignError:
    return it.make(
        UpstreamThrottledError,
        f"Too many calls of {it.call} have failed just now.",
        "Try again in 5 s.",
        retry_after=5.0,
    )


#: By the name of the class.
NETWORK_ERRORS: Mapping[str, Callable[[Foreign], PresignError]] = {
    "InvalidProxiesConfigError": _proxy,
    "ConnectTimeoutError": _connect_timeout,
    "ReadTimeoutError": _read_timeout,
    "EndpointConnectionError": _no_connection,
    "SSLError": _tls,
    "ProxyConnectionError": _proxy,
    "ConnectionClosedError": _cut,
    "ResponseStreamingError": _cut,
    "IncompleteReadError": _cut,
    "HTTPClientError": _no_connection,
    "ConnectionError": _no_connection,
    "CapacityNotAvailableError": _busy,
}
