"""What of AWS is listed, and what is minted there on this server's credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traitlets import Bool, Dict, HasTraits, List, Unicode, Union, validate

from nb_presign.entries import host_suffix, mint_rule, name_of_place


class CloudsTraits(HasTraits):
    """Places, paths, hosts and rules for AWS's links."""

    aws_profiles: List[str] = List(
        Unicode(),
        config=True,
        help="""Profiles of AWS's shared configuration whose targets are listed, all at once.

        Default: none, so that the credentials that AWS's own chain finds (AWS_PROFILE, the role of
        the machine) are the only ones. 'default' stands for these in a list. What is minted uses
        the profile of its reference, ?profile=…, whatever is listed here.
        Example: c.NbPresign.aws_profiles = ["default", "research"]
        """,
    )
    aws_regions: List[str] = List(
        Unicode(),
        config=True,
        help="""Regions of AWS whose targets are listed, all at once, with each of the profiles.

        Default: none, so that only the region of the profile or of AWS_DEFAULT_REGION is asked.
        Each region and profile costs a list its own calls; one that fails makes the list partial.
        Example: c.NbPresign.aws_regions = ["us-west-2", "eu-central-1"]
        """,
    )
    aws_open_paths = Bool(
        True,
        config=True,
        help="""Whether the URLs of SageMaker notebook instances are changed to open a path.

        AWS documents no way to: the path is put between host and query, which AWS may stop to
        understand. False: URLs are handed out as AWS made them and open the start page; go to the
        notebook's own address afterwards. Example: c.NbPresign.aws_open_paths = False
        """,
    )
    aws_hosts: List[str] = List(
        Unicode(),
        config=True,
        help="""Further domains that presigned URLs of AWS may lead to.

        A URL that leads elsewhere than AWS documents is refused and never shown. Default: none.
        Needed for endpoints of your own, such as a proxy for SageMaker's pages: the domain and all
        below it are believed. Example: c.NbPresign.aws_hosts = ["notebooks.example.org"]
        """,
    )
    mint_targets: List[Any] = List(
        Union([Unicode(), Dict()]),
        default_value=["*"],
        config=True,
        help="""What this server mints on its own credentials for AWS; no rule, no link.

        For whoever is the owner in its browser or asks its REST, for minting, refreshing, opening
        and starting. Kernels mint on credentials that they have themselves: what these may do is
        IAM's to say. A rule is a reference, of which '*' and '?' stand for parts of a segment and a
        lone '*' for everything, or a dictionary of 'target' and, all of them optional, 'profiles'
        ('default': none is named), 'regions', 'roles' (ARNs of roles and users that the credentials
        may be), all with '*' and '?', and 'per_minute' (links; a whole number). A role with a path
        takes no wildcard, since AWS does not tell the path of a role that is in use. The first
        rule that fits counts. Default: ["*"]; [] refuses everything. Example:
        c.NbPresign.mint_targets = ["athena:*", {"target": "sagemaker:team-*",
        "profiles": ["team"], "regions": ["us-west-2"],
        "roles": ["arn:aws:iam::123456789012:role/team-*"], "per_minute": 10}]
        """,
    )

    @validate("aws_profiles", "aws_regions")
    def _check_places(self, proposal: Mapping[str, Any]) -> list[str]:
        where = f"NbPresign.{proposal['trait'].name}"
        return [name_of_place(name, where) for name in dict.fromkeys(proposal["value"])]

    @validate("aws_hosts")
    def _check_hosts(self, proposal: Mapping[str, Any]) -> list[str]:
        return [host_suffix(name) for name in proposal["value"]]

    @validate("mint_targets")
    def _check_rules(self, proposal: Mapping[str, Any]) -> list[Any]:
        for entry in proposal["value"]:
            mint_rule(entry)
        return list(proposal["value"])
