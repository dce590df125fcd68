"""When a live link is refreshed, and when it is tried again: plain arithmetic, no clock."""

from __future__ import annotations

from datetime import datetime

from nb_presign.errors import (
    ConflictError,
    CredentialsError,
    PresignError,
    RateLimitedError,
    UnavailableError,
    UpstreamError,
)
from nb_presign.model import Link
from nb_presign.policy import refresh_after
from nb_presign.policy.bounds import REFRESH_JITTER

#: First and longest pause after a failed refresh, seconds; doubled each time, and spread by half.
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
#: Errors after which trying again may help; any other needs a person.
PASSING = (ConflictError, RateLimitedError, UpstreamError, UnavailableError)
#: Seconds before the end of credentials within which no successor is asked for any more: they are
#: as good as ended, and a share of what is left would come to ever shorter waits.
CREDENTIALS_MARGIN = 60.0
#: Seconds over which links of the same ended credentials are spread.
CREDENTIALS_SPREAD = 15.0
#: Shortest wait until an upstream's own date for renewing, seconds; whatever that date is.
SHORTEST_RENEWAL = 60.0
#: Shortest wait for a share of the time of a cloud's link, seconds; what has less left is waited
#: for to its end. Where each successor ends when the first did, shares would come to ever shorter
#: waits. Less than the margins above: people may ask for links of half a minute.
SHORTEST_WAIT = 10.0


def refresh_in(link: Link, chance: float) -> float:
    """Tell how many seconds after its making a link is refreshed: before its first clock ends.

    `chance` in [0, 1) spreads links of one age. Never zero, so that an upstream whose links are
    over when they are made is not asked in a circle.
    """
    if link.good_until <= link.created_at:
        return _spread(LONGEST_PAUSE, chance)
    lasts = _since(link, link.expires_at)
    # Links of our own servers last anew each time.
    shortest = 0.0 if link.audience else min(lasts, SHORTEST_WAIT)
    waits = [max(refresh_after(lasts, chance), shortest)]
    if link.renew_by is not None:
        # At the latest then, so that the jitter is taken off.
        share = 1.0 - REFRESH_JITTER * (1.0 - chance)
        waits.append(max(SHORTEST_RENEWAL, _since(link, link.renew_by) * share))
    if link.credentials_expire_at is not None:
        waits.append(_renewed_in(_since(link, link.credentials_expire_at), chance))
    return min(waits)


def retry_in(error: PresignError, failures: int, chance: float) -> float | None:
    """Tell how many seconds to wait after the n-th failure in a row; None: a person is needed.

    Whoever signs in again is noticed, but at leisure: only they can mend what is wrong.
    """
    if isinstance(error, CredentialsError):
        return _spread(LONGEST_PAUSE, chance)
    if not isinstance(error, PASSING):
        return None
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 30), LONGEST_PAUSE)
    return max(_spread(pause, chance), min(_asked_to_wait(error), LONGEST_PAUSE) * (1 + chance))


def _renewed_in(left: float, chance: float) -> float:
    """Look for new credentials early; the last time just after the end, to hear what is wrong."""
    if left > CREDENTIALS_MARGIN:
        return refresh_after(left, chance)
    return left + CREDENTIALS_SPREAD * chance


def _asked_to_wait(error: PresignError) -> float:
    seconds = error.fields.get("retry_after")
    return float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else 0.0


def _spread(seconds: float, chance: float) -> float:
    return seconds * (0.5 + chance)


def _since(link: Link, moment: datetime) -> float:
    return (moment - link.created_at).total_seconds()
