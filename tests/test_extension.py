"""The extension in real servers: what it puts in place, and where it refuses to."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest
from jupyter_servers import FRONT_ENDS
from support.servers import World, free_port, jupyter_server


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "home")


@contextmanager
def running(world, tmp_path, **options):
    with jupyter_server(world, tmp_path / "files", **options) as server, server.owner() as owner:
        yield server, owner


def served(owner):
    return owner.get("nb-presign/api/server").json()["self_hosted"]


def critical(server):
    return [
        line
        for line in server.logged().splitlines()
        if line.startswith("[C") and "nb_presign" in line
    ]


def test_a_plain_server_serves_links_without_any_configuration(world, tmp_path):
    with running(world, tmp_path) as (server, owner):
        assert served(owner) is True
        assert owner.get("nb-presign/api/server").json()["name"] == "files"
        assert critical(server) == []


def test_without_authentication_no_links_are_served(world, tmp_path):
    config = {"IdentityProvider": {"token": ""}}
    with running(world, tmp_path, config=config) as (server, owner):
        assert served(owner) is False
        (line,) = critical(server)
        assert "authentication is off" in line
        redeemed = owner.post(
            "nb-presign/redeem",
            json={"token": "nbp1.x.y", "nonce": "A" * 22},
            headers={"Origin": server.url.rstrip("/")},
        )
        assert redeemed.status_code == 503


PROVIDER = """
from jupyter_server.auth.identity import PasswordIdentityProvider
from jupyter_server.auth.authorizer import AllowAllAuthorizer

class OwnProvider(PasswordIdentityProvider):
    def identity_model(self, user):
        return {**super().identity_model(user), "username": "asked own provider"}

class OwnAuthorizer(AllowAllAuthorizer):
    pass
"""


@pytest.mark.parametrize("app", ["server", "lab"])
def test_configured_classes_stay_behind_ours_also_when_an_application_adds_configuration(
    world, tmp_path, app
):
    (tmp_path / "own_provider.py").write_text(PROVIDER)
    config = {
        "ServerApp": {
            "identity_provider_class": "own_provider.OwnProvider",
            "authorizer_class": "own_provider.OwnAuthorizer",
        }
    }
    env = {"PYTHONPATH": str(tmp_path)}
    with running(world, tmp_path, config=config, app=app, env=env) as (server, owner):
        assert served(owner) is True
        assert owner.get("api/me").json()["identity"]["username"] == "asked own provider"
        assert critical(server) == []


LEGACY = """
from jupyter_server.auth.login import LegacyLoginHandler

class OwnLogin(LegacyLoginHandler):
    pass
"""


def test_with_a_login_handler_of_the_first_version_no_links_are_served(world, tmp_path):
    (tmp_path / "own_login.py").write_text(LEGACY)
    config = {"ServerApp": {"login_handler_class": "own_login.OwnLogin"}}
    env = {"PYTHONPATH": str(tmp_path)}
    with running(world, tmp_path, config=config, env=env) as (server, owner):
        assert served(owner) is False
        assert "login handler" in critical(server)[0]


BREAKER = """
def _jupyter_server_extension_points():
    return [{"module": "aaa_breaker"}]

def _link_jupyter_server_extension(app):
    import nb_presign.extension
    def fail(app):
        raise RuntimeError("broken on purpose")
    nb_presign.extension.link = fail

def _load_jupyter_server_extension(app):
    pass
"""


def test_when_linking_fails_nobody_is_let_in(world, tmp_path):
    (tmp_path / "aaa_breaker.py").write_text(BREAKER)
    config = {"ServerApp": {"jpserver_extensions": {"aaa_breaker": True, "nb_presign": True}}}
    env = {"PYTHONPATH": str(tmp_path)}
    with running(world, tmp_path, config=config, env=env) as (server, owner):
        assert served(owner) is False
        assert "not in place" in critical(server)[0]


HUB_VARIABLES = ["JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_URL"]


@pytest.mark.parametrize("name", HUB_VARIABLES)
def test_under_a_hub_no_links_are_served(world, tmp_path, name):
    with running(world, tmp_path, env={name: "http://127.0.0.1:1/"}) as (server, owner):
        assert served(owner) is False
        assert critical(server) == []
        assert "serves no links of its own: it runs under JupyterHub" in server.logged()
        assert "JupyterHub" in owner.get("nb-presign/api/server").json()["reason"]
        refused = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
        assert refused.status_code == 503
        assert "c.NbPresign.self_hosted = True" in refused.json()["message"]
        assert owner.get("nb-presign/api/links").json() == []


def test_under_a_hub_links_are_served_if_somebody_says_so(world, tmp_path):
    env = dict.fromkeys(HUB_VARIABLES, "http://127.0.0.1:1/")
    config = {"NbPresign": {"self_hosted": True}}
    with running(world, tmp_path, env=env, config=config) as (_, owner):
        assert served(owner) is True


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--IdentityProvider.token=", "--NbPresign.required=True"], "authentication is off"),
        (["--NbPresign.required=True", "--NbPresign.server_name=not/a/name"], "not valid"),
    ],
)
def test_a_server_that_must_serve_links_and_cannot_stops(world, tmp_path, options, reason):
    world.home.mkdir(parents=True)
    without = f"--ServerApp.jpserver_extensions={dict.fromkeys(FRONT_ENDS, False)}"
    command = [sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", without]
    done = subprocess.run(
        [*command, f"--port={free_port()}", f"--ServerApp.root_dir={tmp_path}", *options],
        env=world.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert reason in done.stderr
    assert "the server stops" in done.stderr


def test_the_name_and_address_of_the_server_can_be_configured(world, tmp_path):
    config = {"NbPresign": {"server_name": "gpu", "public_url": "https://gpu.example.org/x"}}
    with running(world, tmp_path, config=config) as (_, owner):
        assert owner.get("nb-presign/api/server").json()["name"] == "gpu"
        link = owner.post("nb-presign/api/links", json={"target": "jupyter:."}).json()
        assert link["url"].startswith("https://gpu.example.org/x/nb-presign/redeem#nbp1.")


def test_a_start_imports_nothing_heavy_and_minting_has_sqlalchemy_and_httpx():
    code = """
import sys, nb_presign.extension, nb_presign.rest.routes
from nb_presign.bootstrap import warm_up
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().run_line_magic("load_ext", "nb_presign")
heavy = ("boto3", "botocore", "ipywidgets", "sqlalchemy", "httpx")
print([name for name in heavy if name in sys.modules])
warm_up()
print([name for name in heavy[3:] if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "['sqlalchemy', 'httpx']"]
