"""Be a language server that writes down what it is told: `telltale_server.py <file>`.

One line for each message, the method, and the name in its parameters; it answers nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: Path) -> None:
    """Read messages as the base protocol frames them (LSP 3.17) until the input ends."""
    stream = sys.stdin.buffer
    while line := stream.readline():
        name, _, value = line.decode().partition(":")
        if name.lower() != "content-length":
            continue
        while stream.readline().strip():
            pass
        message = json.loads(stream.read(int(value)))
        name = (message.get("params") or {}).get("name", "")
        with file.open("a") as output:
            output.write(f"{name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
