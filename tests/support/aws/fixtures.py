"""Fixtures for every test: `aws` is the fake, `moto_server` somebody else's."""

from __future__ import annotations

import os
from functools import cache

import pytest

# botocore and moto take their time: they are for tests that ask for them.


@pytest.fixture
def aws(tmp_path, monkeypatch):
    """Run the fake, with this process in an environment where no other AWS can be found.

    `aws.strayed` lists the hosts that something wanted to reach all the same, in vain: a test that
    means to do so clears it.
    """
    import boto3  # noqa: PLC0415
    from botocore.credentials import SSOProvider  # noqa: PLC0415
    from botocore.tokens import SSOTokenProvider  # noqa: PLC0415

    from nb_presign.aws.signer import sessions  # noqa: PLC0415
    from support.aws import AwsServer  # noqa: PLC0415
    from support.aws.files import FOREIGN  # noqa: PLC0415
    from support.aws.lending import SSO_CACHE  # noqa: PLC0415
    from support.aws.loopback import on_loopback  # noqa: PLC0415

    with AwsServer(tmp_path / "aws") as server, on_loopback() as server.strayed:
        for name in [each for each in os.environ if each.startswith(FOREIGN)]:
            monkeypatch.delenv(name)
        # `~/.aws` holds caches as well; botocore asks where HOME is when it is imported.
        monkeypatch.setenv("HOME", str(server.home))
        for each in (SSOProvider, SSOTokenProvider):
            monkeypatch.setattr(each, "_SSO_TOKEN_CACHE_DIR", str(server.home / SSO_CACHE))
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        # Its own session keeps the credentials of earlier tests.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        # Parsed models are megabytes: one copy for the sessions of all tests.
        monkeypatch.setattr(sessions, "_new_loader", _shared(sessions._new_loader))
        yield server
    assert not server.mistakes
    assert not server.strayed


@cache
def _shared(new_loader):
    loader = new_loader()
    return lambda: loader


@pytest.fixture(scope="module")
def moto_server():
    """Run moto's server, and return its URL; it takes any credentials."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
