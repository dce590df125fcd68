"""Which notebook this process runs in, where SageMaker says so.

SageMaker writes a file on notebook instances ("Get notebook instance metadata" in its developer
guide: `ResourceArn`, `ResourceName`) and in Studio's apps ("Get app metadata" there: `AppType`,
`DomainId`, `UserProfileName` or, in spaces, `SpaceName`). Later images add
`ResourceArnCaseSensitive`; the plain ARN is in lower case.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

METADATA = Path("/opt/ml/metadata/resource-metadata.json")
#: Bytes; the real one has some hundred.
MOST_BYTES = 65_536

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<kind>[a-z-]+)/.+"
)


@dataclass(frozen=True, slots=True)
class ThisNotebook:
    """What SageMaker says of the machine it runs on; empty is what it does not say."""

    arn: str
    region: str
    account: str
    #: Of a notebook instance; "" in Studio.
    instance: str = ""
    domain: str = ""
    user_profile: str = ""
    space: str = ""
    #: `JupyterLab`, `CodeEditor`, `KernelGateway`, …
    app_type: str = ""


def this_notebook(path: Path | None = None) -> ThisNotebook | None:
    """Read the file; None where there is none, or none that can be understood."""
    try:
        with (path or METADATA).open("rb") as file:
            found = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    facts = {name: value for name, value in found.items() if isinstance(value, str)}
    arn = _ARN.fullmatch(facts.get("ResourceArnCaseSensitive") or facts.get("ResourceArn", ""))
    if arn is None:
        return None
    in_studio = bool(facts.get("DomainId"))
    return ThisNotebook(
        arn=arn[0],
        region=arn["region"],
        account=arn["account"],
        instance="" if in_studio else facts.get("ResourceName", ""),
        domain=facts.get("DomainId", ""),
        user_profile=facts.get("UserProfileName", ""),
        space=facts.get("SpaceName", ""),
        app_type=facts.get("AppType", ""),
    )
