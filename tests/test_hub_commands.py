"""`presign` in a terminal of a Hub's server, and elsewhere with a token of the Hub."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest
from support.hub import HUB, accept

from nb_presign.providers.hub.scopes import GRANTS, MARK


@pytest.fixture
def presign(hub):
    """Run the command with an environment; returns what it was."""

    def presign(line: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HUB / "bin" / "jupyter-presign", *line.split()],
            env=env,
            cwd=hub.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return presign


@pytest.fixture
def alices_terminal(hub):
    return hub.environment("alice")


@pytest.fixture
def carols_desk(hub, tmp_path):
    """Give the environment of somebody with a token of carol's, on no server of the Hub's."""
    written = f"c.NbPresign.hub = {{'url': '{hub.url}', 'token_env': 'HUB_TOKEN'}}\n"
    (tmp_path / "jupyter_server_config.py").write_text(written)
    return {
        "HUB_TOKEN": hub.token("carol"),
        "JUPYTER_CONFIG_DIR": str(tmp_path),
        "HOME": str(tmp_path),
        "PATH": hub.environment("alice")["PATH"],
    }


def test_this_server_is_the_hubs_to_name(presign, alices_terminal):
    for given, written in (
        ("link .", "[alice](presign:hub:alice)"),
        ("link ./lab/tree/a.ipynb", "[a.ipynb](presign:hub:alice/-/lab/tree/a.ipynb)"),
    ):
        assert presign(given, alices_terminal).stdout.strip() == written


def test_the_doctor_finds_the_hub_and_nothing_else_to_say(presign, alices_terminal):
    done = presign("doctor hub", alices_terminal)
    assert done.returncode == 0, done.stdout
    assert "hub:alice/- answers" in done.stdout
    assert "The Hub answers, and lets its servers be shared." in done.stdout


def test_what_the_hub_must_allow_is_there_to_be_copied(presign, hub, carols_desk):
    env = {**carols_desk, "HUB_TOKEN": hub.token("alice", "read:servers!user")}
    configuration = "\n".join(f"    {line}".rstrip() for line in GRANTS.splitlines())
    done = presign("doctor hub:alice", env)
    assert done.returncode == 1, done.stdout
    assert configuration in done.stdout
    done = presign("mint hub:alice", env)
    assert done.returncode == 5
    assert f"lacks shares, {MARK}" in done.stderr
    assert configuration in done.stderr


def test_a_stopped_server_is_started_and_shared(presign, hub, bob, carols_desk):
    refused = presign("mint hub:carol", carols_desk)
    assert refused.returncode == 4
    assert "'jupyter presign mint hub:carol --start' starts it first" in refused.stderr
    done = presign("mint hub:carol/-/lab/tree/a.ipynb --start", carols_desk)
    assert done.returncode == 0, done.stderr
    assert "Starting carol: it runs until it is stopped." in done.stderr
    assert "carol is ready after" in done.stderr
    page = accept(bob, done.stdout.strip())
    assert (page.status_code, page.url.path) == (200, "/user/carol/lab/tree/a.ipynb")
    with hub.admin() as admin:
        admin.delete("shares/carol/")
    hub.stop("carol")
