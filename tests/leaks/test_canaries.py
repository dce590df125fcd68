"""What looks for leaks finds a planted one, however it is written, and nothing else."""

from __future__ import annotations

import secrets

import pytest
from support.canaries import ENCODINGS, PIECE, Canaries

VALUES = {
    "hex": secrets.token_hex(24).encode(),
    "url": b"eyJ+a/b=" + secrets.token_urlsafe(40).encode(),
    "raw": secrets.token_bytes(32),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=list(VALUES))
@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_it_is_found(encoding, value):
    canaries = Canaries({"planted": value, "other": secrets.token_hex(24)})
    data = ENCODINGS[encoding](value)
    assert canaries.in_bytes(data) == {"planted"}
    assert canaries.in_chunks([data[:20], data[20:27], data[27:]]) == {"planted"}


@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_another_secret_of_the_same_kind_is_not_it(encoding):
    canaries = Canaries({"planted": secrets.token_hex(24)})
    assert canaries.in_bytes(ENCODINGS[encoding](secrets.token_hex(24).encode())) == set()


def test_it_is_found_in_files_and_in_their_names(tmp_path):
    value = secrets.token_hex(24)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "journal").write_bytes(b"\0\1" + value.encode())
    (tmp_path / f"kernel-{value}.json").write_text("{}")
    (tmp_path / "clean").write_text("nothing")
    (tmp_path / "link").symlink_to(tmp_path / "a" / "journal")
    found = Canaries({"planted": value}).in_files([tmp_path])
    assert set(found) == {
        str(tmp_path / "a" / "journal"),
        str(tmp_path / f"kernel-{value}.json"),
    }


def test_what_is_too_short_to_be_told_from_chance_is_no_canary():
    with pytest.raises(AssertionError):
        Canaries({"short": "x" * (PIECE - 1)})
