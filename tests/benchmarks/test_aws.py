"""What minting on AWS costs beyond AWS itself, at an endpoint of this machine."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from benchmarks.figure import compare
from jupyter_client import KernelManager
from jupyter_servers import World

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(600)]

TESTS = Path(__file__).parents[1]
INSTANCE = "my-instance"
#: Seconds that the endpoint takes to answer: about what AWS takes, across a continent.
LATENCY = 0.1
#: Mints in one measurement.
BATCH = 3


@contextmanager
def endpoint(*options):
    """Run the fake AWS in a process of its own, and tell its environment."""
    server = subprocess.Popen(
        [sys.executable, "-m", "support.aws", *options],
        cwd=TESTS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield json.loads(server.stdout.readline())["environment"]
    finally:
        server.stdin.close()
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def world(tmp_path, monkeypatch):
    world = World(tmp_path)
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)
    return world


@pytest.fixture
def service(world, monkeypatch):
    """Build the service as a script without a server does, and the bare client beside it."""
    del world
    with endpoint("--latency", str(LATENCY)) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        import boto3  # noqa: PLC0415

        from nb_presign.blocking import background  # noqa: PLC0415
        from nb_presign.bootstrap.connecting import connect  # noqa: PLC0415

        api = background.run(connect())
        yield api, boto3.session.Session().client("sagemaker")
        background.run(api.aclose())


def test_a_warm_mint(keep, service):
    """A mint checks, paces, calls, looks at the URL and writes the store; boto3 calls."""
    api, client = service
    from nb_presign.blocking import background  # noqa: PLC0415
    from nb_presign.request import mint_request  # noqa: PLC0415

    request = mint_request(f"sagemaker:{INSTANCE}")

    async def mint():
        for _ in range(BATCH):
            link = await api.mint(request)
            assert link.url.reveal().startswith("https://")

    def call():
        for _ in range(BATCH):
            answer = client.create_presigned_notebook_instance_url(NotebookInstanceName=INSTANCE)
            assert answer["AuthorizedUrl"]

    what = f"mint of a SageMaker URL, warm, {BATCH} times"
    against = f"boto3's bare call, {LATENCY * 1000:.0f} ms away"
    keep(compare(what, against, lambda: background.run(mint()), call, rounds=20, target="≤ 1.05"))


def cli():
    """Find AWS's own command line, which is not among our dependencies."""
    return os.environ.get("NB_PRESIGN_AWS_CLI") or which("aws")


@contextmanager
def fresh_kernel(env):
    """Start a kernel that has run nothing yet, and give a function that runs code in it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=env)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.skipif(not cli(), reason="compares with AWS's own CLI: pip install awscli")
@pytest.mark.usefixtures("world")
def test_the_magic_in_a_fresh_kernel(keep):
    """`%load_ext` and `%presign` in a kernel that has run nothing yet; the CLI is a process."""
    code = f"%load_ext nb_presign\nlink = %presign -q sagemaker:{INSTANCE}\nassert link.url"
    command = "create-presigned-notebook-instance-url"
    arguments = [cli(), "sagemaker", command, "--notebook-instance-name", INSTANCE]
    with endpoint() as environment:
        env = {**os.environ, **environment}
        kernels = []

        @contextmanager
        def kernel():
            with fresh_kernel(env) as client:
                kernels.append(client)
                yield
                kernels.clear()

        def magic():
            reply = kernels[0].execute_interactive(code, timeout=60)
            assert reply["content"]["status"] == "ok", reply["content"]

        def process():
            subprocess.run(arguments, env=env, check=True, capture_output=True)

        what, against = "%load_ext and %presign in a fresh kernel", f"aws sagemaker {command}"
        keep(compare(what, against, magic, process, rounds=9, target="≤ 0.7", around=kernel))
