"""What servers and open notebooks are called on AWS's wire and in policy documents.

A server has three names in policies, of which each counts: its own
(`arn:nb-presign:jupyter:::server/<name>`), that of the notebook instance that AWS's SDKs take it
for, and that of the Athena workgroup of its open notebooks (Service Authorization Reference,
"Actions, resources, and condition keys for Amazon SageMaker AI" and "… for Amazon Athena").
"""

from __future__ import annotations

import re
from hashlib import sha256

#: Where no other is configured: requests are signed for one, and ARNs name one.
REGION = "us-east-1"
#: Servers have no account. Twelve digits, as ARNs want them.
ACCOUNT = "000000000000"
#: What AWS takes for one (SageMaker API reference, CreateNotebookInstance), and how long it may be.
_NAME = re.compile(r"[A-Za-z0-9](?:-*[A-Za-z0-9])*")
_LONGEST = 63
_OTHER = re.compile(r"[^A-Za-z0-9-]+")
#: Of a hash, how much tells two names apart.
_DIGITS = 6


def instance_name(server: str) -> str:
    """Write a server's name as notebook instances are called: letters, digits and hyphens.

    One that is written so already stays; another gets some digits of its hash, as `my_lab` is
    `my-lab-` and six of them: what a policy allows on `my-lab` must not be another server because
    that one is not running.
    """
    if len(server) <= _LONGEST and _NAME.fullmatch(server):
        return server
    digits = sha256(server.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    stem = _OTHER.sub("-", server).strip("-")[: _LONGEST - len(digits) - 1].rstrip("-")
    return f"{stem or 'server'}-{digits}"


def server_arn(server: str) -> str:
    """Name a server as policies of ours do."""
    return f"arn:nb-presign:jupyter:::server/{server}"


def instance_arn(server: str, region: str) -> str:
    """Name a server as the notebook instance that it is taken for."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:notebook-instance/{instance_name(server)}"


def workgroup_arn(server: str, region: str) -> str:
    """Name a server as the workgroup of its open notebooks, which Athena's policies are about."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{server}"


def server_arns(server: str, region: str) -> tuple[str, ...]:
    """Name a server in each way that counts for what is done to it, first AWS's."""
    return (instance_arn(server, region), server_arn(server))


def session_arns(server: str, region: str, *, session: str = "") -> tuple[str, ...]:
    """Name the open notebooks of a server, or the one of an id, in each way that counts."""
    below = (f"{server_arn(server)}/session/{session}",) if session else ()
    return (workgroup_arn(server, region), *server_arns(server, region), *below)
