"""References: the text form of a target, free of secrets and safe to save.

    provider:id[/path][?option=value&…]
    sagemaker:my-instance/lab/tree/a.ipynb?region=us-west-2 presign:provider:id…
    the same as a URI, for Markdown name[/path][?…]                              bare: the provider
    is found out

Every part is percent-encoded as RFC 3986 says, so that any file name survives a Markdown link.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes

from nb_presign.errors import BadReferenceError
from nb_presign.model import BareTarget, Target

SCHEME = "presign:"
#: Holds every target, however much of it has to be percent-encoded; see `model.target.MAX_BYTES`.
MAX_LENGTH = 8192

# RFC 3986 pchar less the marks that end a Markdown link, quote an attribute or start an option.
_SAFE_SEGMENT = "!$*+,;=:@-._~"
_SAFE_OPTION = "!$*,;:@-._~/"
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HEAD = re.compile(r"(?P<provider>[a-z][a-z0-9-]*):(?P<rest>.*)", re.DOTALL)
_HINT = "Write it as provider:name/path, for example jupyter:my-server/lab/tree/notebook.ipynb."


def parse(text: str) -> Target | BareTarget:
    """Read a reference, with or without the `presign:` scheme.

    Raises `BadReferenceError`, whose message names the part that is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise BadReferenceError(f"A reference has at most {MAX_LENGTH} characters.", hint=_HINT)
    text = text.strip().removeprefix(SCHEME)
    if not text:
        raise BadReferenceError("The reference is empty.", hint=_HINT)
    if "#" in text:
        raise BadReferenceError("A reference has no '#' part; write %23 for a '#' in a file name.")
    if "://" in text.partition("?")[0]:
        raise BadReferenceError("That is a URL, not a reference.", hint=_HINT)
    match = _HEAD.fullmatch(text)
    body, _, query = (match["rest"] if match else text).partition("?")
    name, _, path = body.partition("/")
    path = path.removesuffix("/")
    parts = _decode(name), "/".join(_decode(segment) for segment in path.split("/")) if path else ""
    options = _parse_options(query)
    if match:
        return Target(match["provider"], *parts, options)
    return BareTarget(*parts, options)


def format_reference(target: Target) -> str:
    """Write a target so that `parse` gives it back; holds only URI characters."""
    text = f"{target.provider}:{quote(target.id, safe=_SAFE_SEGMENT)}"
    if target.path:
        text += "/" + "/".join(
            quote(segment, safe=_SAFE_SEGMENT) for segment in target.path.split("/")
        )
    if target.options:
        text += "?" + "&".join(
            f"{name}={quote(value, safe=_SAFE_OPTION)}" for name, value in target.options
        )
    return text


def with_path(target: Target | BareTarget, path: str) -> Target | BareTarget:
    """Say the path of a target separately; refused where the reference has another one already."""
    path = path.strip("/")
    if target.path and path not in {"", target.path}:
        raise BadReferenceError(
            "The path is given twice, in the reference and beside it.", hint="Give it once."
        )
    return replace(target, path=path) if path else target


def to_uri(target: Target) -> str:
    """Write a target as a `presign:` URI."""
    return SCHEME + format_reference(target)


def to_markdown(target: Target, label: str = "") -> str:
    """Write a Markdown link to a target; a click mints, and nothing secret is saved."""
    label = label or target.path.rpartition("/")[2] or target.id
    escaped = re.sub(r"([\\`*_\[\]<>])", r"\\\1", label)
    return f"[{escaped}]({to_uri(target)})"


def _parse_options(query: str) -> tuple[tuple[str, str], ...]:
    if not query:
        return ()
    options = []
    for item in query.split("&"):
        name, found, value = item.partition("=")
        if not found:
            raise BadReferenceError(f"An option is written name=value, not {item[:40]!r}.")
        options.append((_decode(name), _decode(value, slash=True)))
    return tuple(sorted(options))


def _decode(part: str, *, slash: bool = False) -> str:
    if _ESCAPE.search(part):
        raise BadReferenceError(
            f"A '%' is followed by two hex digits: {part[:40]!r}.", hint="Write %25 for '%'."
        )
    try:
        decoded = unquote_to_bytes(part).decode("utf-8", "strict")
    except UnicodeError as error:
        raise BadReferenceError(f"Not UTF-8 when decoded: {part[:40]!r}.") from error
    if "/" in decoded and not slash:
        raise BadReferenceError("An encoded slash (%2F) is not allowed in a reference.")
    return decoded
