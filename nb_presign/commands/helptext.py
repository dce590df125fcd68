"""Writes the help of the verbs, with examples, for a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from nb_presign.commands.grammar import COMMON, COMPLETION, VERBS, Option, Verb

_REFERENCES = """\
References (free of secrets, safe to save):
  jupyter:SERVER/lab/tree/PATH     a Jupyter server by name ('.': this one), and a path there
  session:ID@SERVER                one open notebook and its kernel; ID may be abbreviated"""
_EXIT_CODES = """\
Exit codes:
  0 done · 2 wrong usage or input · 3 not found · 4 expired, revoked, used up or not ready
  5 not signed in or not allowed · 6 another service failed · 7 store or keys unavailable
  130 interrupted · 1 anything else"""


def overview(prog: str) -> str:
    """Explain all verbs; `prog` is `%presign` or `jupyter presign`."""
    in_shell = not prog.startswith("%")
    verbs = (*VERBS, COMPLETION) if in_shell else VERBS
    parts = [
        f"{prog} [VERB] … mints presigned URLs: links that open one place for a limited time.",
        "Verbs:\n" + _columns((f"{v.name} {v.usage}".strip(), v.summary) for v in verbs),
        "Options of mint and open:\n" + _options(VERBS[0].options),
        "Options of all verbs:\n" + _options(COMMON),
        _REFERENCES,
        "Examples:\n" + _examples(VERBS, prog),
        f"More about a verb: {prog} help VERB",
    ]
    if in_shell:
        parts.append(_EXIT_CODES)
    else:
        parts.append(f"The Python object, whose URL is link.url.reveal():  link = {prog} -q REF")
    return "\n\n".join(parts)


def explain(verb: Verb, prog: str) -> str:
    """Explain one verb."""
    usage = " ".join(filter(None, (prog, verb.name, verb.usage, "[options]")))
    parts = [f"{usage}\n{verb.summary[:1].upper()}{verb.summary[1:]}."]
    parts.append("Options:\n" + _options((*verb.options, *COMMON)))
    if verb.examples:
        parts.append("Examples:\n" + _examples((verb,), prog))
    return "\n\n".join(parts)


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
