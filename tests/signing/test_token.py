from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.values import SERVER, a_link

from nb_presign.errors import LinkNotFoundError
from nb_presign.secret import Secret
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import MAX_LENGTH, Claims, TokenSigner

OLD, NEW = "A" * 43, "B" * 43
NOW = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=timezone.utc)
LINK = a_link(NOW, id="lnk_0011223344556677")
ALPHABET = string.ascii_letters + string.digits + "-_"


def signer(tmp_path: Path, *keys: str) -> TokenSigner:
    path = tmp_path / f"{'-'.join(key[0] for key in keys)}.json"
    path.write_text(json.dumps({"keys": keys}))
    path.chmod(0o600)
    return TokenSigner(KeyRing(path))


@pytest.fixture
def ours(tmp_path):
    return signer(tmp_path, OLD)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(prefix: str, payload: bytes, *, key: str = OLD, salt: str = "") -> str:
    """Make a token as the module's docstring says, with nothing but hmac."""
    salt = salt or f"nb_presign.token.{prefix}"
    derived = hmac.digest(key.encode(), salt.encode(), "sha256")
    text = f"{prefix}.{b64(payload)}"
    return f"{text}.{b64(hmac.digest(derived, text.encode(), 'sha256'))}"


def refused(tokens: TokenSigner, text: str) -> None:
    with pytest.raises(LinkNotFoundError) as error:
        tokens.verify(Secret(text))
    assert type(error.value) is LinkNotFoundError
    assert str(error.value) == "This is not a link of this server. Ask for a new one."
    assert error.value.fields == {}


def test_a_token_comes_back_as_claims(ours):
    assert ours.verify(ours.sign(LINK)) == Claims(
        link_id=LINK.id,
        audience=SERVER,
        expires_at=LINK.expires_at.replace(microsecond=0),
        interactive=False,
    )


def test_interactive_links_have_a_prefix_of_their_own(ours):
    shared, interactive = ours.sign(LINK), ours.sign(replace(LINK, interactive=True))
    assert shared.reveal().startswith("nbp1.")
    assert interactive.reveal().startswith("nbo1.")
    assert ours.verify(interactive).interactive


def test_known_answer(ours):
    # Computed with 'openssl dgst -sha256 -mac HMAC'; no release may change it.
    expected = (
        "nbp1.WyJsbmtfMDAxMTIyMzM0NDU1NjY3NyIsInNydl8wMTIzNDU2Nzg5YWJjZGVmIiwxODkzNTUzNzQ1XQ."
        "4mT8sOYA5pBZ5SXvMsKo8wlkjqeXXDkHwJY21izx2rE"
    )
    assert ours.sign(LINK).reveal() == expected


@pytest.mark.parametrize("prefix", ["nbp1", "nbo1"])
def test_the_documented_form_is_the_real_one(ours, prefix):
    payload = f'["{LINK.id}","{SERVER}",1893553745]'.encode()
    link = replace(LINK, interactive=prefix == "nbo1")
    assert ours.sign(link).reveal() == by_hand(prefix, payload)


def test_expiry_is_not_judged_here(ours):
    past = a_link(datetime(2001, 1, 1, tzinfo=timezone.utc))
    assert ours.verify(ours.sign(past)).expires_at == past.expires_at


def test_a_token_holds_no_more_than_it_says(ours):
    link = replace(LINK, note="for eve", target=replace(LINK.target, path="secret/path"))
    payload = ours.sign(link).reveal().split(".")[1]
    decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    assert json.loads(decoded) == [link.id, SERVER, 1893553745]


# Forgery


def test_no_changed_token_is_authentic(ours):
    """Every bit, character, truncation, deletion, insertion and swap of neighbours."""
    token = ours.sign(LINK).reveal()
    tried = set()
    for i, char in enumerate(token):
        tried |= {token[:i] + chr(ord(char) ^ 1 << bit) + token[i + 1 :] for bit in range(8)}
        tried |= {token[:i] + other + token[i + 1 :] for other in ALPHABET + ".=+/ \n\0é"}
        tried |= {token[:i], token[i + 1 :], token[:i] + token[i + 1 :]}
        tried.add(token[:i] + token[i : i + 2][::-1] + token[i + 2 :])
    for i in range(len(token) + 1):
        tried |= {token[:i] + extra + token[i:] for extra in ALPHABET + ".=+/ \n\0é"}
    tried -= {token}
    assert len(tried) > 15_000
    accepted = [text for text in tried if authentic(ours, text)]
    assert accepted == []


def authentic(tokens: TokenSigner, text: str) -> bool:
    try:
        tokens.verify(Secret(text))
    except LinkNotFoundError:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "nbp1",
        "nbp1..",
        "nbp1.x.y",
        "\0",
        "é" * 100,
        "\ud800",
        "nbp1." + "A" * 40 + "." + "A" * 43,
        "٣" * 60,
    ],
)
def test_nonsense_is_refused_in_the_same_words(ours, text):
    refused(ours, text)


