"""The names in the shared files, read without boto.

The format is that of "Format of the configuration and credential files" (AWS CLI's user guide):
profiles are `[name]` in the credentials file, `[default]` and `[profile name]` in the other.
"""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterator
from pathlib import Path

from nb_presign.aws.machine.stamp import shared_files


def profile_names() -> tuple[str, ...]:
    """List the profiles, in the order of the files; blocks for two small files."""
    credentials, config = shared_files()
    found = [*_sections(credentials), *_profiles(config)]
    return tuple(dict.fromkeys(found))


def regions_named() -> tuple[str, ...]:
    """List the regions that profiles name, each once; blocks for two small files."""
    regions = [
        parser.get(section, "region", fallback="")
        for parser in map(_read, shared_files())
        for section in parser.sections()
    ]
    return tuple(dict.fromkeys(filter(None, regions)))


def _profiles(config: Path) -> Iterator[str]:
    for section in _sections(config):
        if section == "default":
            yield section
        elif section.startswith(("profile ", "profile\t")):
            yield from _named(section)


def _named(section: str) -> list[str]:
    try:
        words = shlex.split(section)
    except ValueError:
        return []
    return words[1:] if len(words) == 2 else []  # noqa: PLR2004  # the word "profile", and one name


def _sections(path: Path) -> list[str]:
    return _read(path).sections()


def _read(path: Path) -> configparser.RawConfigParser:
    # `default_section`: theirs has no meaning, whatever its capitals.
    parser = configparser.RawConfigParser(default_section="", strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        # botocore will say so when it reads them; here nothing is found.
        return configparser.RawConfigParser(default_section="")
    return parser
