"""The same steps for the model and for the real thing: after each, both must agree.

Two processes share one store, one key file and the machine's clock, which is turned either way.
What was seen to be over is remembered apart from the model, so that the model is judged as well.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from stateful.model import Model
from stateful.process import Process
from support.clock import FakeClock

from nb_presign.errors import PresignError
from nb_presign.model import Link, MintRequest, Target
from nb_presign.secret import Secret
from nb_presign.signing import rotation

T = TypeVar("T")

PROCESSES = 2
START = FakeClock().now()
SECONDS = st.sampled_from([1, 29, 30, 31, 60, 299, 300, 1799, 1800, 3600, 43_200, 100_000])
MOST_KEYS = 10
WHO = st.integers(0, PROCESSES - 1)


class Machine(RuleBasedStateMachine):
    links = Bundle("links")
    #: Sessions, each with its link and landing page.
    sessions = Bundle("sessions")

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory(prefix="nb_presign-stateful-")
        self.path = Path(self.directory.name)
        self.loop = asyncio.new_event_loop()
        self.numbers = count()
        self.wall = FakeClock()
        self.model = Model(PROCESSES)
        self.processes: list[Process] = []
        self.tokens: dict[str, Secret] = {}
        self.cookies: dict[str, str] = {}
        #: Links that were seen to be over, and sessions that were not let in.
        self.dead: set[str] = set()
        #: Links that were refused to somebody new.
        self.closed: set[str] = set()
        self.redeemed: dict[str, set[str]] = {}

    @initialize(target=links)
    def start(self) -> Any:
        rotation.rotate(self.path / "keys.json", self.wall.now())
        self.processes = [Process(self.path, self.wall) for _ in range(PROCESSES)]
        return multiple(*(self.mint_one(0, 300, 1800, uses) for uses in (None, 1)))

    def teardown(self) -> None:
        for process in self.processes:
            process.stop(crash=True)
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()
        self.directory.cleanup()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(coroutine)

    # Time

    @rule(how=st.sampled_from(["tick", "suspend", "set_back"]), seconds=SECONDS)
    def the_clock_goes(self, how: str, seconds: int) -> None:
        getattr(self.wall, how)(seconds)
        getattr(self.model, how)(seconds)

    @rule(seconds=st.sampled_from([1, 10, 29, 30]))
    def a_moment_passes(self, seconds: int) -> None:
        self.wall.tick(seconds)
        self.model.tick(seconds)

    @rule(who=WHO, crash=st.booleans())
    def a_process_starts_again(self, who: int, *, crash: bool) -> None:
        self.processes[who].stop(crash=crash)
        self.processes[who] = Process(self.path, self.wall)
        self.model.stop(who, crash=crash)
        self.model.start(who)

    @rule(seconds=SECONDS, crash=st.booleans())
    def all_start_again_with_the_clock_set_back(self, seconds: int, *, crash: bool) -> None:
        for process in self.processes:
            process.stop(crash=crash)
        for who in range(PROCESSES):
            self.model.stop(who, crash=crash)
        self.wall.set_back(seconds)
        self.model.set_back(seconds)
        for who in range(PROCESSES):
            self.processes[who] = Process(self.path, self.wall)
            self.model.start(who)

    @rule(who=WHO)
    def a_process_looks_at_the_store(self, who: int) -> None:
        self.processes[who].store.revision()
        self.model.hear(who)

    # Owners

    @rule(
        target=links,
        who=WHO,
        lasts=st.sampled_from([10, 60, 300, 86_400]),
        session_lasts=st.sampled_from([1800, 43_200]),
        max_uses=st.sampled_from([None, 1, 2]),
    )
    def mint(self, who: int, lasts: int, session_lasts: int, max_uses: int | None) -> str:
        return self.mint_one(who, lasts, session_lasts, max_uses)

    def mint_one(self, who: int, lasts: int, session_lasts: int, max_uses: int | None) -> str:
        asked = MintRequest(
            target=Target("fake", "one", "lab"),
            expires_in=lasts,
            session_seconds=session_lasts,
            max_uses=max_uses,
        )
        link = self._new(who, self.run(self.processes[who].service.mint(asked)))
        self.model.mint(who, link, lasts=lasts, session_lasts=session_lasts, max_uses=max_uses)
        return link

    @rule(target=links, who=WHO, link=links)
    def refresh(self, who: int, link: str) -> str:
        try:
            successor = self.run(self.processes[who].service.refresh(link))
        except PresignError:
            assert not self.model.can_refresh(link)
            return link
        assert self.model.can_refresh(link)
        name = self._new(who, successor)
        self.model.refresh(who, link, name)
        return name

    def _new(self, who: int, link: Link) -> str:
        self.tokens[link.id] = self.processes[who].signer.sign(link)
        return link.id

    @rule(who=WHO, link=links)
    def revoke(self, who: int, link: str) -> None:
        try:
            self.run(self.processes[who].service.revoke(link))
        except PresignError:
            assert self.model.links[link].forgotten
            return
        assert not self.model.links[link].forgotten
        self.model.revoke(who, link)

    @rule(who=WHO, session=sessions)
    def end_one(self, who: int, session: str) -> None:
        try:
            self.run(self.processes[who].service.end_session(session))
        except PresignError:
            assert self.model.sessions[session].forgotten
        self.model.end(who, session)

    @rule(who=WHO)
    def end_all(self, who: int) -> None:
        self.run(self.processes[who].service.end_sessions())
        self.model.end_all(who)

    @rule(retire=st.booleans())
    def the_keys_are_changed(self, *, retire: bool) -> None:
        path = self.path / "keys.json"
        if retire:
            rotation.retire(path, [key.id for key in rotation.keys_of(path)[:-1]])
            self.model.retire()
        elif len(self.model.keys) < MOST_KEYS:
            rotation.rotate(path, self.wall.now())
            self.model.rotate()

    @rule(who=WHO)
    def purge(self, who: int) -> None:
        self.processes[who].purge()
        self.model.purge(who)

    # Guests

    @rule(target=sessions, who=WHO, link=links)
    def redeem(self, who: int, link: str) -> Any:
        return self._redeem(who, link, f"{next(self.numbers):022}")

    @rule(target=sessions, who=WHO, session=sessions)
    def ask_again(self, who: int, session: str) -> Any:
        before = self.model.sessions[session]
        return self._redeem(who, before.link, before.page)

    def _redeem(self, who: int, link: str, page: str) -> Any:
        against = self.model.refusals(who, link, page)
        before = self.model.page_of(link, page)
        try:
            # Each from an address of their own, so that nobody tries too often.
            address = f"2001:db8:{next(self.numbers):x}::1"
            got = self.run(self.processes[who].redeemer.redeem(self.tokens[link], page, address))
        except PresignError as error:
            event(f"refused: {error.code}")
            self._expect(error.code, against)
            self.model.refused(who, link)
            if before is None:
                self.closed.add(link)
            if error.code in {"link-expired", "link-revoked"}:
                self.dead.add(link)
            return multiple()
        name, cookie = got.session.id, got.cookie.reveal()
        assert against == set(), f"redeemed in spite of {against}"
        assert link not in self.dead
        assert before is not None or link not in self.closed
        self.model.redeem(who, link, page, name)
        if before is not None:
            assert (name, cookie) == (before, self.cookies[before])
            event("the same landing page again")
            return multiple()
        event("redeemed")
        assert cookie not in self.cookies.values()
        self.cookies[name] = cookie
        self.redeemed.setdefault(link, set()).add(name)
        return name

    @rule(who=WHO, link=links)
    def a_link_is_tried_too_late_and_the_clock_set_back(self, who: int, link: str) -> None:
        waited = self._wait_until(who, self.model.links[link].expires)
        self._redeem(who, link, f"{next(self.numbers):022}")
        self.all_start_again_with_the_clock_set_back(waited + 10, crash=True)

    @rule(who=WHO, session=sessions)
    def a_guest_comes_too_late_and_the_clock_is_set_back(self, who: int, session: str) -> None:
        waited = self._wait_until(who, self.model.sessions[session].expires)
        self.come_in(who, session)
        self.all_start_again_with_the_clock_set_back(waited + 10, crash=True)

    def _wait_until(self, who: int, moment: int) -> int:
        seconds = max(0, moment - self.model.now[who])
        self.wall.tick(seconds)
        self.model.tick(seconds)
        return seconds

    def _expect(self, code: str, against: set[str]) -> None:
        assert code in against

    @rule(who=WHO, session=sessions)
    def come_in(self, who: int, session: str) -> None:
        book = self.processes[who].book
        found = self.run(book.find(self.cookies[session]))
        live = found is not None and book.live(found)
        book.close()  # what it heard counts for a second, and no time passes here by itself
        event(f"a guest came in: {live}")
        assert live == self.model.is_live(who, session)
        if not live:
            self.dead.add(session)
        assert not (live and session in self.dead)

    # What always holds

    @invariant()
    def processes_agree_on_the_time(self) -> None:
        for who, process in enumerate(self.processes):
            assert process.clock.now() == START + timedelta(seconds=self.model.now[who])

    @invariant()
    def the_store_has_what_the_model_has(self) -> None:
        if not self.processes:
            return
        store = self.processes[0].store
        for name, link in self.model.links.items():
            kept = store.link(name)
            assert (kept is None) == link.forgotten
            if kept is not None:
                assert (kept.uses, kept.revoked_at is not None) == (link.uses, link.revoked)
                assert kept.expires_at == START + timedelta(seconds=link.expires)
        for name, session in self.model.sessions.items():
            found = store.session(name)
            assert (found is None) == session.forgotten
            if found is not None:
                assert (found.ended_at is not None) == session.ended
                assert found.expires_at == START + timedelta(seconds=session.expires)

    @invariant()
    def no_link_has_more_sessions_than_uses(self) -> None:
        for name, link in self.model.links.items():
            assert len(self.redeemed.get(name, ())) == link.uses
            assert link.max_uses is None or link.uses <= link.max_uses
