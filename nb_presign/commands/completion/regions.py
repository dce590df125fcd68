"""Names the regions of AWS, as far as botocore knows them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from nb_presign.aws.machine.profiles import regions_named


def region_names() -> tuple[str, ...]:
    """List regions: first those that the config files name; blocks, and imports no botocore.

    Of botocore only the list of partitions is read, which has one entry for all services together.
    """
    found = find_spec("botocore")
    try:
        file = Path((found and found.origin) or "").parent / "data" / "partitions.json"
        partitions = json.loads(file.read_text("utf-8"))["partitions"]
        known = [name for partition in partitions for name in partition["regions"]]
    except (OSError, ValueError, LookupError):
        known = []
    # `aws-global` and its like stand for services that have no region.
    return tuple(dict.fromkeys((*regions_named(), *sorted(n for n in known if "global" not in n))))
