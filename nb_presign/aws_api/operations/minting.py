"""Links for whoever holds an access key."""

from __future__ import annotations

from nb_presign.aws_api.call import Call
from nb_presign.errors import BadAnswerError
from nb_presign.model import Link, MintRequest, Permission, Target


async def mint(
    call: Call,
    target: Target,
    action: str,
    *,
    session_seconds: int | None = None,
    expires_in: int | None = None,
) -> Link:
    """Mint a link on the terms of the key: its scope, its note, and its policy from then on.

    `action` is what the policy has allowed, and must go on to allow while the link is used.
    """
    return await call.api.mint(
        MintRequest(
            target=target,
            session_seconds=session_seconds,
            expires_in=expires_in,
            scope=call.key.scope,
            note=call.key.note,
            permission=Permission(call.key.policy, action),
        )
    )


def url_of(link: Link) -> str:
    """Tell the URL of a link that was minted just now; from here on it is an answer."""
    if link.url is None:
        raise BadAnswerError("The link has come without its URL.", hint="Mint it again.")
    return link.url.reveal()
