from __future__ import annotations

import boto3
import botocore.session
import pytest
from botocore.loaders import create_loader


@pytest.fixture(scope="session")
def loader():
    """Read SageMaker's model once: it takes its time."""
    return create_loader()


@pytest.fixture
def client(aws, loader):
    """Make real clients that talk to the fake with its default key, or another."""

    def make(service, *, key=None, region=None, **kwargs):
        key = key or aws.key
        core = botocore.session.Session()
        core.register_component("data_loader", loader)
        return boto3.Session(
            botocore_session=core,
            aws_access_key_id=key.id,
            aws_secret_access_key=key.secret,
            aws_session_token=key.token or None,
            region_name=region,
        ).client(service, **kwargs)

    return make
