"""The command line many times: each a process of its own, forked from one that has imported it all.

To start Python and to import what the verbs need takes most of a second; a fork takes hundredths.
Who wants the import as well, or signals, starts Python.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

#: What the verbs import when they need it.
_LATER = (
    "boto3",
    "encodings.idna",
    "jupyter_core.application",
    "nb_presign.bootstrap.connecting",
    "nb_presign.bootstrap.user",
    "nb_presign.cli.connecting",
    "nb_presign.cli.runner",
    "nb_presign.cli.tab",
    "nb_presign.client",
    "nb_presign.providers.aws.examining",
    "nb_presign.providers.aws.provider",
    "nb_presign.providers.hub.provider",
    "nb_presign.providers.jupyter",
    "nb_presign.providers.session",
    "nb_presign.store.sql",
    "sqlalchemy.dialects.sqlite",
)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, named as by `subprocess`."""

    returncode: int
    stdout: str
    stderr: str


class CommandLine:
    """Runs `jupyter presign`."""

    def __init__(self, process: subprocess.Popen[str], directory: Path) -> None:
        self._process = process
        self._directory = directory

    def __call__(self, *argv: str, env: Mapping[str, str] | None = None) -> Done:
        """Run it with these words, by default in today's environment, and wait for its end."""
        files = {name: str(self._directory / name) for name in ("stdout", "stderr")}
        asked = {"argv": argv, "env": dict(os.environ if env is None else env), **files}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Done(code, *(Path(file).read_text() for file in files.values()))


@contextmanager
def command_line(before: str = "") -> Iterator[CommandLine]:
    """Have the command line ready; `before` is code that is run before the first."""
    with (
        TemporaryDirectory() as directory,
        subprocess.Popen(
            [sys.executable, __file__, before],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        yield CommandLine(process, Path(directory))
        assert process.stdin is not None
        process.stdin.close()


def _serve(before: str) -> None:
    """Fork for each line that asks for it, and answer with the exit code."""
    from importlib import import_module  # noqa: PLC0415  # only where this is a program

    for name in _LATER:
        import_module(name)
    exec(before, {})  # noqa: S102  # a test's own
    # A fork would look through all of it when it ends, and so copy it.
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if (pid := os.fork()) == 0:
            _be(asked)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)  # noqa: T201


def _be(asked: dict[str, Any]) -> None:
    """Be the command line."""
    from nb_presign import cli  # noqa: PLC0415  # only where this is a program

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(asked["env"])
    raise SystemExit(cli.main(asked["argv"]))


if __name__ == "__main__":
    _serve(sys.argv[1])
