"""`jupyter presign`: the verbs on the command line.

Standard output holds what was asked for and nothing else: of `mint` the URL, of `--json` one JSON
value. All else goes to standard error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from nb_presign.blocking import background
from nb_presign.clock import SystemClock
from nb_presign.commands import Connections, command, outcome, parse, run
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.connections import Connect
from nb_presign.commands.progress import attend
from nb_presign.commands.showing import document, text
from nb_presign.commands.showing.table import Table, clean, one_line
from nb_presign.commands.showing.terminal import TerminalScreen
from nb_presign.duration import format_duration
from nb_presign.errors import (
    ConflictError,
    GoneError,
    InputError,
    MediaTypeError,
    NotAllowedError,
    NotFoundError,
    PresignError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UpstreamError,
)

PROG = "jupyter presign"
#: Seconds that a Tab in a shell may take, after the imports of a new process.
_TAB = 2.0
#: What `--help` says about them stands in `commands.helptext`.
EXIT_CODES: tuple[tuple[type[PresignError], int], ...] = (
    (InputError, 2),
    (TooLargeError, 2),
    (MediaTypeError, 2),
    (NotFoundError, 3),
    (GoneError, 4),
    (ConflictError, 4),
    (UnauthenticatedError, 5),
    (NotAllowedError, 5),
    (UpstreamError, 6),
    (RateLimitedError, 6),
    (UnavailableError, 7),
    (PresignError, 1),
)
INTERRUPTED = 130
FAILED = 1


def main(argv: Sequence[str] | None = None, *, connect: Connect | None = None) -> int:
    """Run one command and return the exit code; `connect` finds servers some other way."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with _connections(connect) as connections:
            if words[:1] == ["__complete"]:
                return _complete(words[1:], connections)
            return _main(words, connections)
    except PresignError as error:
        return _complain(error, json="--json" in words)
    except KeyboardInterrupt as error:
        print(*filter(None, ("Interrupted.", *error.args)), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone. Python would try once more to write when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def exit_code(error: PresignError) -> int:
    """Return the exit code of an error."""
    return next(code for cls, code in EXIT_CODES if isinstance(error, cls))


def _main(words: Sequence[str], connections: Connections) -> int:
    asked = parse(words, prog=PROG)
    screen = TerminalScreen(quiet=asked.quiet or asked.json)
    result = attend(lambda progress: run(asked, connections, progress=progress), screen)
    _show(asked, result)
    sys.stdout.flush()
    for note in text.notes(result):
        print(note, file=sys.stderr)
    problems = _problems(result)
    for problem in problems:
        _complain(problem, json=asked.json)
    if isinstance(result, outcome.Diagnosis) and not result.ok:
        return FAILED
    if isinstance(result, outcome.Ruling) and not result.allowed:
        return FAILED
    return exit_code(problems[0]) if problems else 0


def _problems(result: outcome.Outcome) -> tuple[PresignError, ...]:
    may_have = (outcome.Links, outcome.Sessions, outcome.AccessKeys)
    return result.problems if isinstance(result, may_have) else ()


def _complete(words: Sequence[str], connections: Connections) -> int:
    """Print what the last word could become, for the shells' scripts."""
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415  # for a Tab only

    from nb_presign.commands.completion.remembered import Memory  # noqa: PLC0415

    memory = Memory(Path(jupyter_runtime_dir()), SystemClock())
    completer = Completer(connections, memory=memory)
    if completer.asks(words):
        # Its second would be taken from the servers' time.
        from nb_presign import bootstrap  # noqa: PLC0415, F401
    for one in background.run(completer.complete(words, wait=_TAB)):
        print(one)
    return 0


def _show(asked: command.Command, result: outcome.Outcome) -> None:
    if asked.json or isinstance(result, outcome.Permission):
        print(document.document(result, reveal=True))
    elif isinstance(result, outcome.Minted):
        _show_minted(asked, result)
    elif isinstance(result, outcome.NewAccessKey):
        _show_access_key(asked, result)
    elif asked.quiet:
        print(*text.essentials(result), sep="\n", end="\n" if text.essentials(result) else "")
    elif isinstance(result, outcome.Shown):
        print(text.summary(result.link, result.at))
    elif found := text.table(result, PROG):
        # Problems go to standard error.
        _print_table(replace(found, notes=()) if _problems(result) else found)
    else:
        print(result.value)


def _show_minted(asked: command.Command, result: outcome.Minted) -> None:
    if not asked.quiet:
        print(text.summary(result.link, result.at), file=sys.stderr)
    if result.link.url is None or (result.to_open and _opened(result)):
        return
    print(result.link.url.reveal())


def _show_access_key(asked: command.Command, made: outcome.NewAccessKey) -> None:
    from nb_presign.commands.showing import access_key  # noqa: PLC0415  # for one verb only

    if asked.quiet:
        print(*access_key.credentials(made), sep="\n")
        return
    print(access_key.summary(made), file=sys.stderr)
    print(access_key.lines(made))
    if sys.stdout.isatty():
        print("The secret is shown this once. Keep it where it is needed.", file=sys.stderr)


def _opened(result: outcome.Minted) -> bool:
    from nb_presign.commands.showing.browser import open_in_browser  # noqa: PLC0415  # for one verb only

    if result.link.url is not None and open_in_browser(result.link.url):
        return True
    within = format_duration((result.link.good_until - result.at).total_seconds())
    print(f"There is no browser here; open this within {within}:", file=sys.stderr)
    return False


def _print_table(table: Table) -> None:
    try:
        from rich.console import Console  # noqa: PLC0415  # an extra
    except ImportError:
        Console = None  # type: ignore[assignment,misc]  # noqa: N806
    if Console is None or not sys.stdout.isatty() or not table.rows:
        print(table.plain())
        return
    Console().print(_rich(table))
    for note in table.notes:
        print(one_line(note))


def _rich(table: Table) -> object:
    from rich import box  # noqa: PLC0415
    from rich import table as rich_table  # noqa: PLC0415
    from rich import text as rich_text  # noqa: PLC0415

    shown = rich_table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(table.columns):
        shown.add_column(column, no_wrap=not number, overflow="fold")
    for row in table.rows:
        # As Text: brackets in a file's name are no markup.
        shown.add_row(*(rich_text.Text(cell) for cell in clean(row)))
    return shown


def _complain(error: PresignError, *, json: bool) -> int:
    complaint = document.error_document(error) if json else f"{PROG}: {text.complain(error, PROG)}"
    print(complaint, file=sys.stderr)
    return exit_code(error)


@contextmanager
def _connections(connect: Connect | None) -> Iterator[Connections]:
    connections = Connections(connect)
    try:
        yield connections
    finally:
        background.run(connections.aclose())
