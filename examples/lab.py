"""Open the demo's two servers in JupyterLab, until Ctrl-C. Run by `make lab`."""

from __future__ import annotations

import html
import os
import signal
import tempfile
import webbrowser
from pathlib import Path
from threading import Event

from playground import Playground, playground


def main() -> None:
    """Start both servers, say where they are, wait."""
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    print("Starting two servers …", flush=True)
    with tempfile.TemporaryDirectory(prefix="nb-presign-") as home, playground(Path(home)) as play:
        start = _explain(play)
        if "CI" not in os.environ:
            _browse(Path(home) / "start.html", start)
        ended.wait()
        print("\nStopping.", flush=True)


def _explain(play: Playground) -> str:
    """Print the addresses; returns the one to begin at."""
    start = f"{play.analysis.url}lab/tree/work.ipynb?token={play.analysis.token}"
    other = f"{play.training.url}lab/tree/training.ipynb?token={play.training.token}"
    print(
        f"""
  analysis   {start}
             Run its cells: the last one mints a link for a notebook of the other server.
  training   {other}
             The notebook that is opened, as its owner sees it.

Open a minted link in a private window: there you are a guest.
These servers and their files are gone after Ctrl-C.
""",
        flush=True,
    )
    return start


def _browse(page: Path, address: str) -> None:
    """Open the address by a file that only we can read: command lines are for all to see."""
    page.touch(mode=0o600)
    page.write_text(f'<meta http-equiv="refresh" content="0; url={html.escape(address)}">')
    webbrowser.open(page.as_uri())


if __name__ == "__main__":
    main()
