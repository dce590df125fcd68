from __future__ import annotations

import base64
import hashlib
import hmac
import json
import string
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.values import SERVER, a_link

from nb_presign.errors import LinkNotFoundError
from nb_presign.secret import Secret
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.token import MAX_LENGTH, Claims, TokenSigner

OLD, NEW = "A" * 43, "B" * 43
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NOW = datetime(2030, 1, 2, 3, 4, 5, 600_000, tzinfo=timezone.utc)
LINK = a_link(NOW, id="lnk_0011223344556677")
ALPHABET = string.ascii_letters + string.digits + "-_"


def key_id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:12]


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
    # Computed with 'openssl dgst -sha256 -mac HMAC'; no release may change them.
    expected = (
        "nbp1.WyJsbmtfMDAxMTIyMzM0NDU1NjY3NyIsInNydl8wMTIzNDU2Nzg5YWJjZGVmIiwxODkzNTUzNzQ1XQ."
        "4mT8sOYA5pBZ5SXvMsKo8wlkjqeXXDkHwJY21izx2rE"
    )
    assert ours.sign(LINK).reveal() == expected
    opened = "nbo1." + expected.split(".")[1] + ".us0b-wLtszW_wp0LXAZE3v3NzuWUJl5WW0y7I7_Ta7U"
    assert ours.sign(replace(LINK, interactive=True)).reveal() == opened


@pytest.mark.parametrize(
    ("key", "link_id", "audience", "seconds", "interactive"),
    [
        (key, link_id, audience, seconds, interactive)
        for key in (OLD, NEW, "0123456789abcdefghijklmnopqrstuvwxyz-_ABCDE")
        for link_id, audience in (("lnk_1", SERVER), ("a", "b"), ('"\\', "\x7f"), ("ü", "日本"))
        for seconds in (0, 1, 1893553745, 253402300799)
        for interactive in (False, True)
    ],
)
def test_answers_of_another_implementation(tmp_path, key, link_id, audience, seconds, interactive):
    tokens = signer(tmp_path, key)
    payload = json.dumps([link_id, audience, seconds], separators=(",", ":"), ensure_ascii=False)
    expected = by_hand("nbo1" if interactive else "nbp1", payload.encode(), key=key)
    until = EPOCH + timedelta(seconds=seconds)
    # Of what signing reads, these are all.
    facts = {"id": link_id, "audience": audience, "expires_at": until, "interactive": interactive}
    assert tokens.sign(SimpleNamespace(**facts)).reveal() == expected
    assert tokens.verify(Secret(expected)) == Claims(link_id, audience, until, interactive)


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
    refusal = None
    try:
        tokens.verify(Secret(text))
    except LinkNotFoundError as error:
        refusal = error
    # Nothing tells one refusal from another: neither its words nor what it came from.
    assert refusal is None or (
        str(refusal) == "This is not a link of this server. Ask for a new one."
        and refusal.fields == {}
        and refusal.__cause__ is None
        and (refusal.__suppress_context__ or refusal.__context__ is None)
    )
    return refusal is None


