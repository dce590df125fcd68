"""`jupyter presign`: the verbs on the command line.

Standard output holds what was asked for and nothing else: of `mint` the URL, of `--json` one JSON
value. All else goes to standard error. What verbs need is imported once one was read: help comes at
once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nb_presign.commands import command, parse
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

if TYPE_CHECKING:
    from nb_presign.commands.connections import Connect

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
        if words[:1] == ["__complete"]:
            return _complete(words[1:], connect)
        return _do(parse(words, prog=PROG), connect)
    except PresignError as error:
        return _complain(error, json="--json" in words)
    except KeyboardInterrupt as error:
        return _break_off(error)
    except BrokenPipeError:
        # Whoever read has gone. Python would try once more to write when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def exit_code(error: PresignError) -> int:
    """Return the exit code of an error."""
    return next(code for cls, code in EXIT_CODES if isinstance(error, cls))


def _do(asked: command.Command, connect: Connect | None) -> int:
    if isinstance(asked, command.Help) and not (asked.json or asked.quiet):
        print(asked.text, flush=True)
        return 0
    from nb_presign.cli.runner import perform  # noqa: PLC0415  # all verbs

    failed, problems = perform(asked, connect, prog=PROG)
    for problem in problems:
        _complain(problem, json=asked.json)
    if failed:
        return FAILED
    return exit_code(problems[0]) if problems else 0


def _complete(words: Sequence[str], connect: Connect | None) -> int:
    from nb_presign.cli.tab import complete  # noqa: PLC0415  # for a Tab only

    for one in complete(words, connect, wait=_TAB):
        print(one)
    return 0


def _break_off(interrupt: KeyboardInterrupt) -> int:
    from nb_presign.commands.showing.table import one_line  # noqa: PLC0415  # for trouble only

    # What goes on is called as its server calls it, which is text of others.
    said = map(one_line, filter(None, map(str, interrupt.args)))
    print("Interrupted.", *said, file=sys.stderr)
    return INTERRUPTED


def _complain(error: PresignError, *, json: bool) -> int:
    from nb_presign.commands.showing import document, text  # noqa: PLC0415  # for trouble only

    complaint = document.error_document(error) if json else f"{PROG}: {text.complain(error, PROG)}"
    print(complaint, file=sys.stderr)
    return exit_code(error)
