"""The scheduler: a timetable that takes links in."""

from __future__ import annotations

from nb_presign.api import PresignApi
from nb_presign.live.link import LiveLink, Mode
from nb_presign.live.timetable import Timetable
from nb_presign.model import Link


class Scheduler(Timetable):
    """Keeps all live links of a kernel on one timetable."""

    def follow(self, link: Link, api: PresignApi, *, mode: Mode = Mode.VISIBLE) -> LiveLink:
        """Keep a minted link fresh through `api`; from any thread.

        The scheduler holds a link only while something is planned for it: one that expired
        unwatched and that nobody else refers to is gone.
        """
        live = LiveLink(link, api, self, mode)
        self.call(live.replan)
        return live