def alike(part: str) -> list[str]:
    """Spell the last character otherwise, so that Python's decoder reads the same bytes."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    others = (part[:-1] + char for char in ALPHABET if char != part[-1])
    return [one for one in others if base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) == raw]


@pytest.mark.parametrize("part", [1, 2])
def test_a_token_has_one_spelling(ours, part):
    # Payloads of each length modulo 3: of the last character 0, 2 or 4 bits say nothing.
    spellings = 0
    for extra in range(3):
        parts = ours.sign(replace(LINK, id=LINK.id + "0" * extra)).reveal().split(".")
        others = [
            *alike(parts[part]),
            *(parts[part] + tail for tail in ("=", "==", "\n", " ", "A")),
        ]
        for other in others:
            refused(ours, ".".join([*parts[:part], other, *parts[part + 1 :]]))
            spellings += 1
    assert spellings > 15


def test_no_spelling_is_authentic_even_when_signed(ours):
    """Not even whoever has the key can make a second token for the same claims."""
    payload = b64(f'["{LINK.id}x","{SERVER}",1893553745]'.encode())
    derived = hmac.digest(OLD.encode(), b"nb_presign.token.nbp1", "sha256")
    tried = 0
    for other in [*alike(payload), payload + "=", payload + "A"]:
        text = f"nbp1.{other}"
        refused(ours, f"{text}.{b64(hmac.digest(derived, text.encode(), 'sha256'))}")
        tried += 1
    assert tried > 2


@pytest.mark.parametrize(
    "twin",
    [
        str.upper,
        str.swapcase,
        lambda t: t.replace("n", "\N{CYRILLIC SMALL LETTER PE}", 1),
        lambda t: t.replace("p", "\N{CYRILLIC SMALL LETTER ER}", 1),
        lambda t: t.replace("1", "\N{FULLWIDTH DIGIT ONE}", 1),
        lambda t: t.replace("1", "\N{SUPERSCRIPT ONE}", 1),
        lambda t: t.replace("1", "\N{ARABIC-INDIC DIGIT ONE}", 1),
        lambda t: t.replace(".", "\N{FULLWIDTH FULL STOP}"),
        lambda t: t.replace(".", "\N{ONE DOT LEADER}", 1),
        lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
        lambda t: t.replace("K", "\N{KELVIN SIGN}") + "\N{KELVIN SIGN}",
        lambda t: t + "\N{COMBINING ACUTE ACCENT}",
        lambda t: "\N{ZERO WIDTH SPACE}" + t,
        lambda t: "\N{BYTE ORDER MARK}" + t,
        lambda t: t + "\n",
        lambda t: t + "\N{LINE SEPARATOR}",
        lambda t: " " + t,
        lambda t: t + "\0",
        lambda t: t.replace(".", "%2E"),
        lambda t: t.replace("-", "+").replace("_", "/") + "=",
        lambda t: t + "." + t.rpartition(".")[2],
        lambda t: t + t,
        lambda t: f"{t}&{t}",
        lambda t: '"' + t + '"',
    ],
)
def test_what_looks_like_a_token_is_none(ours, twin):
    token = ours.sign(LINK).reveal()
    assert twin(token) != token
    refused(ours, twin(token))


@pytest.mark.parametrize(
    "prefix",
    ["nbp", "nbp0", "nbp2", "nbp11", "nbp1 ", "NBP1", "nbo", "nbo2", "", "nb", "p1", "nbp1.nbp1"],
)
def test_there_are_no_other_prefixes(ours, prefix):
    payload = f'["{LINK.id}","{SERVER}",1893553745]'.encode()
    refused(ours, by_hand(prefix, payload))


@given(st.data())
def test_no_edit_of_a_token_is_authentic(tmp_path_factory, data):
    ours = signer(tmp_path_factory.mktemp("edited"), OLD)
    token = ours.sign(LINK).reveal()
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(len(token), start + 60)))
    inserted = data.draw(st.text(max_size=60) | st.text(ALPHABET + ".", max_size=60))
    edited = token[:start] + inserted + token[end:]
    assert authentic(ours, edited) is (edited == token)


@given(st.text(max_size=MAX_LENGTH + 50))
def test_no_text_is_authentic(tmp_path_factory, text):
    assert not authentic(signer(tmp_path_factory.mktemp("text"), OLD), text)


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, 100_000, 5_000_000])
def test_what_is_too_long_is_not_looked_at(ours, length, monkeypatch):
    monkeypatch.setattr(hmac, "compare_digest", None)
    refused(ours, "nbp1." + "A" * (length - 49) + "." + "A" * 43)


@pytest.mark.parametrize("length", [MAX_LENGTH - 1, MAX_LENGTH, MAX_LENGTH + 1])
def test_a_token_may_be_exactly_so_long(ours, length):
    payload = b'["lnk_1","srv_1",1893553745]'
    # Without prefix, dots and signature; four characters hold three bytes. JSON may end in blanks.
    token = by_hand("nbp1", payload.ljust((length - 49) * 3 // 4))
    assert len(token) == length
    assert authentic(ours, token) is (length <= MAX_LENGTH)


def test_the_longest_token_that_there_can_be_fits(ours):
    longest = replace(LINK, id="\U0010ffff" * 64, audience="\U0010ffff" * 64)
    assert authentic(ours, ours.sign(longest).reveal())


def test_signatures_are_compared_in_constant_time_and_in_no_other_way(tmp_path, monkeypatch):
    both = signer(tmp_path, OLD, NEW)
    token, compared = both.sign(LINK).reveal(), []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    head, _, signature = token.rpartition(".")
    for forged in ("A" * 43, signature[:-4] + "AAAA", "A" * 4 + signature[4:]):
        compared.clear()
        refused(both, f"{head}.{forged}")
        # Whole digests, with each key, wherever the first difference is.
        assert [(len(a), len(b)) for a, b in compared] == [(32, 32), (32, 32)]
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    refused(both, token)


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
    stolen = ours.derive("session-cookie", LINK.id, "nonce", key_id=key_id(OLD)).reveal()
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
    assert during.verify(old).key_id == before.verify(old).key_id == key_id(OLD)
    assert during.verify(new).key_id == after.verify(new).key_id == key_id(NEW)


def test_a_signer_follows_its_file(tmp_path):
    path = tmp_path / "keys.json"

    def write(*keys):
        path.write_text(json.dumps({"keys": keys}))
        path.chmod(0o600)

    write(OLD)
    tokens = TokenSigner(KeyRing(path))
    assert not tokens.ready
    old = tokens.sign(LINK)
    assert tokens.ready
    write(OLD, NEW)
    assert not tokens.ready
    assert tokens.verify(old).key_id == key_id(OLD)
    assert tokens.ready
    assert tokens.verify(tokens.sign(LINK)).key_id == key_id(NEW)
    write(NEW)
    refused(tokens, old.reveal())


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
    old, new = key_id(OLD), key_id(NEW)
    found = {ours.derive(purpose, *rest, key_id=old).reveal() for purpose, rest in parts}
    assert len(found) == len(parts)
    assert all(len(secret) == 43 for secret in found)
    first = ours.derive("a", "b", key_id=old)
    both = signer(tmp_path, OLD, NEW)
    assert first == ours.derive("a", "b", key_id=old) == both.derive("a", "b", key_id=old)
    assert first != both.derive("a", "b", key_id=new)
    assert both.derive("a", "b", key_id=new) == signer(tmp_path, NEW).derive("a", "b", key_id=new)


def test_whatever_is_text_can_be_derived_from(ours):
    parts = ["\ud800", "\udfff", "", "\0", "\U0010ffff"]
    found = {ours.derive("a", part, key_id=key_id(OLD)).reveal() for part in parts}
    assert len(found) == len(parts)


@pytest.mark.parametrize("gone", [key_id(NEW), "", key_id(OLD)[:11], key_id(OLD).upper()])
def test_nothing_is_derived_from_a_key_that_there_is_not(ours, gone):
    with pytest.raises(LinkNotFoundError) as error:
        ours.derive("session-cookie", LINK.id, "nonce", key_id=gone)
    assert str(error.value) == "This is not a link of this server. Ask for a new one."


def test_derive_known_answer(ours):
    key = hmac.digest(OLD.encode(), b"nb_presign.derive.session-cookie", "sha256")
    message = b"\0\0\0\0\0\0\0\x05lnk_1" + b"\0\0\0\0\0\0\0\x05nonce"
    expected = b64(hmac.new(key, message, hashlib.sha256).digest())
    derived = ours.derive("session-cookie", "lnk_1", "nonce", key_id=key_id(OLD))
    assert derived.reveal() == expected


def test_expiry_is_rounded_down(ours):
    link = replace(LINK, expires_at=LINK.expires_at + timedelta(microseconds=399_999))
    assert ours.verify(ours.sign(link)).expires_at == LINK.expires_at.replace(microsecond=0)
