"""What may be asked for of a provider, what it comes to, and when to refresh."""

from __future__ import annotations

from dataclasses import dataclass

from nb_presign.duration import format_duration
from nb_presign.errors import OutOfRangeError
from nb_presign.model import MintRequest, Permission, Scope
from nb_presign.policy.addresses import normalize_addresses
from nb_presign.policy.connecting import accept

#: Uses a link may be limited to; more is as good as unlimited.
MAX_USES = 1_000
#: Lifetime of a link that the owner's own click minted, seconds.
INTERACTIVE_SECONDS = 60
#: A link is refreshed after this share of its lifetime, plus up to `REFRESH_JITTER` of it.
REFRESH_SHARE = 0.7
REFRESH_JITTER = 0.15

#: What a request may ask for besides times and scope.
LIMITS = frozenset({"max_uses", "allowed_ips", "within", "bind_ip", "permission"})


@dataclass(frozen=True, slots=True)
class Range:
    """Whole seconds from `low` to `high`, both allowed."""

    low: int
    high: int
    default: int

    def pick(self, asked: int | None, what: str, name: str) -> int:
        """Return what was asked for, or the default; refuse what is outside."""
        if asked is None:
            return self.default
        if not self.low <= asked <= self.high:
            if self.low == self.high:
                raise OutOfRangeError(
                    f"{what} is always {format_duration(self.low)}, not {format_duration(asked)}.",
                    hint="Leave it out.",
                    name=name,
                    low=self.low,
                    high=self.high,
                )
            low, high = format_duration(self.low), format_duration(self.high)
            raise OutOfRangeError(
                f"{what} is {format_duration(asked)}, but must be from {low} to {high}.",
                hint=f"Leave it out for the default, {format_duration(self.default)}.",
                name=name,
                low=self.low,
                high=self.high,
            )
        return asked


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a provider can grant."""

    expires_in: Range
    #: None: the upstream takes no length of a session.
    session_seconds: Range | None
    #: From the least to the most.
    scopes: tuple[Scope, ...] = (Scope.READ, Scope.EXECUTE, Scope.FULL)
    default_scope: Scope = Scope.READ
    #: Which limits of a `MintRequest` it keeps, by their names; others are refused.
    limits: frozenset[str] = frozenset()
    #: What to do instead of asking for a limit that it does not keep.
    instead: str = "Leave it out; only links to Jupyter servers with nb_presign can be limited so."


#: Self-hosted links keep the times of SageMaker's CreatePresignedNotebookInstanceUrl: the URL 5
#: minutes, the session 30 minutes to 12 hours (its API reference); only the URL's time can be
#: changed here.
SELF_HOSTED = Bounds(
    expires_in=Range(10, 86_400, 300),
    session_seconds=Range(1_800, 43_200, 43_200),
    limits=LIMITS,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link will grant: a request with the defaults filled in and the bounds checked."""

    expires_in: int
    session_seconds: int
    scope: Scope
    max_uses: int | None
    allowed_ips: tuple[str, ...]
    within: str = ""
    bind_ip: bool = False
    permission: Permission | None = None


def agree(request: MintRequest, bounds: Bounds) -> Terms:
    """Fill in the defaults and check the bounds; raises `OutOfRangeError`, `BadPolicyError`."""
    # Who opens a link for themselves is the owner; what is shared gives the least.
    usual = bounds.scopes[-1] if request.interactive else bounds.default_scope
    scope = request.scope or usual
    if scope not in bounds.scopes:
        allowed = ", ".join(bounds.scopes)
        raise OutOfRangeError(
            f"Scope {scope} cannot be granted here.", hint=f"Possible: {allowed}.", name="scope"
        )
    _refuse_limits(request, bounds)
    expires_in = bounds.expires_in.pick(request.expires_in, "The link's lifetime", "expires_in")
    max_uses = request.max_uses
    if request.interactive and "max_uses" in bounds.limits:
        expires_in, max_uses = min(expires_in, INTERACTIVE_SECONDS), 1
    if max_uses is not None and not 1 <= max_uses <= MAX_USES:
        raise OutOfRangeError(
            f"A link can be limited to 1 to {MAX_USES} uses, not {max_uses}.",
            hint="Leave it out for as many as come before it expires.",
            name="max_uses",
        )
    return Terms(
        expires_in=expires_in,
        session_seconds=_session_seconds(request, bounds),
        scope=scope,
        max_uses=max_uses,
        allowed_ips=normalize_addresses(request.allowed_ips),
        within=request.within,
        bind_ip=request.bind_ip,
        permission=None if request.permission is None else accept(request.permission),
    )


def _session_seconds(request: MintRequest, bounds: Bounds) -> int:
    if bounds.session_seconds is not None:
        return bounds.session_seconds.pick(
            request.session_seconds, "The session", "session_seconds"
        )
    if request.session_seconds is not None:
        raise OutOfRangeError(
            "The length of this session cannot be chosen.",
            hint="Leave it out: what is opened decides.",
            name="session_seconds",
        )
    return 0


def _refuse_limits(request: MintRequest, bounds: Bounds) -> None:
    for name in sorted(LIMITS - bounds.limits):
        if getattr(request, name):
            raise OutOfRangeError(
                f"{name}: what opens this target keeps no such limit.",
                hint=bounds.instead,
                name=name,
            )


def refresh_after(lifetime: float, chance: float) -> float:
    """Tell after how many seconds a link of this lifetime is refreshed.

    `chance` in [0, 1) spreads many links of one age, so that they do not come back as a herd.
    """
    return lifetime * (REFRESH_SHARE + REFRESH_JITTER * chance)
