"""The examples of deployment as they are: two servers on one PostgreSQL, behind nginx with TLS."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_clients import AwsAccess
from kernel_socket import KernelSocket
from sqlalchemy import make_url
from support.certificate import Certificate, self_signed
from support.nginx import Nginx, filled_in, nginx, program
from support.opening import guest_cookie, mint, redeem
from support.postgres import Cluster, a_database
from support.servers import RunningServer, World, free_port, jupyter_server

from nb_presign.access_keys import DEFAULT_POLICY
from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.model import Actor, Scope
from nb_presign.settings import Settings

FILES = Path(__file__).parents[1] / "examples" / "deployment"
#: A name that only these tests look up: see `name_of_this_machine`.
NAME = "notebooks.example.org"
NAMES = ("one", "two")
#: From where people come, and from where they do not.
OFFICE, ELSEWHERE = "127.0.0.2", "127.0.0.3"
#: What a client can say of where it comes from.
CLAIMS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP")


@dataclass(frozen=True)
class Deployment:
    """What runs."""

    port: int
    front: Nginx
    certificate: Certificate
    servers: dict[str, RunningServer]
    settings: dict[str, Settings]

    def url(self, name: str) -> str:
        """Where browsers find a server."""
        return f"https://{NAME}:{self.port}/{name}/"

    def stranger(self, name: str, address: str = OFFICE) -> httpx.Client:
        """Make a client that comes from an address, through nginx."""
        transport = httpx.HTTPTransport(verify=self.certificate.client(), local_address=address)
        return httpx.Client(
            base_url=self.url(name), transport=transport, timeout=30, trust_env=False
        )

    def owner(self, name: str) -> httpx.Client:
        """Make one that is signed in."""
        client = self.stranger(name)
        client.headers["Authorization"] = f"token {self.servers[name].token}"
        return client


def environment(name: str, public_url: str, store_url: str, proxies: str) -> dict[str, str]:
    return {
        "SERVER_NAME": name,
        "PUBLIC_URL": public_url,
        "STORE_URL": store_url,
        "TRUSTED_PROXIES": proxies,
    }


@contextmanager
def name_of_this_machine() -> Iterator[None]:
    """Have `NAME` looked up as this machine, as DNS would."""
    look_up = socket.getaddrinfo

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return look_up("127.0.0.1" if host in {NAME, NAME.encode()} else host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", looked_up)
        yield


@pytest.fixture(scope="module")
def deployed(
    postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Run all of it, each server with a home of its own, as on two machines."""
    program()  # raises before anything is started
    home = tmp_path_factory.mktemp("deployed")
    port, certificate = free_port(), self_signed(home, NAME)
    servers: dict[str, RunningServer] = {}
    settings: dict[str, Settings] = {}
    with ExitStack() as stack:
        stack.enter_context(name_of_this_machine())
        database = stack.enter_context(a_database(postgres_cluster))
        store_url = postgres_cluster.url(database)
        for name in NAMES:
            world = World(home / name / "home")
            # Which Jupyter reads beside the one that these servers are given on their command line.
            config = world.home / "config" / "jupyter_config.py"
            config.parent.mkdir(parents=True)
            shutil.copy(FILES / "jupyter_server_config.py", config)
            without = make_url(store_url)._replace(password=None).render_as_string()
            url = f"https://{NAME}:{port}/{name}/"
            env = environment(name, url, without, "127.0.0.1")
            env["PGPASSWORD"] = postgres_cluster.password
            running = jupyter_server(
                world, home / name / "files", app="lab", base_url=f"/{name}/", env=env
            )
            servers[name] = stack.enter_context(running)
            settings[name] = Settings(
                store_url=store_url, data_dir=world.home / "data" / "nb_presign"
            )
        values = {
            "LISTEN": f"127.0.0.1:{port}",
            "PUBLIC_NAME": NAME,
            "CERTIFICATES": str(home),
            **{
                f"UPSTREAM_{n.upper()}": httpx.URL(s.url).netloc.decode()
                for n, s in servers.items()
            },
        }
        site = filled_in((FILES / "nginx.conf").read_text(), values)
        front = stack.enter_context(nginx(home / "nginx", site, port))
        yield Deployment(port, front, certificate, servers, settings)


class TestLinks:
    @pytest.mark.parametrize("name", NAMES)
    def test_lead_through_nginx_and_open_there(self, deployed, name):
        with deployed.owner(name) as owner, deployed.stranger(name) as guest:
            link = mint(owner, path="lab")
            assert link["url"].startswith(f"{deployed.url(name)}nb-presign/redeem#nbp1.")
            assert guest.get("nb-presign/redeem").status_code == 200
            answer = redeem(guest, link)
            assert answer.status_code == 200, answer.text
            assert answer.json()["location"] == f"/{name}/lab"
            page = guest.get("lab")
            assert page.status_code == 200
            assert f'"baseUrl": "/{name}/"' in page.text
            assert guest.get("api/contents").status_code == 200
            slash = guest.get(deployed.url(name).removesuffix("/"))
            assert (slash.status_code, slash.headers["Location"]) == (301, deployed.url(name))
            # That nginx stands in between lets nobody in who has no cookie.
            guest.cookies.clear()
            assert guest.get("api/contents").status_code == 403
        cookie = guest_cookie(answer)
        assert cookie.startswith("__Secure-nb-presign-")
        said = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", f"path=/{name}/"} <= said
        assert "nbp1." not in deployed.front.accessed()

    def test_open_on_the_server_that_they_are_for_and_count_at_both(self, deployed):
        with deployed.owner("one") as one, deployed.owner("two") as two:
            link = mint(one)
            with deployed.stranger("two") as guest:
                assert redeem(guest, link).status_code == 404
            with deployed.stranger("one") as guest:
                assert redeem(guest, link).status_code == 200
            assert two.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 1


