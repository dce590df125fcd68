"""How often one access key may call, and mint: else whoever has it fills the owner's lists.

As AWS does, calls beyond it are refused with an error that SDKs wait for and repeat.
"""

from __future__ import annotations

from nb_presign.aws_api.call import Operation
from nb_presign.clock import Clock
from nb_presign.errors import RateLimitedError
from nb_presign.throttle import Throttle

#: Calls: a second, and at once.
CALLS, CALLS_AT_ONCE = 20.0, 100.0
#: Links: a second, and at once; each is kept for days, with a policy.
MINTS, MINTS_AT_ONCE = 1.0, 60.0
#: What the names of operations that mint begin with.
_MINTING = "CreatePresigned"


class Pace:
    """Counts by key; lives on the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._calls = Throttle(clock, rate=CALLS, burst=CALLS_AT_ONCE)
        self._mints = Throttle(clock, rate=MINTS, burst=MINTS_AT_ONCE)

    def check(self, key_id: str, operation: Operation) -> None:
        """Count a call that was signed with a key; raises `RateLimitedError`."""
        mints = operation.name.startswith(_MINTING)
        if not self._calls.take(key_id) or (mints and not self._mints.take(key_id)):
            raise RateLimitedError("Rate exceeded", retry_after=1)
