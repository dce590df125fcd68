"""Who runs this process, and what their configuration says."""

from __future__ import annotations

import getpass

from traitlets.config import Config

from nb_presign.config import NbPresign
from nb_presign.model import Actor
from nb_presign.settings import Settings


def local_actor() -> Actor:
    """Name whoever runs this process."""
    return Actor(_user_name(), "local")


def load_settings(config: Config | None = None) -> Settings:
    """Read `c.NbPresign` from Jupyter's configuration files, as the server does."""
    return NbPresign(config=config or _load_config()).settings()


def _load_config() -> Config:
    from jupyter_core.application import JupyterApp  # noqa: PLC0415  # only where nobody gave one

    app = JupyterApp(config_file_name="jupyter_server_config")
    app.load_config_file(suppress_errors=True)
    return app.config


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
