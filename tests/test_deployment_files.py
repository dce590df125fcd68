"""The examples of deployment agree with each other, and with what people are told.

`test_deployment.py` runs them; containers are not started.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url
from traitlets.config import Config, PyFileConfigLoader

from nb_presign.config import NbPresign
from nb_presign.providers.hub.scopes import GRANTS

FILES = Path(__file__).parents[1] / "examples" / "deployment"
NAME = "notebooks.example.org"
NAMES = ("one", "two")


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FILES / "compose.yaml").read_text())
    return found


def test_the_configuration_says_what_the_environment_does(compose, monkeypatch):
    for name in NAMES:
        given = compose["services"][name]["environment"]
        for variable, value in given.items():
            monkeypatch.setenv(variable, re.sub(r"\$\{PUBLIC_NAME:\?\}", NAME, value))
        config = loaded("jupyter_server_config.py")
        settings = NbPresign(config=config).settings()
        assert config.ServerApp.base_url == f"/{name}/"
        assert NAME in config.ServerApp.local_hostnames
        assert settings.server_name == name
        assert settings.public_url == f"https://{NAME}/{name}/"
        assert make_url(settings.store_url).host in compose["services"]
        assert settings.required
        path = f"http://localhost:8888/{name}/api"
        assert given["HEALTH_URL"] == path


def test_compose_pins_images_and_trusts_nginx_alone(compose):
    services = compose["services"]
    assert set(services) == {*NAMES, "postgres", "nginx"}
    images = [each["image"] for each in services.values()]
    assert [
        name for name in images if not re.fullmatch(r"[\w-]+:[\w.-]*(\d|local)[\w.-]*", name)
    ] == []
    (from_image,) = re.findall(
        r"^FROM (\S+)", services["one"]["build"]["dockerfile_inline"], re.MULTILINE
    )
    assert re.fullmatch(r"python:3\.\d+-\S+", from_image)
    address = services["nginx"]["networks"]["default"]["ipv4_address"]
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert ip_address(address) in ip_network(network["subnet"])
    for name in NAMES:
        assert services[name]["environment"]["TRUSTED_PROXIES"] == address
        assert "ports" not in services[name]
        assert services["nginx"]["environment"][f"UPSTREAM_{name.upper()}"] == f"{name}:8888"


def test_compose_mounts_files_and_volumes_that_there_are(compose):
    mounted = [
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service["volumes"]
        if not volume.startswith("$")
    ]
    files = {name for name in mounted if name.startswith("./")}
    assert files == {"./jupyter_server_config.py", "./nginx.conf"}
    assert all((FILES / name).is_file() for name in files)
    assert set(mounted) - files == set(compose["volumes"])


def test_nginx_is_given_what_it_asks_for(compose):
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", (FILES / "nginx.conf").read_text()))
    assert asked == set(compose["services"]["nginx"]["environment"])


def test_the_commands_name_what_compose_needs():
    text = (FILES / "compose.yaml").read_text()
    readme = (FILES / "README.md").read_text()
    for name in set(re.findall(r"\$\{(\w+):\?\}", text)):
        assert re.search(rf"^{name}=", readme, re.MULTILINE), name
    settings = (FILES / "jupyter_server_config.py").read_text()
    asked = re.findall(r'os\.environ\["(\w+)"\]', settings)
    assert len(asked) == 4
    for name in asked:
        assert f"{name}=" in readme, name


def test_the_hub_allows_what_people_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://hub.example.org/")
    (tmp_path / "told.py").write_text(f"c = get_config()\n{GRANTS}")
    told = PyFileConfigLoader("told.py", str(tmp_path)).load_config()
    config = loaded("jupyterhub_config.py")
    assert config.JupyterHub.pop("public_url") == "https://hub.example.org/"
    assert told
    assert config == told


def loaded(name: str) -> Config:
    """Read a configuration as Jupyter does."""
    return PyFileConfigLoader(name, str(FILES)).load_config()
