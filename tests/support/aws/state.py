"""What the server knows, and tests look at and change."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from support.aws.exchange import Call
from support.aws.furnishing import furnish
from support.aws.keys import Key, new_key
from support.aws.lending import Lender
from support.aws.minting import Mint
from support.aws.programme import Programme
from support.aws.world import REGION, Place


@dataclass(eq=False, repr=False)
class State:
    """All that a request is answered from."""

    #: Seconds that every answer takes at the least.
    latency: float = 0.0
    #: How far the server's clock is ahead of the machine's.
    skew: timedelta = timedelta(0)
    #: No page of a list is longer.
    page_size: int = 100
    #: Who is asked for if a test does not say.
    key: Key = field(default_factory=new_key)
    #: All keys that are known.
    keys: list[Key] = field(default_factory=list)
    #: What was asked, in the order of arrival.
    calls: list[Call] = field(default_factory=list)
    #: Answers that did not fit the model: the fake's own mistakes.
    mistakes: list[str] = field(default_factory=list)
    #: URLs and tokens that were given out.
    mint: Mint = field(default_factory=Mint)
    #: Lends keys to containers and to whoever has signed in; `lender.lasts` holds for those of
    #: AssumeRole as well.
    lender: Lender = field(default_factory=Lender)
    programme: Programme = field(default_factory=Programme)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        self.keys.append(self.key)
        furnish(self.place())

    @property
    def world(self) -> Place:
        """What the default key sees in the default region: one of everything."""
        return self.place()

    def place(self, region: str = REGION, *, account: str = "") -> Place:
        """Return what an account (the default key's) has in a region; nothing, at first."""
        account = account or self.key.account
        with self.lock:
            return self.places.setdefault((account, region), Place(account, region))

    def secrets(self) -> list[str]:
        """List all that nobody else may be shown: URLs, tokens, keys' secrets."""
        keys = [text for key in self.keys for text in (key.secret, key.token) if text]
        return [*self.mint.urls, *self.mint.tokens, *keys, self.lender.token]