def test_length_is_bounded(ours):
    link = '["lnk_1","srv_1",1893553745]'
    fits = by_hand("nbp1", link.encode())
    assert authentic(ours, fits)
    padded = by_hand("nbp1", (link + " " * 2000).encode())
    assert len(padded) > MAX_LENGTH
    refused(ours, padded)


def test_each_half_of_two_tokens_does_not_make_a_third(ours):
    one = ours.sign(LINK).reveal().split(".")
    two = ours.sign(replace(LINK, id="lnk_ffffffffffffffff")).reveal().split(".")
    refused(ours, ".".join([*one[:2], two[2]]))


def test_the_prefix_is_bound(ours):
    token = ours.sign(LINK).reveal()
    refused(ours, "nbo1" + token[4:])
    payload = f'["{LINK.id}","{SERVER}",1893553745]'.encode()
    # Even with the right key, the salt of one prefix makes no token of another.
    refused(ours, by_hand("nbo1", payload, salt="nb_presign.token.nbp1"))


def test_another_key_is_not_ours(ours, tmp_path):
    refused(ours, signer(tmp_path, NEW).sign(LINK).reveal())


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b'["lnk_1","srv_1"]',
        b'["lnk_1","srv_1","1893553745"]',
        b'["lnk_1","srv_1",1893553745.5]',
        b'["lnk_1","srv_1",true]',
        b'["lnk_1","srv_1",null]',
        b'["lnk_1","srv_1",-1]',
        b'["lnk_1","srv_1",99999999999999999999]',
        b'["lnk_1","srv_1",253402300800]',
        b'["lnk_1","srv_1",1893553745,"more"]',
        b'["","srv_1",1893553745]',
        b'["lnk_1","",1893553745]',
        b'["lnk_1",5,1893553745]',
        b'{"link_id":"lnk_1","audience":"srv_1","expires_at":1893553745}',
        b'["' + b"x" * 65 + b'","srv_1",1893553745]',
        b'["\xff","srv_1",1893553745]',
        b"\xff\xfe",
    ],
)
def test_authentic_but_malformed_claims_are_refused_in_the_same_words(ours, payload):
    refused(ours, by_hand("nbp1", payload))


def test_a_derived_secret_signs_nothing(ours):
    payload = f'["{LINK.id}","{SERVER}",1893553745]'.encode()
    stolen = ours.derive("session-cookie", LINK.id, "nonce").reveal()
    refused(ours, by_hand("nbp1", payload, key=stolen))
    refused(ours, by_hand("nbp1", payload, salt="nb_presign.derive.session-cookie"))


# Rotation


def test_a_new_key_signs_and_the_old_one_still_verifies(tmp_path):
    before, during = signer(tmp_path, OLD), signer(tmp_path, OLD, NEW)
    after = signer(tmp_path, NEW)
    old, new = before.sign(LINK), during.sign(LINK)
    assert during.verify(old) == during.verify(new) == after.verify(new)
    refused(before, new.reveal())
    refused(after, old.reveal())


# Deriving


def test_derived_secrets_are_stable_and_separate(ours, tmp_path):
    parts = [
        ("a", ("b", "c")),
        ("a", ("bc",)),
        ("a", ("b", "c", "")),
        ("a", ("", "b", "c")),
        ("a", ("c", "b")),
        ("b", ("b", "c")),
        ("a", ()),
    ]
    found = {ours.derive(purpose, *rest).reveal() for purpose, rest in parts}
    assert len(found) == len(parts)
    assert all(len(secret) == 43 for secret in found)
    assert ours.derive("a", "b", "c") == ours.derive("a", "b", "c")
    assert ours.derive("a", "b") != signer(tmp_path, NEW).derive("a", "b")
    assert signer(tmp_path, OLD, NEW).derive("a", "b") == signer(tmp_path, NEW).derive("a", "b")


def test_derive_known_answer(ours):
    key = hmac.digest(OLD.encode(), b"nb_presign.derive.session-cookie", "sha256")
    message = b"\0\0\0\0\0\0\0\x05lnk_1" + b"\0\0\0\0\0\0\0\x05nonce"
    expected = b64(hmac.new(key, message, hashlib.sha256).digest())
    assert ours.derive("session-cookie", "lnk_1", "nonce").reveal() == expected


def test_expiry_is_rounded_down(ours):
    link = replace(LINK, expires_at=LINK.expires_at + timedelta(microseconds=399_999))
    assert ours.verify(ours.sign(link)).expires_at == LINK.expires_at.replace(microsecond=0)
