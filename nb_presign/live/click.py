"""What a click of the owner asks for: a link of its own, on the terms of the one shown."""

from __future__ import annotations

from nb_presign.model import Link, MintRequest


def click_request(link: Link) -> MintRequest:
    """Ask for what `link` grants, for its owner and at once."""
    return MintRequest(
        target=link.target,
        # 0: the upstream says nothing of it, and takes nothing.
        session_seconds=link.session_seconds or None,
        scope=link.scope,
        allowed_ips=link.allowed_ips,
        note=link.note,
        interactive=True,
        within=_within(link),
        bind_ip=link.bind_ip,
    )


def _within(link: Link) -> str:
    """Tell what was asked for; an open notebook's link is limited by its target."""
    limited = link.narrowing
    return limited.path if limited and not limited.session_id else ""
