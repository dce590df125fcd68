from __future__ import annotations

import base64
import hashlib
import hmac
import json
import traceback

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import FakeClock

from nb_presign.errors import KeyRingError, SealError
from nb_presign.secret import Secret
from nb_presign.signing import rotation
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.sealing import Sealer, sealing_key

SECRET = Secret("forty-characters-that-nobody-may-know-xy")
KEY = "k" * 43


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "keys.json"
    found.write_text(json.dumps({"keys": [KEY]}))
    found.chmod(0o600)
    return found


@pytest.fixture
def ring(path):
    return KeyRing(path)


@pytest.fixture
def sealer(ring):
    return Sealer(ring)


def refused(sealer, sealed, purpose="access-key", name="NBPK1"):
    with pytest.raises(SealError) as error:
        sealer.open(purpose, name, sealed)
    told = "".join(traceback.format_exception(error.value))
    assert SECRET.reveal() not in told
    assert KEY not in told


def test_what_was_sealed_comes_back(sealer):
    sealed = sealer.seal("access-key", "NBPK1", SECRET)
    assert sealer.open("access-key", "NBPK1", sealed) == SECRET
    assert SECRET.reveal() not in sealed


def test_the_documented_form_is_the_real_one(sealer, ring):
    prefix, key_id, rest = sealer.seal("access-key", "NBPK1", SECRET).split(".")
    assert (prefix, key_id) == ("nbs1", ring.all()[0].id)
    raw = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    assert len(raw) == 12 + len(SECRET.reveal()) + 16


def test_another_implementation_opens_it(sealer):
    """AES-GCM by its parts, and the key and what is authenticated by hand."""
    sealed = sealer.seal("access-key", "NBPK1", SECRET)
    rest = sealed.split(".")[2]
    raw = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
    derived = hmac.new(KEY.encode(), b"nb_presign.sealing.access-key", hashlib.sha256).digest()
    cipher = Cipher(algorithms.AES256(derived), modes.GCM(raw[:12], raw[-16:])).decryptor()
    cipher.authenticate_additional_data(
        b"\0\0\0\0\0\0\0\4nbs1\0\0\0\0\0\0\0\x0aaccess-key\0\0\0\0\0\0\0\5NBPK1"
    )
    assert (cipher.update(raw[12:-16]) + cipher.finalize()).decode() == SECRET.reveal()


def test_known_answer(sealer):
    """What a release has sealed, the next one opens."""
    sealed = (
        "nbs1.a0484a6185b3."
        "PsMQfVk6SAaCRGXDXvyQrB968abnD4ZnPd1MgwIzIW5QFhO7mBAGJqTxcGHbhjCbhrQegWYlzTgYDfOTdreTVE1J05w"
    )
    assert sealer.open("access-key", "NBPK1", sealed) == SECRET


def test_no_two_are_alike(sealer):
    assert len({sealer.seal("access-key", "NBPK1", SECRET) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("purpose", "name"), [("access-key", "NBPK2"), ("another", "NBPK1"), ("access-keyN", "BPK1")]
)
def test_it_opens_in_its_own_place_only(sealer, purpose, name):
    refused(sealer, sealer.seal("access-key", "NBPK1", SECRET), purpose, name)


def test_no_changed_text_opens(sealer):
    sealed = sealer.seal("access-key", "NBPK1", SECRET)
    for at, was in enumerate(sealed):
        # The last character has bits that base64 does not use.
        for other in set("A_x.0") - {was} if at < len(sealed) - 1 else "":
            refused(sealer, sealed[:at] + other + sealed[at + 1 :])
    for cut in range(len(sealed)):
        refused(sealer, sealed[:cut])
    for more in ("A", "AAAA", ".", "=", "\n"):
        refused(sealer, sealed + more)


@given(st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_opens(sealer, text):
    refused(sealer, text)
    assert sealing_key(text) == ""


def test_a_new_key_seals_and_the_old_one_still_opens(sealer, path):
    old = sealer.seal("access-key", "NBPK1", SECRET)
    new_key = rotation.rotate(path, FakeClock().now())[-1]
    new = sealer.seal("access-key", "NBPK1", SECRET)
    assert sealing_key(new) == new_key.id != sealing_key(old)
    assert sealer.open("access-key", "NBPK1", old) == SECRET
    rotation.retire(path, [sealing_key(old)])
    refused(sealer, old)
    assert sealer.open("access-key", "NBPK1", new) == SECRET


def test_another_users_keys_open_nothing(sealer, tmp_path):
    refused(Sealer(KeyRing(tmp_path / "other.json")), sealer.seal("access-key", "NBPK1", SECRET))


def test_keys_that_cannot_be_read(path):
    path.chmod(0o644)
    with pytest.raises(KeyRingError, match="Other users"):
        Sealer(KeyRing(path)).seal("access-key", "NBPK1", SECRET)
