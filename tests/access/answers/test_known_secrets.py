"""What a server has to hide, and from whom."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest
from support.clock import FakeClock

from nb_presign.access.answers.known_secrets import LOOK_EVERY, KnownSecrets
from nb_presign.signing.keys import KeyRing

COOKIE_SECRET = bytes(range(32))
FILE = base64.encodebytes(b"f" * 32)
ENVIRONMENT = {"AWS_SECRET_ACCESS_KEY": "aws-secret-canary", "AWS_PROFILE": "public"}


@pytest.fixture
def app(tmp_path):
    """What is read of a server."""
    file = tmp_path / "jupyter_cookie_secret"
    file.write_bytes(FILE)
    return SimpleNamespace(
        web_app=SimpleNamespace(settings={"cookie_secret": COOKIE_SECRET}),
        cookie_secret_file=str(file),
        identity_provider=SimpleNamespace(token="owners-canary", hashed_password="argon2:canary"),
    )


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "data" / "keys.json"


def test_guests_are_sent_none_of_them(app, keys):
    ring = KeyRing(keys)
    key = ring.signing_key().reveal().encode()
    found = KnownSecrets(app, ring, ENVIRONMENT)()
    assert {b"owners-canary", b"argon2:canary", COOKIE_SECRET, FILE.strip()} <= set(found)
    assert {base64.b64encode(COOKIE_SECRET), COOKIE_SECRET.hex().encode()} <= set(found)
    assert key in found
    # A guest may run code and use the owner's AWS identity; what it is does not stand in answers.
    assert b"aws-secret-canary" not in found


def test_logs_tell_none_of_them(app, keys):
    key = KeyRing(keys).signing_key().reveal()
    known = KnownSecrets(app, KeyRing(keys), ENVIRONMENT)
    texts = known.texts()
    assert {"owners-canary", "argon2:canary", "aws-secret-canary", FILE.decode().strip()} <= {
        *texts
    }
    assert "public" not in texts
    known()
    assert key in known.texts()


def test_asking_makes_no_keys(app, keys):
    known = KnownSecrets(app, KeyRing(keys), ENVIRONMENT)
    known()
    known.texts()
    assert not keys.exists()


def test_a_key_that_was_added_is_known_a_second_later(app, keys):
    clock = FakeClock()
    known = KnownSecrets(app, KeyRing(keys), {}, clock)
    known()
    key = KeyRing(keys).signing_key().reveal()
    assert key.encode() not in known()
    clock.tick(LOOK_EVERY)
    assert key.encode() in known()
    assert key in known.texts()


def test_a_changed_token_is_known_at_once(app, keys):
    known = KnownSecrets(app, KeyRing(keys), {})
    app.identity_provider.token = "another-canary"
    assert b"another-canary" in known()
    assert "another-canary" in known.texts()


def test_what_is_not_there_hides_nothing_else(app, keys):
    app.cookie_secret_file += "-gone"
    keys.parent.mkdir()
    keys.write_text("damaged")
    keys.chmod(0o600)
    assert b"owners-canary" in KnownSecrets(app, KeyRing(keys), {})()
