"""Whether and how this server speaks AWS's wire protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Bool, HasTraits, Unicode, validate

from nb_presign.entries import region_name


class WireProtocolTraits(HasTraits):
    """The switch and the region of the protocol."""

    aws_api = Bool(
        False,
        config=True,
        help="""Whether this server speaks AWS's wire protocol at <base_url>nb-presign/aws, so that
        any AWS SDK mints its links by access keys: jupyter presign aws-keys create.

        Example: c.NbPresign.aws_api = True
        """,
    )
    aws_api_region = Unicode(
        "us-east-1",
        config=True,
        help="""The region that programs sign their requests for, and that ARNs in policies of
        access keys name; no region of AWS is asked for anything.

        Example: c.NbPresign.aws_api_region = "eu-central-1"
        """,
    )

    @validate("aws_api_region")
    def _check_region(self, proposal: Mapping[str, Any]) -> str:
        return region_name(str(proposal["value"]), "NbPresign.aws_api_region")
