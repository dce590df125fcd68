"""What a line of `%presign` does: the verbs, with what they come to shown here."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from nb_presign.commands import Connections, command, outcome, parse, split
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.progress import attend
from nb_presign.commands.showing import document, text
from nb_presign.commands.showing.table import one_line
from nb_presign.commands.verbs import run
from nb_presign.errors import PresignError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nb_presign.model import Link

E = TypeVar("E", bound=BaseException)

PROG = "%presign"
#: Longest wait for a Tab, seconds: the first one imports what talks to servers, too.
_PATIENCE = 1.0
_URL_NOTE = """\
The URL is left out, because this output is saved with the notebook. To have it in Python:
link = %presign -q …; link.url.reveal()"""
_PROGRAMS_NOTE = "; link.auth_token.reveal()"


class Runner:
    """Does what lines ask for, in one shell."""

    def __init__(self, shell: InteractiveShell | None, connections: Connections | None) -> None:
        self._shell = shell
        self._connections = connections or Connections()
        self._completer = Completer(self._connections, prog=PROG)

    def perform(self, line: str, *, auto_refresh: str) -> object:
        """Do it, show what it came to, and return it where the line says `-q`.

        `auto_refresh` is the mode of new widgets. Raises `PresignError` and `KeyboardInterrupt` as
        IPython shows them in words.
        """
        try:
            asked = self._for_notebook(parse(split(line), prog=PROG))
            result = self._run(asked)
            if isinstance(asked, command.Revoke) and isinstance(result, outcome.Links):
                _tell_countdowns(result.links)
            if not asked.quiet:
                self._show(asked, result, auto_refresh)
            _raise_problems(result)
        except PresignError as error:
            raise _plainly(error, text.complain(error, PROG))  # noqa: B904  # the same error
        except KeyboardInterrupt as error:
            raise _plainly(error, _interrupted(error))  # noqa: B904
        return result.value if asked.quiet else None

    @property
    def _in_notebook(self) -> bool:
        """Whether a kernel runs this, whose outputs are kept."""
        return getattr(self._shell, "kernel", None) is not None

    def _for_notebook(self, asked: command.Command) -> command.Command:
        """Turn `open` into `mint`: a kernel cannot open a page, but the widget has a button."""
        if not isinstance(asked, command.Open) or asked.quiet or not self._in_notebook:
            return asked
        return command.Mint(
            server=asked.server,
            json=asked.json,
            request=replace(asked.request, interactive=False),
            start=asked.start,
        )

    def _run(self, asked: command.Command) -> outcome.Outcome:
        from nb_presign.commands.showing.notebook import NotebookLine  # noqa: PLC0415  # seldom
        from nb_presign.commands.showing.terminal import TerminalScreen  # noqa: PLC0415

        quiet = asked.quiet or asked.json
        screen = NotebookLine() if self._in_notebook else TerminalScreen(quiet=quiet)
        return attend(lambda told: run(asked, self._connections, progress=told), screen)

    def could_be(self, words: list[str]) -> tuple[str, ...]:
        """Tell what the last word could become, as far as that is known soon."""
        from concurrent.futures import TimeoutError as TooLate  # noqa: PLC0415

        from nb_presign.blocking import background  # noqa: PLC0415

        future = background.start(self._completer.complete(words))
        try:
            return future.result(_PATIENCE)
        except TooLate:
            return ()

    def _show(self, asked: command.Command, result: outcome.Outcome, auto_refresh: str) -> None:
        if asked.json or isinstance(result, outcome.Permission):
            self._show_json(result)
        elif isinstance(result, outcome.Minted):
            self._show_minted(asked, result, auto_refresh)
        elif isinstance(result, outcome.Shown):
            print(text.summary(result.link, result.at))  # noqa: T201
        elif found := text.table(result, PROG):
            _display(found) if self._in_notebook else print(found.plain())  # noqa: T201
        else:
            print(result.value)  # noqa: T201

    def _show_json(self, result: outcome.Outcome) -> None:
        print(document.document(result, reveal=not self._in_notebook))  # noqa: T201
        notes = text.notes(result)
        if self._in_notebook and isinstance(result, outcome.Minted):
            notes = (_URL_NOTE + _PROGRAMS_NOTE * bool(result.link.auth_token),)
        for note in notes:
            print(note, file=sys.stderr)  # noqa: T201

    def _show_minted(
        self, asked: command.Command, result: outcome.Minted, auto_refresh: str
    ) -> None:
        if self._in_notebook:
            self._show_countdown(asked.server, result, auto_refresh)
            return
        print(text.summary(result.link, result.at))  # noqa: T201
        if result.link.url is None or (result.to_open and _opened(result)):
            return
        print(result.link.url.reveal())  # noqa: T201  # a terminal is where it is asked for

    def _show_countdown(self, server: str, result: outcome.Minted, auto_refresh: str) -> None:
        from nb_presign.blocking import background  # noqa: PLC0415
        from nb_presign.live import Mode, scheduler  # noqa: PLC0415
        from nb_presign.widget import Countdown  # noqa: PLC0415  # ipywidgets, anywidget

        api = background.run(self._connections.get(server))
        live = scheduler().follow(result.link, api, mode=Mode(auto_refresh))
        _display(Countdown(live))


def _tell_countdowns(links: tuple[Link, ...]) -> None:
    """Have the widgets of revoked links say so at once, and not at their next refresh."""
    if "nb_presign.live" in sys.modules:  # otherwise there are none
        from nb_presign.live import scheduler  # noqa: PLC0415

        scheduler().revoked(links)


def _opened(result: outcome.Minted) -> bool:
    from nb_presign.commands.showing.browser import open_in_browser  # noqa: PLC0415

    return result.link.url is not None and open_in_browser(result.link.url)


def _display(value: object) -> None:
    from IPython.display import display  # noqa: PLC0415  # pulls in what a terminal needs not

    display(value)  # type: ignore[no-untyped-call]


def _raise_problems(result: outcome.Outcome) -> None:
    if isinstance(result, (outcome.Links, outcome.Sessions)) and result.problems:
        raise result.problems[0]


def _interrupted(interrupt: KeyboardInterrupt) -> str:
    # What goes on is called as its server calls it, which is text of others.
    return " ".join(("Interrupted.", *map(one_line, filter(None, map(str, interrupt.args)))))


def _plainly(error: E, words: str) -> E:
    """Have IPython show an error in words, without a traceback through our code."""
    # IPython asks the exception; on this one only, since elsewhere the traceback is of use.
    vars(error)["_render_traceback_"] = words.splitlines
    return error
