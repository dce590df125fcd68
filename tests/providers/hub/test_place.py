"""Which Hub is found, by configuration and by the variables that it gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nb_presign.providers.hub.place import find_hub, server_of_hub, this_server
from nb_presign.settings import RemoteServer, Settings

GIVEN = {
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/base/hub/api",
    "JUPYTERHUB_API_TOKEN": "made-up",
    "JUPYTERHUB_BASE_URL": "/base/",
    "JUPYTERHUB_USER": "alice",
    "JUPYTERHUB_SERVER_NAME": "gpu",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:9999/base/user/alice/gpu/",
}


@pytest.fixture
def settings(tmp_path):
    return Settings(store_url="sqlite://", data_dir=tmp_path)


def test_a_server_of_a_hub_knows_it(settings):
    place = find_hub(settings, GIVEN)
    assert place is not None
    assert place.api_url == "http://127.0.0.1:8081/base/hub/api/"
    assert (place.user, place.server, place.pages_url) == ("alice", "gpu", "")
    assert place.token.reveal() == "made-up"
    assert "made-up" not in repr(place)
    assert this_server(GIVEN) == ("alice", "gpu")


def test_elsewhere_there_is_none(settings):
    assert find_hub(settings, {}) is None
    assert this_server({}) is None
    assert server_of_hub({}) is None


@pytest.mark.parametrize("missing", ["API_URL", "API_TOKEN", "USER"])
def test_without_one_of_its_variables_there_is_none(settings, missing):
    assert find_hub(settings, {**GIVEN, f"JUPYTERHUB_{missing}": ""}) is None


@pytest.mark.parametrize(
    ("told", "pages"),
    [
        (
            {"JUPYTERHUB_PUBLIC_HUB_URL": "https://hub.example.org/base/hub/"},
            "https://hub.example.org/base/hub/",
        ),
        ({"JUPYTERHUB_HOST": "https://hub.example.org"}, "https://hub.example.org/base/hub/"),
    ],
)
def test_the_hub_may_tell_where_browsers_find_it(settings, told, pages):
    place = find_hub(settings, {**GIVEN, **told})
    assert place is not None
    assert place.pages_url == pages


def test_so_may_a_deployer_of_the_server(settings):
    known = replace(settings, public_url="https://hub.example.org/base/user/alice/gpu/")
    place = find_hub(known, GIVEN)
    assert place is not None
    assert place.pages_url == "https://hub.example.org/base/hub/"


def test_a_hub_that_is_named_wins(settings, tmp_path):
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    for entry, token in (
        (RemoteServer("hub", "https://a.example.org/", token_env="HUB_TOKEN"), "from-there"),
        (RemoteServer("hub", "https://a.example.org/", token_file=str(file)), "from-a-file"),
        (RemoteServer("hub", "https://a.example.org/", token_file=str(tmp_path / "no")), ""),
    ):
        place = find_hub(replace(settings, hub=entry), {**GIVEN, "HUB_TOKEN": "from-there"})
        assert place is not None
        assert (place.api_url, place.pages_url) == (
            "https://a.example.org/hub/api/",
            "https://a.example.org/hub/",
        )
        assert (place.user, place.token.reveal()) == ("", token)


def test_a_hub_that_moved_is_the_same_to_its_servers_and_another_to_the_rest(settings):
    here = find_hub(settings, GIVEN)
    moved = find_hub(settings, {**GIVEN, "JUPYTERHUB_API_URL": "http://10.0.0.7:80/base/hub/api"})
    assert here is not None
    assert moved is not None
    assert here.id == moved.id
    assert replace(here, user="").id != replace(moved, user="").id


def test_a_terminal_finds_its_server():
    address = server_of_hub(GIVEN)
    assert address is not None
    assert address.url == "http://127.0.0.1:9999/base/user/alice/gpu/"
    assert address.token.reveal() == "made-up"
