"""The scheduler: a timetable that takes links in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from nb_presign.api import PresignApi
from nb_presign.live.link import LiveLink
from nb_presign.live.snapshot import Mode
from nb_presign.live.timetable import Timetable
from nb_presign.model import Link


class Scheduler(Timetable):
    """Keeps all live links of a kernel on one timetable."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  # those of a Timetable
        super().__init__(*args, **options)
        self._followed: WeakSet[LiveLink] = WeakSet()

    def follow(self, link: Link, api: PresignApi, *, mode: Mode = Mode.VISIBLE) -> LiveLink:
        """Keep a minted link fresh through `api`; from any thread.

        The scheduler holds a link only while something is planned for it: one that expired
        unwatched and that nobody else refers to is gone.
        """
        live = LiveLink(link, api, self, mode)
        self.call(lambda: self._take_in(live))
        return live

    def revoked(self, links: Iterable[Link]) -> None:
        """Tell live links that their chain was revoked elsewhere; from any thread."""
        ended = {link.family: link for link in links}

        def tell() -> None:
            for live in tuple(self._followed):
                if revoked := ended.get(live.snapshot.link.family):
                    live.end(revoked)

        self.call(tell)

    def _take_in(self, live: LiveLink) -> None:
        self._followed.add(live)
        live.replan()
