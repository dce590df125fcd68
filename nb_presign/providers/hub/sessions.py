"""Which of a Hub's shares come from our links, and when their sessions are over; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nb_presign.model import Link
from nb_presign.providers.hub.aim import NAME, UNNAMED
from nb_presign.providers.hub.answers import CodeModel, ShareModel
from nb_presign.providers.hub.place import HubPlace
from nb_presign.providers.hub.scopes import MARK, for_server

#: A share is made just before its code's `last_exchanged_at` is set, in one request.
AT_ONCE = timedelta(seconds=5)
#: A code is looked at first, and the share made a moment later.
SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """When somebody could come in by a link, and for how long."""

    link_id: str
    user: str
    server: str
    code_id: str
    #: By the Hub's clock.
    begins: datetime
    ends: datetime
    lasts: timedelta
    #: When the link was revoked, and its sessions with it.
    revoked_at: datetime | None = None

    @property
    def over(self) -> datetime:
        """When the last session that it could have begun is over."""
        return self.ends + self.lasts

    def made_by(self, code: CodeModel) -> bool:
        """Tell whether a code is this link's: SQLite gives the id of a deleted one to the next."""
        return code.id == self.code_id and abs(code.expires_at - self.ends) <= SLACK

    def covers(self, moment: datetime) -> bool:
        """Tell whether somebody could come in then."""
        return self.begins <= moment <= self.ends + SLACK

    def end_of(self, session_from: datetime) -> datetime:
        """Tell when a session is over."""
        end = session_from + self.lasts
        return end if self.revoked_at is None else min(end, self.revoked_at)


def audience_of(place: HubPlace, code_id: str = "") -> str:
    """Write what redeems a link: the Hub, and the code that it made for it."""
    return f"hub_{place.id}/{code_id}"


def opening_of(link: Link, place: HubPlace) -> Opening | None:
    """Read what a link of this Hub opens; None for any other link, and one without a code."""
    mine = audience_of(place)
    code_id = link.audience.removeprefix(mine)
    if link.provider != NAME or not link.audience.startswith(mine) or not code_id:
        return None
    server = link.target.path.partition("/")[0]
    return Opening(
        link_id=link.id,
        user=link.target.id,
        server="" if server == UNNAMED else server,
        code_id=code_id,
        begins=link.created_at,
        ends=link.expires_at,
        lasts=timedelta(seconds=link.session_seconds),
        revoked_at=link.revoked_at,
    )


def opening_by(code: CodeModel, user: str, server: str) -> Opening | None:
    """Tell of a code what `opening_of` tells of its link; None for one that is nobody's link."""
    if for_server(MARK, user, server) not in code.scopes:
        return None
    return Opening("", user, server, code.id, code.created_at, code.expires_at, timedelta(0))


def came_by(
    share: ShareModel, openings: Sequence[Opening], codes: Sequence[CodeModel]
) -> tuple[Opening, ...]:
    """Find by which link of its server a share was made; several where that cannot be told.

    None for a share that comes from no link, or was there before all of them: who was let in by
    hand and accepts a link besides keeps what they had.
    """
    begun = share.created_at
    if share.user is None:
        return ()
    could = tuple(
        each
        for each in openings
        if for_server(MARK, each.user, each.server) in share.scopes
        and each.covers(begun)
        # One whose code is listed and was never exchanged has let nobody in.
        and not any(each.made_by(code) and code.last_exchanged_at is None for code in codes)
    )
    exact = tuple(
        each
        for each in could
        if any(each.made_by(code) and _at_once(begun, code.last_exchanged_at) for code in codes)
    )
    return exact or could


def end_of(
    share: ShareModel, openings: Sequence[Opening], codes: Sequence[CodeModel]
) -> tuple[datetime, Opening] | None:
    """Tell when a share's session is over, and by which link; None for one that is not ours to end.

    Where several links may have begun it, the first to end counts.
    """
    found = [(each.end_of(share.created_at), each) for each in came_by(share, openings, codes)]
    return min(found, key=lambda pair: pair[0], default=None)


def _at_once(begun: datetime, exchanged: datetime | None) -> bool:
    return exchanged is not None and begun <= exchanged <= begun + AT_ONCE
