"""What a link opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nb_presign.errors import BadReferenceError

_PROVIDER = re.compile(r"[a-z][a-z0-9-]{0,30}")
_OPTION = re.compile(r"[a-z][a-z0-9_]{0,30}")
# Categories no part of a target may hold: controls, and the separators that Windows and URLs
# confuse.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
#: Option names under which people paste secrets; a reference is saved in notebooks, so they are
#: refused.
SECRET_OPTIONS = frozenset(
    {"token", "auth_token", "authtoken", "password", "secret", "key", "code"}
)
MAX_PART = 1024
#: UTF-8 bytes of id, path and options together; three characters each when percent-encoded.
MAX_BYTES = 2560


@dataclass(frozen=True, slots=True)
class Target:
    """What a link opens: a place of one provider, and optionally a path inside."""

    #: Name of the provider, such as `jupyter` or `sagemaker`.
    provider: str
    #: The provider's own name for the place; no slash.
    id: str
    #: Path inside, as in the place's own URLs (`lab/tree/a.ipynb`), decoded, without a leading
    #: slash; may be empty.
    path: str = ""
    #: Region, profile and the provider's own options, sorted by name.
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        # `presign:` is the scheme that any reference may have in front.
        if not _PROVIDER.fullmatch(self.provider) or self.provider == "presign":
            raise BadReferenceError(f"Not a provider name: {self.provider[:40]!r}.")
        check_name(self.id)
        check_path(self.path)
        check_options(self.options)
        check_size(self.id, self.path, self.options)

    def option(self, name: str, default: str = "") -> str:
        """Return one option, or the default."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class BareTarget:
    """A target whose provider is not said: `my-instance/lab`; providers are asked who knows it."""

    id: str
    path: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        check_name(self.id)
        check_path(self.path)
        check_options(self.options)
        check_size(self.id, self.path, self.options)

    def of(self, provider: str) -> Target:
        """Say the provider."""
        return Target(provider, self.id, self.path, self.options)


def check_name(name: str) -> None:
    """Refuse an id that is empty, too long, or holds a slash or control character."""
    if (
        not name
        or len(name) > MAX_PART
        or "/" in name
        or FORBIDDEN.search(name)
        or name != name.strip()
    ):
        raise BadReferenceError(
            f"Not a name of a target: {name[:40]!r}.",
            hint="Run 'presign targets' to see what there is.",
        )


def check_path(path: str) -> None:
    """Refuse a path with an empty, `.` or `..` segment, a backslash or a control character."""
    if not path:
        return
    if (
        len(path) > MAX_PART
        or FORBIDDEN.search(path)
        or any(s in {"", ".", ".."} for s in path.split("/"))
    ):
        raise BadReferenceError(
            f"Not a path inside a target: {path[:80]!r}.",
            hint="Write it as after the server's address: lab/tree/a.ipynb, no '..' or '//'.",
        )


def check_options(options: tuple[tuple[str, str], ...]) -> None:
    """Refuse unsorted, repeated or malformed options, and any that is named like a secret."""
    names = [name for name, _ in options]
    if names != sorted(set(names)):
        raise BadReferenceError("An option is given twice, or options are not sorted by name.")
    for name, value in options:
        if name.lower() in SECRET_OPTIONS:
            raise BadReferenceError(
                f"A reference holds no secrets, so the option {name!r} is refused.",
                hint="Leave it out: whoever opens the reference uses their own credentials.",
            )
        if (
            not _OPTION.fullmatch(name)
            or not value
            or len(value) > MAX_PART
            or FORBIDDEN.search(value)
        ):
            raise BadReferenceError(f"Not an option of a target: {name[:40]!r}.")


def check_size(name: str, path: str, options: tuple[tuple[str, str], ...]) -> None:
    """Refuse a target that is too long to be written as a reference."""
    parts = [name, path, *(part for option in options for part in option)]
    if sum(len(part.encode()) for part in parts) > MAX_BYTES:
        raise BadReferenceError(f"A target has at most {MAX_BYTES} bytes in all.")
