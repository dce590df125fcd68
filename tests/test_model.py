from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields, replace
from datetime import datetime, timedelta, timezone

import pytest
from support.values import a_link

from nb_presign.errors import BadReferenceError, InputError
from nb_presign.model import (
    MAX_BYTES,
    MAX_NOTE,
    MAX_PART,
    SECRET_OPTIONS,
    AccessKey,
    Actor,
    BareTarget,
    LinkState,
    MintRequest,
    Narrowing,
    Scope,
    Session,
    SessionState,
    Target,
    is_access_key_id,
    new_access_key_id,
    new_id,
    new_secret_access_key,
)
from nb_presign.secret import Secret

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
TICK = timedelta(microseconds=1)


def a_session(**facts):
    values = {
        "id": "ses_1",
        "link_id": "lnk_1",
        "family": "lnk_1",
        "target": Target("jupyter", "b"),
        "scope": Scope.READ,
        "audience": "srv_1",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
    }
    return Session(**{**values, **facts})


def test_ids_are_new_names():
    found = {new_id("lnk") for _ in range(100)}
    assert len(found) == 100
    assert all(re.fullmatch(r"lnk_[0-9a-f]{16}", name) for name in found)


def test_values_do_not_change():
    with pytest.raises(FrozenInstanceError):
        a_link(NOW).uses = 1
    with pytest.raises(FrozenInstanceError):
        Target("jupyter", "b").path = "x"


@pytest.mark.parametrize(
    "provider", ["", "Jupyter", "1a", "a_b", "a b", "jupyter\n", "a" * 32, "é", "presign"]
)
def test_bad_providers(provider):
    with pytest.raises(BadReferenceError):
        Target(provider, "b")


@pytest.mark.parametrize(
    "name",
    ["", " ", " a", "a ", "a/b", "a\\b", "a\0", "a\n", "\x85", "a\u2028b", "\ud800", "a" * 1025],
)
@pytest.mark.parametrize("make", [BareTarget, lambda name: Target("jupyter", name)])
def test_bad_names(make, name):
    with pytest.raises(BadReferenceError):
        make(name)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "../a",
        "a/./b",
        "a\\b",
        "a\0",
        "a\r\nb",
        "a" * 1025,
    ],
)
@pytest.mark.parametrize(
    "make",
    [lambda path: Target("jupyter", "b", path), lambda path: BareTarget("b", path), Narrowing],
)
def test_bad_paths(make, path):
    with pytest.raises(BadReferenceError):
        make(path)


@pytest.mark.parametrize(
    "path", ["", "a", "a/b.ipynb", "...", "a/..b", "a b/ü", ".hidden", "%2e%2e"]
)
def test_good_paths(path):
    assert Target("jupyter", "b", path).path == path


@pytest.mark.parametrize(
    "options",
    [
        (("b", "1"), ("a", "1")),
        (("a", "1"), ("a", "2")),
        (("A", "1"),),
        (("", "1"),),
        (("a-b", "1"),),
        (("a", ""),),
        (("a", "1\n"),),
        (("a", "1" * 1025),),
        *((((name, "x"),)) for name in sorted(SECRET_OPTIONS)),
    ],
)
def test_bad_options(options):
    with pytest.raises(BadReferenceError):
        Target("jupyter", "b", "", options)
    with pytest.raises(BadReferenceError):
        BareTarget("b", "", options)


def test_options_by_name():
    target = Target("sagemaker", "i", "", (("profile", "p"), ("region", "us-west-2")))
    assert target.option("region") == "us-west-2"
    assert target.option("zone") == ""
    assert target.option("zone", "z") == "z"


