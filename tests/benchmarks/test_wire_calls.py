"""What calls of AWS's wire protocol cost a warm client of boto3."""

import asyncio
import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from aws_clients import AwsAccess
from benchmarks.figure import compare
from benchmarks.test_requests import owner_headers
from jupyter_servers import World, free_port, jupyter_server

from nb_presign.bootstrap import kept_access_keys
from nb_presign.clock import SystemClock
from nb_presign.model import Actor
from nb_presign.settings import Settings

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

BATCH = 10
ROUNDS = 40
KEYS = 60
NAME = "with"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("wire"))


@pytest.fixture(scope="module")
def server(world):
    """Run a server that speaks the protocol, as people do: log level INFO."""
    config = {
        "ServerApp": {"log_level": "INFO"},
        "NbPresign": {"server_name": NAME, "aws_api": True},
    }
    with jupyter_server(world, world.home / "root", config=config) as running:
        yield running


@pytest.fixture(scope="module")
def ours(world, server):
    """Make a client of that server, with more keys than one: each may call so often and no more."""
    data = world.home / "data" / "nb_presign"
    settings = Settings(store_url=f"sqlite:///{data / 'store.sqlite'}", data_dir=data)
    with kept_access_keys(settings, SystemClock()) as keys:
        made = [asyncio.run(keys.create(actor=Actor("me", "local"))) for _ in range(KEYS)]
    pairs = itertools.cycle((key.id, secret.reveal()) for key, secret in made)
    client = AwsAccess(f"{server.url}nb-presign/aws", *next(pairs)).boto3("sagemaker")

    def take_the_next_key(request_signer, **_):
        credentials = request_signer._credentials
        credentials.access_key, credentials.secret_key = next(pairs)

    client.meta.events.register("before-sign.sagemaker", take_the_next_key)
    yield client
    client.close()


@pytest.fixture(scope="module")
def moto(world):
    """Make a client of moto's server, which has one notebook instance and checks no signature."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, env=world.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        client = AwsAccess(f"http://127.0.0.1:{port}", "x", "x").boto3("sagemaker")
        _wait_for(port, process)
        client.create_notebook_instance(
            NotebookInstanceName=NAME, InstanceType="ml.t3.medium", RoleArn=f"arn:{'x' * 20}"
        )
        yield client
        client.close()
        process.kill()


def _wait_for(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/moto-api/")
            connection.getresponse().read()
            connection.close()
            return
        time.sleep(0.05)
    raise RuntimeError("moto's server did not start")


@pytest.fixture
def mint_by_rest(server):
    """Make a function that mints over REST, on one connection."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    headers = {**owner_headers(server), "Content-Type": "application/json"}
    body = json.dumps({"target": f"jupyter:{NAME}"})

    def mint():
        for _ in range(BATCH):
            connection.request("POST", "/nb-presign/api/links", body, headers)
            answer = connection.getresponse()
            assert answer.status == 201, answer.read()
            answer.read()

    yield mint
    connection.close()


def list_at(client):
    def ask():
        for _ in range(BATCH):
            (only,) = client.list_notebook_instances()["NotebookInstances"]
            assert only["NotebookInstanceName"] == NAME

    return ask


def mint_at(client):
    def ask():
        for _ in range(BATCH):
            answer = client.create_presigned_notebook_instance_url(NotebookInstanceName=NAME)
            assert "#nbp1." in answer["AuthorizedUrl"]

    return ask


def test_listing(keep, ours, moto):
    keep(
        compare(
            f"ListNotebookInstances by boto3, {BATCH} times",
            "moto's server",
            list_at(ours),
            list_at(moto),
            rounds=ROUNDS,
        )
    )


def test_listing_beside_minting(keep, ours, mint_by_rest):
    keep(
        compare(
            f"ListNotebookInstances by boto3, {BATCH} times",
            "mint over our REST",
            list_at(ours),
            mint_by_rest,
            rounds=ROUNDS,
        )
    )


def test_minting(keep, ours, mint_by_rest):
    keep(
        compare(
            f"CreatePresignedNotebookInstanceUrl by boto3, {BATCH} times",
            "mint over our REST",
            mint_at(ours),
            mint_by_rest,
            rounds=ROUNDS,
        )
    )


def test_minting_beside_moto(keep, ours, moto):
    keep(
        compare(
            f"CreatePresignedNotebookInstanceUrl by boto3, {BATCH} times",
            "moto's ListNotebookInstances",
            mint_at(ours),
            list_at(moto),
            rounds=ROUNDS,
        )
    )
