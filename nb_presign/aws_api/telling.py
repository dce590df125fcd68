"""Refused calls, told to the audit: few of many alike, so that a flood fills no disk."""

from __future__ import annotations

from nb_presign.audit import AuditEvent, Emit
from nb_presign.clock import Clock
from nb_presign.model import ACCESS_KEY, Actor
from nb_presign.policy import source_of
from nb_presign.throttle import Throttle

#: Seconds between two events of one refusal: by key or address, action and reason.
TOLD_EVERY = 60.0
#: Events of one key, and of all who have none: a second, and at once. Up to 370 bytes each, so that
#: strangers fill 6 MB a day at most, and each key as much.
ALL_RATE, ALL_BURST = 1 / 6, 60.0

#: Whose the allowance is of those without a key; no key's id.
_STRANGERS = "-"


class Teller:
    """Tells of refused calls; lives on the event loop."""

    def __init__(self, emit: Emit, clock: Clock) -> None:
        self._emit = emit
        self._told = Throttle(clock, rate=1 / TOLD_EVERY, burst=1)
        self._all = Throttle(clock, rate=ALL_RATE, burst=ALL_BURST)

    def refused(self, action: str, reason: str, *, key_id: str, address: str) -> None:
        """Tell that a call was refused, unless one like it was told of a moment ago.

        `key_id` is empty unless the signature is that key's: what strangers claim is not told. Each
        key has an allowance of its own, and strangers have one together, so that nobody drowns what
        others do.
        """
        who = key_id or source_of(address)
        alike, allowance = f"{who} {action} {reason}", key_id or _STRANGERS
        # Both or neither: what is not told now may be told when there is room again.
        if self._told.wait(alike) or self._all.wait(allowance):
            return
        self._told.spend(alike)
        self._all.spend(allowance)
        self._emit(
            AuditEvent(
                event="call.refused",
                action=action,
                actor=str(Actor(key_id, ACCESS_KEY)) if key_id else "",
                address=address,
                reason=reason,
            )
        )
