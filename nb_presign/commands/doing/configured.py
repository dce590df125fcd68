"""What the servers' configuration says to verbs that ask no server."""

from __future__ import annotations

from pathlib import Path

from nb_presign.errors import InputError
from nb_presign.settings import Settings


def read_settings() -> Settings:
    """Read `c.NbPresign` as a server that is started here would; raises `InputError`."""
    from traitlets import TraitError  # noqa: PLC0415  # heavy, as is the next

    from nb_presign.bootstrap.user import load_settings  # noqa: PLC0415

    try:
        return load_settings()
    except TraitError as error:
        raise InputError(
            f"The configuration cannot be used. {error}",
            hint="Correct c.NbPresign in jupyter_server_config.",
        ) from error


def has_store(settings: Settings) -> bool:
    """Tell whether there may be a store: looking for something must not make one."""
    from sqlalchemy import make_url  # noqa: PLC0415  # heavy
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(settings.store_url)
    except ArgumentError:
        return True  # whoever uses it says what is wrong
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()
