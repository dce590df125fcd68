"""Writes the help of the verbs, with examples, for a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from nb_presign.commands.words.grammar import COMMON, Option, Verb
from nb_presign.commands.words.vocabulary import DEFAULT, VERBS, members, offered

_REFERENCES = """\
References (free of secrets, safe to save):
  jupyter:SERVER/lab/tree/PATH     a Jupyter server by name ('.': this one), and a path there
  session:ID@SERVER                one open notebook and its kernel; ID may be abbreviated
  sagemaker:INSTANCE/lab/tree/PATH a SageMaker notebook instance
  studio:DOMAIN/USER[/SPACE]       SageMaker Studio; '-' for a space: none
  athena:SESSION                   an Athena notebook session
  REF?region=REGION&profile=NAME   where and with whose credentials, as --region and --profile
'{prog} targets' lists references, '{prog} doctor' the providers."""
_TOKENS = """\
A token for programs, where the service gives one (Athena), is auth_token in the JSON of:
  {prog} athena:SESSION --json"""
_EXIT_CODES = """\
Exit codes:
  0 done · 2 wrong usage or input · 3 not found · 4 expired, revoked, used up or not ready
  5 not signed in or not allowed · 6 another service failed · 7 store or keys unavailable
  130 interrupted · 1 anything else"""


def overview(prog: str) -> str:
    """Explain all verbs; `prog` is `%presign` or `jupyter presign`."""
    in_shell = not prog.startswith("%")
    parts = [
        f"{prog} [VERB] … mints presigned URLs: links that open one place for a limited time.",
        "Verbs:\n" + _verbs(offered(prog).values()),
        "Options of mint and open:\n" + _options(DEFAULT.options),
        "Options of all verbs:\n" + _options(COMMON),
        _REFERENCES.replace("{prog}", prog),
        "Examples:\n" + _examples(VERBS, prog),
        f"More about a verb: {prog} help VERB",
    ]
    if in_shell:
        parts.append(_TOKENS.format(prog=prog))
        parts.append(_EXIT_CODES)
    else:
        parts.append(
            f"The Python object, whose URL is link.url.reveal():  link = {prog} -q REF\n"
            "A token for programs, where the service gives one (Athena):  link.auth_token.reveal()"
        )
    return "\n\n".join(parts)


def explain(verb: Verb, prog: str) -> str:
    """Explain one verb, or the verbs of a group."""
    usage = " ".join(filter(None, (prog, verb.name, verb.usage, "[options]")))
    parts = [f"{usage}\n{verb.summary[:1].upper()}{verb.summary[1:]}."]
    verbs = members(verb, prog).values()
    if verbs:
        parts.append("Verbs:\n" + _verbs(verbs))
    parts.append("Options:\n" + _options(verb.all_options))
    if examples := _examples((verb, *verbs), prog):
        parts.append("Examples:\n" + examples)
    return "\n\n".join(parts)


def _verbs(verbs: Iterable[Verb]) -> str:
    return _columns((f"{v.name} {v.usage}".strip(), v.summary) for v in verbs)


def _options(options: Iterable[Option]) -> str:
    return _columns(
        (", ".join(filter(None, (o.short, f"{o.name} {o.metavar}".strip()))), o.help)
        for o in options
    )


def _examples(verbs: Iterable[Verb], prog: str) -> str:
    return "\n".join("  " + line.format(prog=prog) for verb in verbs for line in verb.examples)


def _columns(rows: Iterable[tuple[str, str]]) -> str:
    kept = list(rows)
    width = max(len(left) for left, _ in kept)
    return "\n".join(f"  {left:<{width}}  {right}" for left, right in kept)
