"""What servers and open notebooks are called on AWS's wire and in policy documents.

A server has three names in policies, of which each counts: its own
(`arn:nb-presign:jupyter:::server/<name>`), that of the notebook instance that AWS's SDKs take it
for, and that of the Athena workgroup of its open notebooks (Service Authorization Reference,
"Actions, resources, and condition keys for Amazon SageMaker AI" and "… for Amazon Athena").
"""

from __future__ import annotations

import re

#: Where no other is configured: requests are signed for one, and ARNs name one.
REGION = "us-east-1"
#: Servers have no account. Twelve digits, as ARNs want them.
ACCOUNT = "000000000000"
_OTHER = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST = 63


def instance_name(server: str) -> str:
    """Write a server's name as notebook instances are called: letters, digits and hyphens.

    `my_project` is `my-project`; two servers may have one name then, and whoever looks one up by it
    has to say so.
    """
    return _OTHER.sub("-", server)[:_LONGEST].strip("-") or "server"


def server_arn(server: str) -> str:
    """Name a server as policies of ours do."""
    return f"arn:nb-presign:jupyter:::server/{server}"


def instance_arn(server: str, region: str) -> str:
    """Name a server as the notebook instance that it is taken for."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:notebook-instance/{instance_name(server)}"


def workgroup_arn(server: str, region: str) -> str:
    """Name a server as the workgroup of its open notebooks, which Athena's policies are about."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{server}"
