"""Does a verb, and writes what it came to: on standard output what was asked for."""

from __future__ import annotations

import sys
from dataclasses import replace

from nb_presign.cli.connecting import connections
from nb_presign.commands import command, outcome
from nb_presign.commands.connections import Connect
from nb_presign.commands.progress import attend
from nb_presign.commands.showing import document, text
from nb_presign.commands.showing.table import Table, clean, in_lines
from nb_presign.commands.showing.terminal import TerminalScreen
from nb_presign.commands.verbs import run
from nb_presign.duration import format_duration
from nb_presign.errors import PresignError


def perform(
    asked: command.Command, connect: Connect | None, *, prog: str
) -> tuple[bool, tuple[PresignError, ...]]:
    """Do what a command asks for, and show it; `connect` finds servers some other way.

    Returns whether the answer is no, and what could not be done of several things. Raises
    `PresignError`.
    """
    screen = TerminalScreen(quiet=asked.quiet or asked.json)
    with connections(connect) as kept:
        result = attend(lambda progress: run(asked, kept, progress=progress), screen)
        # Before the connections are closed: that waits until others know what was minted.
        _show(asked, result, prog)
        sys.stdout.flush()
        for note in text.notes(result):
            print(note, file=sys.stderr)
    return _is_no(result), _problems(result)


def _is_no(result: outcome.Outcome) -> bool:
    if isinstance(result, outcome.Diagnosis):
        return not result.ok
    return isinstance(result, outcome.Ruling) and not result.allowed


def _problems(result: outcome.Outcome) -> tuple[PresignError, ...]:
    may_have = (outcome.Links, outcome.Sessions, outcome.AccessKeys)
    return result.problems if isinstance(result, may_have) else ()


def _show(asked: command.Command, result: outcome.Outcome, prog: str) -> None:
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
    elif found := text.table(result, prog):
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
        print(in_lines(note))


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
