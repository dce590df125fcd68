"""Which facts of a link are believed that was minted elsewhere: those that could be true."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from nb_presign.errors import InputError, OutOfRangeError
from nb_presign.model import Actor, Link, is_id
from nb_presign.policy.bounds import Bounds

#: How far the clock of whoever minted it may be ahead.
AHEAD = timedelta(hours=1)
#: Where the upstream says itself when a link ends, it may be later than the bounds say.
LONGEST = timedelta(days=1)


def facts_of(link: Link, bounds: Bounds, reporter: Actor, *, now: datetime) -> Link:
    """Return what is kept of a reported link, on behalf of whoever reports it.

    Raises `InputError` for an id that is none, and as `believed` does.
    """
    if not (is_id(link.id, "lnk") and is_id(link.family, "lnk")):
        raise InputError("Not the id of a link.", hint="It is lnk_ and 16 hexadecimal digits.")
    return replace(
        believed(link, bounds, now),
        minted_by=str(reporter),
        url=None,
        auth_token=None,
        # What only our own links have.
        audience="",
        narrowing=None,
        uses=0,
        allowed_ips=(),
        bind_ip=False,
        permission=None,
        revoked_at=None,
    )


def believed(link: Link, bounds: Bounds, now: datetime) -> Link:
    """Return a link with a scope and uses that its provider has.

    Raises `OutOfRangeError` for times that no link of the provider has.
    """
    lifetime = link.expires_at - link.created_at
    longest = max(LONGEST, timedelta(seconds=bounds.expires_in.high))
    if link.created_at > now + AHEAD or not timedelta(0) < lifetime <= longest:
        raise OutOfRangeError(
            "No link of this provider was minted then, or is good for so long.",
            hint="Compare the clocks of both machines: timedatectl.",
            name="expires_at",
        )
    session = bounds.session_seconds
    high = session.high if session else 0
    if not 0 <= link.session_seconds <= high:
        raise OutOfRangeError(
            f"No session of this provider lasts {link.session_seconds} seconds.",
            hint=f"It lasts {high} at most.",
            name="session_seconds",
        )
    return replace(
        link,
        scope=link.scope if link.scope in bounds.scopes else bounds.default_scope,
        # Some upstreams make URLs that open once; none can be told another number.
        max_uses=1 if link.max_uses == 1 else None,
    )
