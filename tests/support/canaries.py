"""Secrets that were planted, and where they turn up: however they were encoded on the way.

A canary is looked for in pieces, so that a truncated one, or one that a compressor cut, counts too.
"""

from __future__ import annotations

import base64
import gzip
import html
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

#: Characters of a piece: with random content, enough to be found nowhere by chance.
PIECE = 14
#: How many layers of encoding are taken off what is small, and what is large.
DEPTH, SHALLOW = 3, 1
LARGE = 512 * 1024
#: Most that one compressed part may grow to.
LARGEST = 64 * 1024 * 1024

_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(rb"\\(?:u00([0-9A-Fa-f]{2})|x([0-9A-Fa-f]{2})|(/))")
_ENTITY = re.compile(rb"&(?:#0*(\d{1,3})|#[xX]0*([0-9A-Fa-f]{1,2})|(amp|lt|gt|quot|apos));")
_LINE_END = re.compile(rb"\\r|\\n|[\r\n]")
_GZIP = b"\x1f\x8b\x08"
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


class Canaries:
    """Planted secrets, by name; `in_bytes` and its like tell which of them are somewhere."""

    def __init__(self, planted: Mapping[str, str | bytes]) -> None:
        self._patterns: dict[str, tuple[bytes, ...]] = {}
        for name, value in planted.items():
            self.plant(name, value)

    def plant(self, name: str, value: str | bytes) -> None:
        """Look for one more."""
        raw = value.encode() if isinstance(value, str) else value
        assert len(raw) >= PIECE, f"{name} is too short to be told from chance"
        self._patterns[name] = tuple(dict.fromkeys(_patterns(raw)))

    def __contains__(self, name: str) -> bool:
        return name in self._patterns

    def __len__(self) -> int:
        return len(self._patterns)

    def in_bytes(self, data: bytes) -> set[str]:
        """Name the canaries in some bytes, in whatever encoding."""
        found: set[str] = set()
        for layer in _layers(data, DEPTH if len(data) < LARGE else SHALLOW):
            found |= {
                name
                for name, patterns in self._patterns.items()
                if name not in found and any(pattern in layer for pattern in patterns)
            }
        return found

    def in_chunks(self, chunks: Iterable[bytes]) -> set[str]:
        """Name the canaries in what came in parts."""
        return self.in_bytes(b"".join(chunks))

    def in_files(self, paths: Iterable[Path]) -> dict[str, set[str]]:
        """Name the canaries in files and directories, by path; links are not followed."""
        found = {}
        for path in _files(paths):
            try:
                data = path.read_bytes()
            except OSError:  # gone, or a socket
                continue
            if names := self.in_bytes(str(path).encode() + b"\n" + data):
                found[str(path)] = names
        return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path.iterdir())
        elif path.is_file():
            yield path


def _patterns(raw: bytes) -> Iterator[bytes]:
    places = [*range(0, len(raw) - PIECE, PIECE), len(raw) - PIECE]
    for piece in (raw[place : place + PIECE] for place in places):
        yield piece
        yield piece.hex().encode()
        yield piece.hex().upper().encode()
        for shift in range(3):
            # What does not depend on the neighbours in any of the three alignments.
            whole = base64.b64encode(b"\0" * shift + piece)
            inner = whole[(0, 2, 3)[shift] : len(whole) - (4 if whole.endswith(b"=") else 0)]
            yield inner
            yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def _layers(data: bytes, depth: int) -> Iterator[bytes]:
    """Yield some bytes, and what they are when an encoding is taken off, again and again."""
    yield data
    if not depth:
        return
    for decode in _DECODERS:
        for inner in decode(data):
            yield from _layers(inner, depth - 1)


def _unquoted(data: bytes) -> Iterator[bytes]:
    if _PERCENT.search(data):
        yield unquote_to_bytes(data)


def _unescaped(data: bytes) -> Iterator[bytes]:
    if _ESCAPED.search(data):
        yield _ESCAPED.sub(lambda m: bytes([int(m[1] or m[2], 16)]) if m[1] or m[2] else b"/", data)


def _plain(data: bytes) -> Iterator[bytes]:
    if _ENTITY.search(data):
        yield _ENTITY.sub(_character, data)


def _character(entity: re.Match[bytes]) -> bytes:
    # Not `html.unescape`: it reads the numbers 128 to 159 as Windows did.
    if entity[3]:
        return html.unescape(entity[0].decode()).encode()
    number = int(entity[1]) if entity[1] else int(entity[2], 16)
    return bytes([number]) if number <= 255 else entity[0]


def _unwrapped(data: bytes) -> Iterator[bytes]:
    # Base64 in lines of 76 characters, in JSON or not.
    if _LINE_END.search(data):
        yield _LINE_END.sub(b"", data)


def _narrow(data: bytes) -> Iterator[bytes]:
    if data.count(b"\0") > PIECE:  # UTF-16, or what keeps it
        yield data.replace(b"\0", b"")


def _unpacked(data: bytes) -> Iterator[bytes]:
    places = [m.start() for m in re.finditer(re.escape(_GZIP), data)]
    for place in places:
        yield from _inflate(data[place:], 31)
    if not places and _ZLIB.match(data):
        yield from _inflate(data, 15)


def _inflate(data: bytes, window: int) -> Iterator[bytes]:
    try:
        yield zlib.decompressobj(window).decompress(data, LARGEST)
    except zlib.error:
        return


_DECODERS: tuple[Callable[[bytes], Iterator[bytes]], ...] = (
    _unpacked,
    _unquoted,
    _unescaped,
    _plain,
    _unwrapped,
    _narrow,
)

#: Ways in which a secret is written, for tests that what looks for them knows all.
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda s: s,
    "in the middle": lambda s: b"x" * 501 + s + b"y" * 501,
    "cut off": lambda s: s[: len(s) - 5],
    "URL-encoded": lambda s: b"?a=" + b"".join(b"%%%02x" % c for c in s),
    "URL-encoded twice": lambda s: b"".join(b"%%25%02X" % c for c in s),
    "JSON-escaped": lambda s: b'{"a": "' + b"".join(b"\\u%04x" % c for c in s) + b'"}',
    "a bytes repr": lambda s: b"b'" + b"".join(b"\\x%02x" % c for c in s) + b"'",
    "HTML entities": lambda s: b"".join(b"&#x%x;" % c for c in s),
    "base64": base64.b64encode,
    "base64, one off": lambda s: base64.b64encode(b"a" + s),
    "base64, two off": lambda s: base64.urlsafe_b64encode(b"ab" + s),
    "base64 in lines": lambda s: base64.encodebytes(b"z" * 40 + s).replace(b"\n", b"\\n"),
    "hexadecimal": lambda s: s.hex().encode(),
    "UTF-16": lambda s: s.decode("latin-1").encode("utf-16"),
    "gzip": lambda s: b"head" + gzip.compress(b"q" * 999 + s),
    "deflate": zlib.compress,
    "base64, then URL-encoded": lambda s: b"".join(b"%%%02X" % c for c in base64.b64encode(s)),
    "gzip of JSON": lambda s: gzip.compress(b"".join(b"\\u%04x" % c for c in s)),
}
