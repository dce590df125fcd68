"""Says in words how long a link is good: its URL, its session, its signer's credentials."""

from __future__ import annotations

from datetime import datetime

from nb_presign.duration import format_duration
from nb_presign.model import Link, LinkState

#: Said of a time that is not known.
UNKNOWN = "\N{EN DASH}"


def tell_when(then: datetime, at: datetime) -> str:
    """Write a time as seen from another."""
    seconds = (then - at).total_seconds()
    return f"in {format_duration(seconds)}" if seconds > 0 else f"{format_duration(-seconds)} ago"


def tell_end(link: Link, at: datetime) -> str:
    """Say when a link ends or ended, and why, if not by its URL's own time."""
    if link.revoked_at:
        return tell_when(link.revoked_at, at)
    return tell_when(link.good_until, at) + (", by credentials" if by_credentials(link) else "")


def tell_session(link: Link) -> str:
    """Write the length of the session that opening starts."""
    return format_duration(link.session_seconds) if link.session_seconds else UNKNOWN


def tell_credentials(link: Link, at: datetime) -> str:
    """Say when the signer's credentials end."""
    ends = link.credentials_expire_at
    return tell_when(ends, at) if ends else UNKNOWN


def by_credentials(link: Link) -> bool:
    """Tell whether its signer's credentials end before the URL does."""
    return link.good_until < link.expires_at


def facts_of_times(link: Link, at: datetime) -> list[tuple[str, str]]:
    """Write the clocks of a link, named; the first is the one that ends first."""
    state = link.state(at)
    live = state is LinkState.LIVE
    facts = [("expires" if live else "state", _expiry(link, state, at))]
    if live and by_credentials(link):
        facts.append(("url", _moment(link.expires_at, at)))
    opened = f"{tell_session(link)} after it is opened"
    unknown = f"{UNKNOWN} (the service does not say how long)"
    facts.append(("session", opened if link.session_seconds else unknown))
    if link.credentials_expire_at:
        facts.append(("signer", f"credentials end {_moment(link.credentials_expire_at, at)}"))
    if live and link.renew_by:
        facts.append(("renew", f"{_moment(link.renew_by, at)} at the latest, the service asks"))
    return facts


def _expiry(link: Link, state: LinkState, at: datetime) -> str:
    if state is LinkState.REVOKED and link.revoked_at:
        return f"revoked {tell_when(link.revoked_at, at)}"
    if state is LinkState.USED:
        return "used up"
    why = ", with the credentials that signed it" if by_credentials(link) else ""
    when = _moment(link.good_until, at) + why
    return when if state is LinkState.LIVE else f"expired {when}"


def _moment(then: datetime, at: datetime) -> str:
    return f"{tell_when(then, at)} ({then:%Y-%m-%d %H:%M:%S} UTC)"
