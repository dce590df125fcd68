from __future__ import annotations

import asyncio

import pytest
from support.clock import FakeClock

from nb_presign.aws_api.lookups import AT_ONCE, TOLD_EVERY, WAITING, Lookups
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import RateLimitedError, StoreError


class Hanging:
    """A store that does not answer until it is told to."""

    def __init__(self):
        self.asked = 0
        self.awake = asyncio.Event()

    async def find(self, key_id):
        self.asked += 1
        await self.awake.wait()
        return key_id


class Away:
    async def find(self, key_id):
        raise StoreError(f"No store, and no {key_id}.", hint="Mend /srv/ann/store.sqlite.")


def test_a_store_that_hangs_is_asked_by_a_few_and_waited_for_by_some():
    async def crowd():
        hanging = Hanging()
        lookups = Lookups(hanging, FakeClock())
        waiting = [asyncio.ensure_future(lookups.find(str(n))) for n in range(AT_ONCE + WAITING)]
        await asyncio.sleep(0)
        assert hanging.asked == AT_ONCE
        with pytest.raises(RateLimitedError, match="Rate exceeded"):
            await lookups.find("one too many")
        hanging.awake.set()
        assert await asyncio.gather(*waiting) == [str(n) for n in range(AT_ONCE + WAITING)]
        assert await lookups.find("the next") == "the next"

    asyncio.run(crowd())


def test_who_hangs_up_makes_room():
    async def crowd():
        hanging = Hanging()
        lookups = Lookups(hanging, FakeClock())
        waiting = [asyncio.ensure_future(lookups.find(str(n))) for n in range(AT_ONCE + WAITING)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        hanging.awake.set()
        assert await lookups.find("the next") == "the next"

    asyncio.run(crowd())


def test_why_nobody_can_tell_is_for_the_log_and_there_once_a_minute(caplog):
    clock = FakeClock()
    lookups = Lookups(Away(), clock)

    def told():
        with pytest.raises(RefusedError) as refused:
            asyncio.run(lookups.find("NBPKX"))
        assert (refused.value.kind, refused.value.status) == ("ServiceUnavailable", 503)
        assert "store" not in str(refused.value)
        return caplog.text.count("Mend /srv/ann/store.sqlite.")

    assert [told() for _ in range(3)] == [1, 1, 1]
    clock.tick(TOLD_EVERY)
    assert told() == 2
