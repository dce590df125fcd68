"""What a server keeps for itself: keys, tokens, configuration. No guest reaches it by a path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_config_path

from nb_presign.settings import Settings

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def own_files(app: ServerApp, settings: Settings) -> tuple[Path, ...]:
    """List such directories and files below the root directory, symbolic links followed.

    What is elsewhere is out of reach anyway. A root directory that is itself one of these is what
    its owner chose to serve.
    """
    root = Path(app.root_dir).resolve()
    found = [
        app.runtime_dir,
        app.config_dir,
        app.data_dir,
        *jupyter_config_path(),
        *app.loaded_config_files,
        app.cookie_secret_file,
        str(settings.data_dir),
        *_store_files(settings.store_url),
    ]
    paths = {Path(each).resolve() for each in found if each}
    return tuple(sorted(each for each in paths if root in each.parents))


def _store_files(url: str) -> list[str]:
    """List the files of a store, if it is in files. SQLAlchemy is not asked: it starts slowly."""
    scheme, _, rest = url.partition(":///")
    file = rest.partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or not file:
        return []
    # SQLite's own names for what it has not written into the file yet.
    return [file + suffix for suffix in ("", "-wal", "-shm", "-journal")]
