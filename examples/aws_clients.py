"""Three clients of AWS at a Jupyter server: boto3, AWS's command line, the SDK for JavaScript v3.

None of them knows of nb_presign: each is given an endpoint URL and a key, and that is all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
JAVASCRIPT = HERE / "javascript"
#: Where `make` installs AWS's command line; NB_PRESIGN_AWS_CLI names another.
AWS_CLI = HERE.parent / ".awscli" / "bin" / "aws"


@dataclass(frozen=True)
class AwsAccess:
    """What a client of AWS is configured with."""

    #: A server's URL and `nb-presign/aws`.
    endpoint: str
    key_id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"

    def boto3(self, service: str, **config: Any) -> Any:  # noqa: ANN401  # boto3 has no types
        """Make a client of boto3."""
        session = boto3.session.Session(
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            region_name=self.region,
        )
        # Errors are what is looked at, and not retried.
        once = Config(retries={"total_max_attempts": 1}, proxies={}, **config)
        return session.client(service, endpoint_url=self.endpoint, config=once)

    def environment(self, home: Path) -> dict[str, str]:
        """Make the environment of a process whose client is configured by variables."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return kept | {
            # With no `~/.aws`.
            "HOME": str(home),
            "AWS_ACCESS_KEY_ID": self.key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": "127.0.0.1",
        }


def aws_cli(access: AwsAccess, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `aws`; its output is JSON."""
    program = os.environ.get("NB_PRESIGN_AWS_CLI") or str(AWS_CLI)
    return _run([program, *arguments, "--output", "json"], access, home)


def javascript(
    access: AwsAccess, home: Path, calls: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Have the SDK for JavaScript make calls; see `javascript/calls.mjs` for how they look."""
    # npm's own, beside the Python that runs this; or the machine's.
    node = Path(sys.executable).parent / "node"
    program = [str(node) if node.exists() else "node", str(JAVASCRIPT / "calls.mjs")]
    done = _run(program, access, home, json.dumps(calls))
    if done.returncode:
        raise RuntimeError(done.stderr)
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def _run(
    command: Sequence[str], access: AwsAccess, home: Path, given: str = ""
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=access.environment(home),
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError as error:
        raise RuntimeError(f"{command[0]} is not there; 'make aws-clients' installs it.") from error
