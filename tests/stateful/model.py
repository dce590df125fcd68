"""What links and sessions are, in dictionaries: written to be read, and to be wrong in no hurry.

Times are whole seconds since the start. Nothing is deleted, only marked; no reason has a rank.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: The same landing page gets the same session for so long.
REPEAT_WITHIN = 30
#: What is over stays in the store for so long.
KEEP = 86_400
LONG_AGO = -(10**9)


@dataclass
class Link:
    key: int
    family: str
    lasts: int
    session_lasts: int
    expires: int
    max_uses: int | None
    uses: int = 0
    revoked: bool = False
    forgotten: bool = False


@dataclass
class Session:
    link: str
    page: str
    began: int
    expires: int
    ended: bool = False
    forgotten: bool = False


@dataclass
class Model:
    """One machine, its store and key file, and some processes."""

    processes: int
    wall: int = 0
    #: The time in the store; none at first.
    kept: int = LONG_AGO
    #: What each process goes by.
    now: list[int] = field(default_factory=list)
    #: Numbers of the signing keys, oldest first.
    keys: list[int] = field(default_factory=lambda: [0])
    next_key: int = 1
    links: dict[str, Link] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = [self.wall] * self.processes

    # Time

    def tick(self, seconds: int) -> None:
        self.wall += seconds
        self.now = [max(self.wall, now + seconds) for now in self.now]

    def suspend(self, seconds: int) -> None:
        self.wall += seconds
        self.now = [max(self.wall, now) for now in self.now]

    def set_back(self, seconds: int) -> None:
        self.wall -= seconds

    def hear(self, who: int) -> None:
        """Read the store's time."""
        self.now[who] = max(self.now[who], self.kept)

    def keep(self, who: int) -> None:
        self.kept = max(self.kept, self.now[who])

    def stop(self, who: int, *, crash: bool) -> None:
        if not crash:
            self.keep(who)

    def start(self, who: int) -> None:
        self.now[who] = self.wall
        self.hear(who)

    # Keys

    def rotate(self) -> None:
        self.keys.append(self.next_key)
        self.next_key += 1

    def retire(self) -> None:
        del self.keys[:-1]

    # Links

    def mint(
        self, who: int, link: str, *, lasts: int, session_lasts: int, max_uses: int | None
    ) -> None:
        self.hear(who)
        self.links[link] = Link(
            key=self.keys[-1],
            family=link,
            lasts=lasts,
            session_lasts=session_lasts,
            expires=self.now[who] + lasts,
            max_uses=max_uses,
        )
        self.keep(who)

    def can_refresh(self, link: str) -> bool:
        return not (self.links[link].revoked or self.links[link].forgotten)

    def refresh(self, who: int, link: str, successor: str) -> None:
        old = self.links[link]
        self.mint(
            who,
            successor,
            lasts=old.lasts,
            session_lasts=old.session_lasts,
            max_uses=old.max_uses,
        )
        self.links[successor].family = old.family

    def revoke(self, who: int, link: str) -> None:
        family = self.links[link].family
        for kin in self.links.values():
            kin.revoked |= kin.family == family and not kin.forgotten
        for session in self.sessions.values():
            session.ended |= self.links[session.link].family == family
        self.keep(who)

    # Redeeming

    def page_of(self, link: str, page: str) -> str | None:
        """Find the session that a landing page got."""
        for name, session in self.sessions.items():
            if (session.link, session.page) == (link, page) and not session.forgotten:
                return name
        return None

    def refusals(self, who: int, link: str, page: str) -> set[str]:
        """Tell all that speaks against redeeming; codes of errors, none if nothing does."""
        this, now = self.links[link], max(self.now[who], self.kept)
        if this.key not in self.keys:
            return {"link-not-found"}
        against = set()
        if this.forgotten:
            against.add("link-not-found")
        if this.revoked:
            against.add("link-revoked")
        if now >= this.expires:
            against.add("link-expired")
        before = self.page_of(link, page)
        if before is not None:
            if not self.repeatable(who, before):
                against.add("link-used-up")
        elif this.max_uses is not None and this.uses >= this.max_uses:
            against.add("link-used-up")
        return against

    def repeatable(self, who: int, session: str) -> bool:
        this, now = self.sessions[session], max(self.now[who], self.kept)
        recent = all(abs(time - this.began) < REPEAT_WITHIN for time in (now, self.now[who]))
        return recent and not this.ended and now < this.expires

    def refused(self, who: int, link: str) -> None:
        """Keep what a refusal tells of the time."""
        this = self.links[link]
        if this.key in self.keys and max(self.now[who], self.kept) >= this.expires:
            self.kept = max(self.kept, this.expires)

    def redeem(self, who: int, link: str, page: str, session: str) -> None:
        """Begin a session, or repeat the one that the page got."""
        if self.page_of(link, page) is None:
            self.links[link].uses += 1
            now = self.kept = max(self.now[who], self.kept)
            lasts = self.links[link].session_lasts
            self.sessions[session] = Session(link, page, now, now + lasts)

    # Sessions

    def is_live(self, who: int, session: str) -> bool:
        """Look at a session, as each request of a guest does."""
        self.hear(who)
        this = self.sessions[session]
        if this.forgotten or this.ended:
            return False
        if self.now[who] >= this.expires:
            self.kept = max(self.kept, this.expires)
            return False
        return True

    def end(self, who: int, session: str) -> None:
        self.keep(who)
        self.sessions[session].ended |= not self.sessions[session].forgotten

    def end_all(self, who: int) -> None:
        self.keep(who)
        for session in self.sessions.values():
            session.ended |= not session.forgotten and self.kept < session.expires

    def purge(self, who: int) -> None:
        self.keep(who)
        before = self.now[who] - KEEP
        for session in self.sessions.values():
            session.forgotten |= session.expires < before
        needed = {s.link for s in self.sessions.values() if not s.forgotten}
        heirs = {link.family for link in self.links.values() if link.expires >= before}
        for name, link in self.links.items():
            over = link.expires < before and name not in needed
            link.forgotten |= over and not (link.revoked and link.family in heirs)
