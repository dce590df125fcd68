"""Turn what people write, in Python or on a command line, into a `MintRequest`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches

from nb_presign import reference
from nb_presign.duration import parse_duration
from nb_presign.errors import BadReferenceError, OutOfRangeError
from nb_presign.model import MintRequest, Scope


def mint_request(  # noqa: PLR0913  # one keyword for each thing that can be asked for
    target: str,
    *,
    path: str = "",
    session: str | float | timedelta | None = None,
    expires: str | float | timedelta | None = None,
    scope: str | Scope | None = None,
    uses: int | None = None,
    allow: str | Iterable[str] = (),
    note: str = "",
    interactive: bool = False,
    within: str = "",
    bind_ip: bool = False,
    **options: str | None,
) -> MintRequest:
    """Read a reference and the terms that are asked for.

    `session` and `expires` are lengths of time (`"1h30m"`, seconds, or a timedelta), `allow` is one
    or more addresses or CIDR blocks, `within` a directory or file that the guest is limited to,
    `bind_ip` whether the session is held to the address that opens the link, `options` (region,
    profile, …) join the reference's own.
    Raises `InputError`; bounds are the provider's to check.
    """
    asked = reference.with_path(reference.parse(target), path)
    given = {name: value for name, value in options.items() if value}
    if twice := sorted(given.keys() & dict(asked.options).keys()):
        raise BadReferenceError(f"{twice[0]} is given twice, in the reference and beside it.")
    if given:
        asked = replace(asked, options=tuple(sorted({**dict(asked.options), **given}.items())))
    return MintRequest(
        target=asked,
        expires_in=None if expires is None else parse_duration(expires),
        session_seconds=None if session is None else parse_duration(session),
        scope=None if scope is None else parse_scope(scope),
        max_uses=uses,
        allowed_ips=(allow,) if isinstance(allow, str) else tuple(allow),
        note=note,
        interactive=interactive,
        within=within.strip("/"),
        bind_ip=bind_ip,
    )


def parse_scope(scope: str) -> Scope:
    """Read a scope; raises `OutOfRangeError` with the nearest one."""
    try:
        return Scope(scope)
    except ValueError as error:
        names = [str(s) for s in Scope]
        near = get_close_matches(str(scope), names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Possible: {', '.join(names)}."
        raise OutOfRangeError(
            f"Unknown scope {str(scope)[:40]!r}.", hint=hint, name="scope"
        ) from error
