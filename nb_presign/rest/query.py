"""Query strings, read as strictly as bodies: unknown and repeated parameters are refused."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.httputil import HTTPServerRequest

from nb_presign.errors import InputError

#: Jupyter's own, which stand on any of its URLs.
_JUPYTER = frozenset({"token", "_xsrf", "no_track_activity"})


def read_query(request: HTTPServerRequest, known: Mapping[str, int]) -> dict[str, str]:
    """Return the parameters that are given; raises `InputError` for any that is not known.

    `known` says the greatest length of each, in characters.
    """
    given: dict[str, str] = {}
    for name, values in request.query_arguments.items():
        if name in _JUPYTER or _is_timestamp(name, values):
            continue
        if name not in known:
            raise InputError(
                f"Unknown parameter {name[:40]!r}.",
                hint=f"Known: {', '.join(sorted(known))}." if known else "There are none.",
            )
        if len(values) != 1:
            raise InputError(f"The parameter {name} is given twice.", name=name)
        given[name] = _decode(name, values[0], known[name])
    return given


def _is_timestamp(name: str, values: list[bytes]) -> bool:
    # JupyterLab's ServerConnection (4.6) appends the bare time in milliseconds to defeat caches.
    return name.isdecimal() and values == [b""]


def _decode(name: str, value: bytes, longest: int) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise InputError(f"The parameter {name} is not UTF-8.", name=name) from None
    if len(text) > longest:
        raise InputError(f"The parameter {name} has more than {longest} characters.", name=name)
    if not text.isprintable():
        raise InputError(f"The parameter {name} has a character that is not text.", name=name)
    return text
