"""Finds the full id that an abbreviated one stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from nb_presign.api import PresignApi
from nb_presign.errors import (
    InputError,
    LinkNotFoundError,
    NotFoundError,
    PresignError,
    SessionNotFoundError,
)
from nb_presign.model.access_key import PREFIX

#: What `model.new_id` makes; it is passed on as it is: the lists are shorter than the store.
_FULL = re.compile(r"(?:lnk|ses)_[0-9a-f]{16}")


async def find_link(api: PresignApi, given: str) -> str:
    """Find a link's id by a unique beginning, with or without `lnk_`."""
    if _FULL.fullmatch(given):
        return given
    ids = [link.id for link in await api.links()]
    return _only(given, ids, LinkNotFoundError, "link", "presign list --all")


async def find_session(api: PresignApi, given: str) -> str:
    """Find a session's id by a unique beginning, with or without `ses_`."""
    if _FULL.fullmatch(given):
        return given
    ids = [session.id for session in await api.sessions()]
    return _only(given, ids, SessionNotFoundError, "session", "presign sessions --all")


def find_key(ids: Iterable[str], given: str) -> str:
    """Find a signing key's id by a unique beginning."""
    return _only(given, ids, NotFoundError, "signing key", "presign keys list")


def find_access_key(ids: Iterable[str], given: str) -> str:
    """Find an access key's id by a unique beginning, with or without `NBPK`, in any case."""
    return _only(given.upper(), ids, NotFoundError, "access key", "presign aws-keys list --all")


def _only(
    given: str, ids: Iterable[str], missing: type[PresignError], noun: str, where: str
) -> str:
    known = list(ids)
    if given in known:
        return given
    found = [one for one in known if given and _begins(one, given)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"{len(found)} {noun}s begin with {given!r}: {', '.join(found[:5])}"
            + (", …." if len(found) > 5 else "."),  # noqa: PLR2004  # a line's worth
            hint="Write more of the id.",
        )
    near = get_close_matches(given, known, n=1)
    raise missing(
        f"There is no {noun} {given[:60]!r}.",
        hint=f"Did you mean {near[0]!r}?" if near else f"See '{where}'.",
    )


def _begins(one: str, given: str) -> bool:
    bare = one.removeprefix(PREFIX) if one.startswith(PREFIX) else one.partition("_")[2]
    return one.startswith(given) or bare.startswith(given)
