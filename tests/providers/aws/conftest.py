"""Providers of AWS in this process, with real boto3, in front of a fake AWS on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.clock import FakeClock

from nb_presign.aws.calls.pace import Pace
from nb_presign.aws.gateway import AwsGateway
from nb_presign.model import Link, Scope, Target, new_id
from nb_presign.providers.aws.operations import operation
from nb_presign.providers.aws.provider import AwsProvider
from nb_presign.providers.context import ProviderContext
from nb_presign.reference import parse


@pytest.fixture
def clock() -> FakeClock:
    """Begin at the present: AWS does not answer to signatures of another time."""
    return FakeClock(datetime.now(timezone.utc).replace(microsecond=0))


@pytest.fixture
def gateway(
    aws,  # noqa: ARG001  # no other AWS can be found
    clock,
) -> Iterator[AwsGateway]:
    # The clock stands still, and would never let a call pass that has to wait for its turn.
    gateway = AwsGateway(clock, pace=Pace(clock, rate=1, burst=10_000))
    yield gateway
    gateway.close()


@pytest.fixture
def context(gateway, clock, offload, settings_of, network) -> Callable[..., ProviderContext]:
    def make(**settings: Any) -> ProviderContext:
        return ProviderContext(
            settings=settings_of(**settings),
            clock=clock,
            offload=offload,
            connect=network.connect,
            aws=gateway,
        )

    return make


class Pauses:
    """Notes how long it was to wait, and turns the clock instead."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.clock.tick(seconds)


@pytest.fixture
def pauses(clock) -> Pauses:
    return Pauses(clock)


@pytest.fixture
def reached() -> list[str]:
    """Hold the hosts that were connected to."""
    return []


@pytest.fixture
def make(context, pauses, reached) -> Callable[..., AwsProvider]:
    """Make the provider of a row; settings by name."""

    async def reach(host: str) -> None:
        reached.append(host)

    def make(name: str, **settings: Any) -> AwsProvider:
        return AwsProvider(operation(name), context(**settings), pause=pauses, reach=reach)

    return make


@pytest.fixture
def draft(clock) -> Callable[..., Link]:
    """Draft a link as the service does."""

    def make(provider: AwsProvider, target: Target | str, **facts: Any) -> Link:
        bounds = provider.bounds
        session = bounds.session_seconds
        found = parse(target) if isinstance(target, str) else target
        assert isinstance(found, Target)
        return Link(
            **{
                "id": new_id("lnk"),
                "target": found,
                "created_at": clock.now(),
                "expires_at": clock.now() + timedelta(seconds=bounds.expires_in.default),
                "session_seconds": session.default if session else 0,
                "scope": Scope.FULL,
                "minted_by": "local:alice",
                **facts,
            }
        )

    return make
