from datetime import timedelta
from types import SimpleNamespace

import pytest
from support.guests import NOW, a_session

from nb_presign.access.answers.pages import GUEST, chained
from nb_presign.access.gate.gate import Ruling, Verdict
from nb_presign.access.marks import mark
from nb_presign.model import Narrowing, Scope

OWNER = {
    "token": "the owner's",
    "terminalsAvailable": True,
    "extensionManager": {"name": "PyPI"},
    "disabledExtensions": [
        "@someone/chosen:plugin",
        "@jupyterlab/completer-extension:base-service",
    ],
}
PUB = Narrowing("pub")


def page(scope=None, narrowing=None, inner=None, config=OWNER):
    handler = SimpleNamespace()
    if scope is not None:
        session = a_session(scope=scope, narrowing=narrowing)
        mark(handler, session, Ruling(Verdict.ALLOW))
    return chained(inner, lambda: NOW + timedelta(minutes=3))(handler, config)


def test_an_owners_page_is_left_as_it_is():
    assert page() is OWNER


@pytest.mark.parametrize("scope", Scope)
def test_a_guests_page_says_who_and_until_when_by_the_servers_clock(scope):
    config = page(scope)
    assert config["token"] == ""
    assert config[GUEST] == {
        "scope": scope.value,
        "expiresAt": "2030-01-02T03:34:05+00:00",
        "now": "2030-01-02T03:07:05+00:00",
    }
    assert OWNER["token"] == "the owner's"


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("narrowing", [None, PUB])
def test_only_full_guests_of_the_whole_server_are_offered_terminals_and_extensions(
    scope, narrowing
):
    config = page(scope, narrowing)
    has_all = scope is Scope.FULL and narrowing is None
    assert config["terminalsAvailable"] is has_all
    disabled = set(config["disabledExtensions"])
    assert "@jupyterlab/apputils-extension:announcements" in disabled
    offered = {"@jupyterlab/extensionmanager-extension", "@jupyterhub/jupyter-server-proxy"}
    assert offered.isdisjoint(disabled) is has_all


@pytest.mark.parametrize("scope", Scope)
def test_only_reading_guests_read_without_rooms(scope):
    config = page(scope)
    reads = scope is Scope.READ
    assert (config.get("disableRTC") == "true") is reads
    assert ("@jupyter/collaboration-extension" in config["disabledExtensions"]) is reads


def test_what_somebody_disabled_stays_so_and_what_was_replaced_comes_back():
    disabled = page(Scope.EXECUTE)["disabledExtensions"]
    assert "@someone/chosen:plugin" in disabled
    assert "@jupyterlab/completer-extension:base-service" not in disabled
    assert "@jupyterlab/completer-extension:base-service" in page(Scope.FULL)["disabledExtensions"]


@pytest.mark.parametrize("found", [{"a:b": True, "c:d": False}, ["a:b"], None])
def test_however_it_says_what_is_disabled(found):
    disabled = page(Scope.READ, config={"disabledExtensions": found})["disabledExtensions"]
    assert ("a:b" in disabled) is (found is not None)
    assert "c:d" not in disabled


def test_a_hook_that_is_there_has_no_last_word_about_guests():
    def inner(handler, config):
        del handler
        config["token"] = "again"
        config["theirs"] = 1
        return config

    config = page(Scope.READ, inner=inner)
    assert (config["token"], config["theirs"]) == ("", 1)
    assert OWNER["token"] == "the owner's"
    assert "theirs" not in OWNER
