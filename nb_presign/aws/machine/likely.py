"""Whether credentials are likely here, told from variables and files alone: no boto, no network."""

from __future__ import annotations

import os
from pathlib import Path

from nb_presign.aws.machine.metadata import METADATA
from nb_presign.aws.machine.stamp import shared_files

#: Variables by which credentials are found ("Environment variables to configure the AWS CLI" and
#: the SDKs' reference guide on container and web identity credentials).
VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
#: Says `Amazon EC2` on today's instances ("Detect whether a host is an EC2 instance", EC2's guide).
VENDOR = Path("/sys/class/dmi/id/sys_vendor")


def likely(*, vendor: Path = VENDOR, metadata: Path = METADATA) -> str:
    """Say why there can be no credentials, or "" if there may be some."""
    if any(os.environ.get(name) for name in VARIABLES):
        return ""
    if any(path.is_file() for path in shared_files()):
        return ""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true" and (
        metadata.is_file() or _is_ec2(vendor)
    ):
        return ""
    return "There are no AWS credentials: no profile, no AWS_* variables, and this is not AWS."


def _is_ec2(vendor: Path) -> bool:
    try:
        return "amazon" in vendor.read_text(encoding="utf-8", errors="replace").lower()
    except OSError:
        return False
