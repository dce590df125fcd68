"""Presigned URLs for Jupyter servers and sessions.

    link = nb_presign.presign("jupyter:gpu/lab/tree/train.ipynb", session="1h30m")
    link.expires_at, link.url.reveal()

Importing this package imports nothing heavy: each name loads what it needs when it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nb_presign import errors

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from jupyter_server.serverapp import ServerApp

    from nb_presign.api import PresignApi
    from nb_presign.model import Link, Scope, TargetInfo

__all__ = ["apresign", "connect", "errors", "presign", "targets"]


def presign(  # noqa: PLR0913  # one keyword for each thing that can be asked for
    target: str,
    *,
    path: str = "",
    session: str | float | timedelta | None = None,
    expires: str | float | timedelta | None = None,
    scope: str | Scope | None = None,
    uses: int | None = None,
    allow: str | Iterable[str] = (),
    note: str = "",
    within: str = "",
    bind_ip: bool = False,
    **options: str | None,
) -> Link:
    """Mint a presigned URL and return its `Link`; `link.url.reveal()` is the URL.

    `target` is a reference such as `sagemaker:my-instance/lab/tree/a.ipynb`, `athena:<session-id>`,
    `jupyter:gpu/lab/tree/train.ipynb` or `session:<id>@gpu`; `session` and `expires` are lengths of
    time (`"1h30m"`, seconds or a timedelta); `scope` is `read`, `execute` or `full`; `uses` limits
    how often the link can be opened; `allow` names addresses or CIDR blocks; `within` limits the
    guest to a directory or file of a Jupyter server; `bind_ip` holds the session to the address
    that opens the link. What a provider cannot grant is refused: on AWS that is all but `session`,
    `expires` and `note`. Further keywords (`region`, `profile`, …) are options of the provider.
    Raises `nb_presign.errors.PresignError`.
    """
    from nb_presign.blocking import background  # noqa: PLC0415  # see the module's docstring

    terms = {
        "path": path,
        "session": session,
        "expires": expires,
        "scope": scope,
        "uses": uses,
        "allow": allow,
        "note": note,
        "within": within,
        "bind_ip": bind_ip,
    }
    return background.run(_mint(target, {**terms, **options}))


async def apresign(target: str, **terms: Any) -> Link:  # noqa: ANN401  # the keywords of `presign`
    """Mint like `presign`, while the event loop goes on; cancelling it cancels the call."""
    import asyncio  # noqa: PLC0415

    from nb_presign.blocking import background  # noqa: PLC0415

    # Not on the caller's own loop: what is imported and read first takes its time, too.
    return await asyncio.wrap_future(background.start(_mint(target, terms)))


def targets(provider: str = "", *, region: str = "", profile: str = "") -> tuple[TargetInfo, ...]:
    """List what links could open: all targets, or those of one provider.

    `region` and `profile` say where AWS is asked, as in `targets("athena", region="us-west-2")`;
    they belong to the targets that are found. A provider that fails while all are listed is left
    out. Raises `nb_presign.errors.PresignError`.
    """
    from nb_presign.blocking import background  # noqa: PLC0415

    return background.run(_targets(provider, region, profile))


async def _mint(target: str, terms: dict[str, Any]) -> Link:
    from nb_presign import errands  # noqa: PLC0415
    from nb_presign.bootstrap.connecting import connect as find  # noqa: PLC0415
    from nb_presign.request import mint_request  # noqa: PLC0415

    request = mint_request(target, **terms)
    api = await find()
    try:
        return await api.mint(request)
    finally:
        # Whoever has the link need not wait until others know of it.
        errands.begin(api.aclose())


async def _targets(provider: str, region: str, profile: str) -> tuple[TargetInfo, ...]:
    from nb_presign.bootstrap.connecting import connect as find  # noqa: PLC0415
    from nb_presign.model import TargetQuery  # noqa: PLC0415

    api, cursor = await find(), ""
    found: list[TargetInfo] = []
    try:
        while True:
            query = TargetQuery(provider=provider, region=region, profile=profile, cursor=cursor)
            page = await api.targets(query)
            found.extend(page.items)
            cursor = page.cursor
            if not cursor:
                return tuple(found)
    finally:
        await api.aclose()


async def connect(server: str = "") -> PresignApi:
    """Return the API of a server by name, else this kernel's: its own server's, and its own.

    What is minted on a user's own credentials, on AWS, is minted in this process, and the own
    server told of it. Close it with `await api.aclose()`.
    """
    from nb_presign.bootstrap.connecting import connect as find  # noqa: PLC0415

    return await find(server)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add `%presign`; called by `%load_ext nb_presign`."""
    from nb_presign.magics import PresignMagics  # noqa: PLC0415

    shell.register_magics(PresignMagics)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nb_presign"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nb_presign"}]


def _link_jupyter_server_extension(serverapp: ServerApp) -> None:
    from nb_presign.extension import link  # noqa: PLC0415

    link(serverapp)


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    from nb_presign.extension import load  # noqa: PLC0415

    load(serverapp)
