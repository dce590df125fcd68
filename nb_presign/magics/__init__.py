"""`%presign` in IPython: the verbs, shown in a notebook or a terminal.

In a notebook nothing secret is shown, since outputs are saved: a link appears as a widget, whose
page asks for the URL. In a terminal the URL is printed. Loading it imports next to nothing: the
verbs are imported when the magic is first used.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    context_matcher,
)
from IPython.core.magic import Magics, line_magic, magics_class
from traitlets import Enum

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from nb_presign.commands import Connections
    from nb_presign.magics.runner import Runner

_LINE = re.compile(r"\s*(?:[\w.,\s\[\]'\"]+=\s*)?%presign\s+(?P<words>.*)", re.DOTALL)


@magics_class
class PresignMagics(Magics):
    """The magic and its completion."""

    auto_refresh = Enum(
        ["visible", "always", "never"],
        "visible",
        config=True,
        help="""When the links of new widgets refresh by themselves, before they expire.

        'visible': while somebody looks at the widget; 'always'; 'never'. The widget's own switch
        turns it off and on. Example: %config PresignMagics.auto_refresh = "always"
        """,
    )

    def __init__(self, shell: InteractiveShell, *, connections: Connections | None = None) -> None:
        super().__init__(shell)
        self._connections = connections
        # Loading the extension again replaces the matcher, as it replaces the magic.
        matchers = shell.Completer.custom_matchers
        matchers[:] = [m for m in matchers if not _is_ours(m)]
        matchers.append(self.presign_matcher)

    @line_magic
    def presign(self, line: str) -> object:
        """Mint presigned URLs: links that open one place for a limited time, and can be revoked.

        %presign jupyter:gpu/lab/tree/train.ipynb       a link to a notebook of the server 'gpu'
        %presign session:3f9a@gpu --scope execute       to one open notebook and its kernel
        link = %presign -q jupyter:gpu                  the Link in Python; link.url.reveal()
        %presign targets · list · show ID · refresh ID · revoke ID … · sessions · end ID …
        %presign open REF · link REF · doctor · policy REF
        %presign sagemaker:my-instance --start          on AWS: sagemaker, studio, athena, …
        %presign help                                   all verbs, options and examples
        """
        return self._runner.perform(line, auto_refresh=self.auto_refresh)

    @context_matcher()  # type: ignore[untyped-decorator]
    def presign_matcher(self, context: CompletionContext) -> dict[str, object]:
        """Complete the last word of a `%presign` line; other matchers are silent if it can."""
        match = _LINE.fullmatch(context.text_until_cursor)
        if not match:
            return {"completions": [], "suppress": False}
        words = match["words"].split()
        if not words or match["words"][-1].isspace():
            words.append("")
        offered = self._runner.could_be(words)
        # A SimpleMatcherResult, which IPython 8 and 9 type differently.
        return {
            "completions": [SimpleCompletion(one, type="param") for one in offered],
            "matched_fragment": words[-1],
            "suppress": True,
            "ordered": True,
        }

    @cached_property
    def _runner(self) -> Runner:
        from nb_presign.magics.runner import Runner  # noqa: PLC0415  # all verbs

        return Runner(self.shell, self._connections)


def _is_ours(matcher: object) -> bool:
    return isinstance(getattr(matcher, "__self__", None), PresignMagics)