def test_a_target_is_not_too_long_to_be_written():
    half = "ü" * (MAX_PART // 2)
    assert Target("jupyter", half, half)
    assert Target("jupyter", "a", "b" * 1024, (("o", "c" * 1024), ("p", "d" * 509)))
    with pytest.raises(BadReferenceError, match=str(MAX_BYTES)):
        Target("jupyter", "a", "b" * 1024, (("o", "c" * 1024), ("p", "d" * 510)))
    with pytest.raises(BadReferenceError, match=str(MAX_BYTES)):
        BareTarget("ü" * MAX_PART, "ü" * MAX_PART)


def test_saying_the_provider_of_a_bare_target():
    bare = BareTarget("b", "lab", (("a", "1"),))
    assert bare.of("jupyter") == Target("jupyter", "b", "lab", (("a", "1"),))


def test_actors_are_written_as_kind_and_name():
    assert str(Actor("alice")) == "owner:alice"
    assert str(Actor("ses_1", "guest")) == "guest:ses_1"


def test_words_are_written_as_they_are():
    assert f"{Scope.READ} {LinkState.USED} {SessionState.ENDED}" == "read used ended"


class TestLink:
    def test_a_first_link_is_its_own_family(self):
        link = a_link(NOW)
        assert link.family == link.id
        assert a_link(NOW, family="lnk_0").family == "lnk_0"

    @pytest.mark.parametrize("name", ["created_at", "expires_at", "revoked_at"])
    def test_times_are_aware(self, name):
        with pytest.raises(ValueError, match="aware"):
            a_link(NOW, **{name: NOW.replace(tzinfo=None)})

    @pytest.mark.parametrize(
        ("facts", "later", "state"),
        [
            ({}, timedelta(), LinkState.LIVE),
            ({}, timedelta(minutes=5) - TICK, LinkState.LIVE),
            ({}, timedelta(minutes=5), LinkState.EXPIRED),
            ({"max_uses": 2, "uses": 1}, timedelta(), LinkState.LIVE),
            ({"max_uses": 2, "uses": 2}, timedelta(), LinkState.USED),
            ({"uses": 99}, timedelta(), LinkState.LIVE),
            ({"revoked_at": NOW}, timedelta(), LinkState.REVOKED),
            ({"revoked_at": NOW, "max_uses": 1, "uses": 1}, timedelta(days=1), LinkState.REVOKED),
        ],
    )
    def test_state(self, facts, later, state):
        assert a_link(NOW, **facts).state(NOW + later) is state

    def test_the_url_is_not_shown_and_not_compared(self):
        link = a_link(NOW, url=Secret("https://host/s3cr3t"))
        assert "s3cr3t" not in repr(link)
        assert link == replace(link, url=None)

    def test_its_provider(self):
        assert a_link(NOW).provider == "jupyter"


@pytest.mark.parametrize(
    ("ended", "later", "state"),
    [
        (None, timedelta(hours=1) - TICK, SessionState.LIVE),
        (None, timedelta(hours=1), SessionState.EXPIRED),
        (NOW, timedelta(), SessionState.ENDED),
        (NOW, timedelta(days=1), SessionState.ENDED),
    ],
)
def test_state_of_a_session(ended, later, state):
    assert a_session(ended_at=ended).state(NOW + later) is state


def test_a_session_holds_no_secret():
    assert all("Secret" not in str(field.type) for field in fields(Session))


@pytest.mark.parametrize("note", ["a\nb", "a\tb", "\x1b[31m", "\0", "\u2028", "x" * (MAX_NOTE + 1)])
def test_bad_notes(note):
    for make in (
        lambda: a_link(NOW, note=note),
        lambda: MintRequest(target=Target("jupyter", "b"), note=note),
    ):
        with pytest.raises(InputError):
            make()


@pytest.mark.parametrize("note", ["", "for Bob", r"C:\data", "ü" * MAX_NOTE])
def test_good_notes(note):
    assert a_link(NOW, note=note).note == note


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("data", True),
        ("data/a.ipynb", True),
        ("data/sub/b", True),
        ("database", False),
        ("", False),
        ("Data/a.ipynb", False),
        ("data/../other", False),
        ("data//a", False),
        ("other/data", False),
    ],
)
def test_a_narrowing_covers_whole_segments(path, inside):
    assert Narrowing("data").covers(path) is inside


def test_a_narrowing_limits_something():
    with pytest.raises(BadReferenceError):
        Narrowing("")


class TestAccessKey:
    def test_ids_and_secrets_look_as_those_of_aws_do(self):
        ids = {new_access_key_id() for _ in range(100)}
        assert all(re.fullmatch(r"NBPK[A-Z2-7]{16}", one) for one in ids)
        assert all(map(is_access_key_id, ids))
        secrets = {new_secret_access_key().reveal() for _ in range(100)}
        # What SDKs and files of credentials take without quotes.
        assert all(re.fullmatch(r"[A-Za-z0-9_-]{40}", one) for one in secrets)
        assert len(ids) == len(secrets) == 100

    @pytest.mark.parametrize(
        "text", ["", "NBPK", "AKIAIOSFODNN7EXAMPLE", "NBPK" + "a" * 16, "NBPK" + "A" * 16 + "\n"]
    )
    def test_what_is_no_id(self, text):
        assert not is_access_key_id(text)

    def test_it_is_live_until_it_is_revoked(self):
        key = AccessKey(id=new_access_key_id(), created_at=NOW, scope=Scope.READ, policy="{}")
        assert key.live
        assert not replace(key, revoked_at=NOW).live
        with pytest.raises(InputError):
            replace(key, note="a\nb")
