"""From a draft to a link: the call, the three clocks, and the path."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nb_presign.aws.gateway import AwsGateway
from nb_presign.clock import Clock
from nb_presign.errors import UpstreamTimeoutError
from nb_presign.model import Link
from nb_presign.policy import Range
from nb_presign.providers.aws.aim import Aim
from nb_presign.providers.aws.answers import auth_token_of, end_of, url_of
from nb_presign.providers.aws.operation import Opens
from nb_presign.providers.aws.paths import page_of, with_page
from nb_presign.secret import Secret
from nb_presign.settings import Settings

#: Seconds between two questions whether a URL is ready: the first pause, and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
#: Seconds that a URL is waited for: less than clients wait for an answer (30 s), so that they hear
#: why there is none.
PATIENCE = 25.0
#: Athena: programs call again every 10 minutes (its API reference), and before the token ends.
RENEWED_AFTER, RENEWED_BEFORE = timedelta(minutes=9), timedelta(seconds=60)
#: Stands for the note of a link whose path could not be put into its URL.
PLAIN = "Opens the start page; go on from there to the path."

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Minter:
    """Makes links by the operations of rows."""

    gateway: AwsGateway
    clock: Clock
    settings: Settings
    #: Waits some seconds.
    pause: Pause = asyncio.sleep

    async def mint(self, aim: Aim, draft: Link, *, host: str = "") -> Link:
        """Make the URL of a draft; `host` is where it must lead, if that is known.

        Raises what the gateway does, `BadAnswerError`, and `UpstreamTimeoutError`.
        """
        row = aim.row
        lifetime = _seconds(draft, row.lifetime)
        parameters = aim.mint_parameters()
        if row.expires_in:
            parameters[row.expires_in] = lifetime
        if row.session_seconds:
            parameters[row.session_seconds] = draft.session_seconds
        if row.prepare is not None:
            guess = self.settings.aws_open_paths
            parameters |= await row.prepare(self.gateway, aim, guess=guess)
        signer = await self.gateway.credentials(aim.place, fresh_for=lifetime)
        answer, begun = await self._ask(aim, parameters)
        url = url_of(row, answer, host=host, allowed=self.settings.aws_hosts)
        opened = self._open(aim, url, parameters)
        ends = end_of(row, answer, begun)
        return replace(
            draft,
            created_at=begun,
            expires_at=ends or begun + timedelta(seconds=lifetime),
            session_seconds=draft.session_seconds if row.session_seconds else 0,
            credentials_expire_at=signer.expires_at,
            renew_by=_renew_by(begun, ends) if ends else None,
            max_uses=1 if row.single_use else None,
            note=draft.note or ("" if opened else PLAIN),
            url=Secret(opened or url),
            auth_token=auth_token_of(row, answer),
        )

    async def _ask(self, aim: Aim, parameters: dict[str, Any]) -> tuple[dict[str, Any], datetime]:
        """Call until the URL is ready; return the answer and when it was asked for."""
        row, waited, pause = aim.row, 0.0, FIRST_PAUSE
        while True:
            # Counted from before the call: what AWS counts from is later.
            begun = self.clock.now()
            answer = await self.gateway.call(aim.place, row.service, row.operation, **parameters)
            if not row.answer.ready or answer.get(row.answer.ready):
                return answer, begun
            if waited >= PATIENCE:
                raise UpstreamTimeoutError(
                    f"The URL of the {aim} was not ready after {PATIENCE:.0f} seconds.",
                    hint="AWS may still be preparing it: try again in a minute.",
                    service=row.service,
                    operation=row.operation,
                )
            pause = min(pause, PATIENCE - waited)
            await self.pause(pause)
            waited, pause = waited + pause, min(pause * 2, LONGEST_PAUSE)

    def _open(self, aim: Aim, url: str, parameters: dict[str, Any]) -> str | None:
        """Put the path into a URL; None where it opens the start page instead."""
        if not aim.path:
            return url
        if aim.row.opens is Opens.LANDING:
            return url if "LandingUri" in parameters else None
        return with_page(url, page_of(aim.path)) if self.settings.aws_open_paths else None


def _seconds(draft: Link, lifetime: Range) -> int:
    """Read the lifetime that was agreed; that of a link made before may have a fraction more."""
    seconds = round((draft.expires_at - draft.created_at).total_seconds())
    return min(max(seconds, lifetime.low), lifetime.high)


def _renew_by(begun: datetime, ends: datetime) -> datetime:
    lifetime = ends - begun
    return begun + min(max(lifetime - RENEWED_BEFORE, lifetime / 2), RENEWED_AFTER)
