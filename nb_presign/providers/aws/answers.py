"""What may be believed of an answer: its URL, its token and its times.

A URL that is handed out is opened by browsers that trust it. Its text is in no error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import SplitResult, urlsplit

from nb_presign.errors import BadAnswerError
from nb_presign.providers.aws.operation import Answer, Operation
from nb_presign.secret import Secret

#: Characters; Studio's have thousands, EMR's model allows for 10,280.
LONGEST = 16_384
#: A token that ends later than that is none that we understand.
LATEST = timedelta(days=7)
#: Seconds since 1970 reach this in the year 5138; milliseconds did in 1973.
_MILLISECONDS = 100_000_000_000

#: What urlsplit and browsers read differently: controls, blanks, backslashes, all but ASCII.
_ODD = re.compile(r"[^!-\[\]-~]")
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def url_of(
    row: Operation, answer: Mapping[str, Any], *, host: str, allowed: tuple[str, ...]
) -> str:
    """Read the URL of an answer; raises `BadAnswerError` unless it is one to open.

    `host`: where it must lead, if that is known. `allowed`: further hosts, or ends of such.
    """
    url = _put_together(row.answer, answer)
    why = _wrong(url, row.answer, host=host if row.answer.same_host else "", allowed=allowed)
    if why:
        raise BadAnswerError(
            f"{row.title}: AWS answered with a URL that is not handed out, since {why}.",
            hint="Look for a proxy or an AWS_ENDPOINT_URL that is not AWS's; a host that is right "
            "can be named in c.NbPresign.aws_hosts.",
            service=row.service,
            operation=row.operation,
            rule=why,
        )
    return url


def auth_token_of(row: Operation, answer: Mapping[str, Any]) -> Secret | None:
    """Read what programs send; None where the operation has no such thing."""
    if not row.answer.auth_token:
        return None
    token = answer.get(row.answer.auth_token)
    if not isinstance(token, str) or not token or _ODD.search(token):
        raise _bad(row, f"without a usable {row.answer.auth_token}")
    return Secret(token)


def end_of(row: Operation, answer: Mapping[str, Any], begun: datetime) -> datetime | None:
    """Read when a token ends; None where the operation does not say.

    AWS gives "UTC epoch time" and no unit: seconds and milliseconds are told apart by size. Raises
    `BadAnswerError` for what is no such time, has passed, or is far away.
    """
    if not row.answer.auth_token_ends:
        return None
    ends = _time(answer.get(row.answer.auth_token_ends))
    if ends is None:
        raise _bad(row, f"whose {row.answer.auth_token_ends} is no time")
    if not begun < ends <= begun + LATEST:
        raise _bad(row, f"whose {row.answer.auth_token_ends} is {ends:%Y-%m-%d %H:%M}Z")
    return ends


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
        return _EPOCH + timedelta(seconds=number / (1000 if number >= _MILLISECONDS else 1))
    except (ValueError, OverflowError):
        return None


def _put_together(answer: Answer, found: Mapping[str, Any]) -> str:
    if answer.url:
        url = found.get(answer.url)
        return url if isinstance(url, str) else ""
    host, token = found.get(answer.host), found.get(answer.token)
    if not isinstance(host, str) or not isinstance(token, str) or not host or not token:
        return ""
    # A host with a slash in it would be one with a path; `_wrong` sees hosts only.
    return answer.template.format(host=host, token=token) if _HOST.fullmatch(host.lower()) else ""


def _wrong(url: str, answer: Answer, *, host: str, allowed: tuple[str, ...]) -> str:
    """Say what is wrong with a URL; nothing if it is one to open."""
    if not url:
        return "there is none in it"
    parts = None if len(url) > LONGEST or _ODD.search(url) else _split(url)
    if parts is None or parts.scheme != "https":
        return "it is not an https URL as people have them"
    return _wrong_host(parts, answer, host=host, allowed=allowed)


def _wrong_host(parts: SplitResult, answer: Answer, *, host: str, allowed: tuple[str, ...]) -> str:
    found = (parts.hostname or "").lower()
    if "@" in parts.netloc or parts.port not in {None, 443} or not _HOST.fullmatch(found):
        return "its host is not written like one of AWS"
    if any(_ends(found, each) for each in allowed):
        return ""
    if host and found != host:
        return "its host is not the one that the target is described with"
    if not any(_ends(found, each) for each in answer.hosts):
        return f"its host ends in .{'.'.join(found.split('.')[-2:])[:80]}, not as AWS's do"
    return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _ends(host: str, suffix: str) -> bool:
    """Tell whether a host is this one or below it, by whole labels."""
    name = suffix.lower().lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _bad(row: Operation, what: str) -> BadAnswerError:
    return BadAnswerError(
        f"{row.title}: AWS gave an answer {what}.",
        hint="Check this machine's clock, and try again.",
        service=row.service,
        operation=row.operation,
    )