def test_a_guests_kernel_is_cut_off_by_a_revocation_on_the_other_server(deployed):
    with (
        deployed.owner("one") as one,
        deployed.owner("two") as two,
        deployed.stranger("one") as guest,
    ):
        link = mint(one, scope="execute")
        assert redeem(guest, link).status_code == 200
        kernel = one.post("api/kernels", json={"name": "python3"}).json()["id"]
        cookies = "; ".join(f"{each.name}={each.value}" for each in guest.cookies.jar)

        def revoke() -> None:
            assert two.delete(f"nb-presign/api/links/{link['id']}").is_success

        async def work() -> int | None:
            tls = deployed.certificate.client()
            line = await KernelSocket.open(
                deployed.url("one"), kernel, {"Cookie": cookies}, tls=tls
            )
            assert (await line.run("print(6 * 7)")).text == "42\n"
            await asyncio.to_thread(revoke)
            assert await line.closed(within=5)
            code = line.close_code
            line.close()
            return code

        assert asyncio.run(work()) == 4401
        assert guest.get("api/contents").status_code == 403
        assert one.delete(f"api/kernels/{kernel}").status_code == 204


class TestAddresses:
    def test_are_those_that_nginx_sees(self, deployed):
        with deployed.owner("one") as owner:
            link = mint(owner, allowed_ips=[OFFICE])
            with deployed.stranger("one", OFFICE) as guest:
                assert redeem(guest, link).status_code == 200
                assert guest.get("api/contents").status_code == 200
                (session,) = [
                    each
                    for each in owner.get("nb-presign/api/sessions").json()
                    if each["link_id"] == link["id"]
                ]
                assert session["address"] == OFFICE
                with deployed.stranger("one", ELSEWHERE) as thief:
                    thief.cookies = guest.cookies
                    assert thief.get("api/contents").status_code == 403

    @pytest.mark.parametrize("claim", CLAIMS)
    def test_are_not_what_a_client_claims(self, deployed, claim):
        claimed = {claim: f"for={OFFICE}" if claim == "Forwarded" else OFFICE}
        with deployed.owner("one") as owner:
            link = mint(owner, allowed_ips=[OFFICE])
            with deployed.stranger("one", ELSEWHERE) as guest:
                assert redeem(guest, link, **claimed).status_code == 403
            # Nor past nginx, where nobody but nginx is believed.
            transport = httpx.HTTPTransport(local_address=ELSEWHERE)
            with deployed.servers["one"].stranger(transport=transport) as guest:
                assert redeem(guest, link, **claimed).status_code == 403
            assert owner.get(f"nb-presign/api/links/{link['id']}").json()["uses"] == 0

    def test_nor_is_tls(self, deployed):
        only = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                }
            ],
        }
        with deployed.owner("one") as owner:
            link = mint(owner, policy=only)
        https = {"X-Forwarded-Proto": "https", "X-Scheme": "https"}
        transport = httpx.HTTPTransport(local_address=ELSEWHERE)
        with deployed.servers["one"].stranger(transport=transport) as guest:
            assert redeem(guest, link, **https).status_code == 403
        with deployed.stranger("one") as guest:
            plain = dict.fromkeys(https, "http")
            assert redeem(guest, link, **plain).status_code == 200


def test_other_names_are_not_served(deployed):
    context = deployed.certificate.client()
    with (
        closing(socket.create_connection(("127.0.0.1", deployed.port), timeout=10)) as line,
        pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"),
    ):
        context.wrap_socket(line, server_hostname="localhost")
    with deployed.stranger("one") as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("api", headers={"Host": "elsewhere.example.org"})
    with deployed.servers["one"].stranger() as client:
        assert client.get("api", headers={"Host": "elsewhere.example.org"}).status_code == 403


def test_an_aws_sdk_mints_through_nginx(deployed, monkeypatch):
    with kept_access_keys(deployed.settings["one"], SystemClock()) as keys:
        made = keys.create(
            DEFAULT_POLICY, scope=Scope.READ, note="a test", actor=Actor("me", "local")
        )
        key, secret = asyncio.run(made)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(deployed.certificate.chain))
    access = AwsAccess(f"{deployed.url('one')}nb-presign/aws", key.id, secret.reveal())
    with closing(access.boto3("sagemaker")) as sagemaker:
        url = sagemaker.create_presigned_notebook_instance_url(NotebookInstanceName="one")
    assert url["AuthorizedUrl"].startswith(f"{deployed.url('one')}nb-presign/redeem#nbp1.")
    with deployed.stranger("one") as guest:
        assert redeem(guest, {"url": url["AuthorizedUrl"]}).status_code == 200
        assert guest.get("api/contents").status_code == 200


def test_secrets_are_in_no_log(deployed, postgres_cluster):
    for name, server in deployed.servers.items():
        assert f"'server_name': '{name}'" in server.logged()  # at DEBUG it has the configuration
        assert postgres_cluster.password not in server.logged()
