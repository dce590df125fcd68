"""A fake AWS: a real HTTP server on loopback, which real boto3 and the AWS CLI talk to.

`with AwsServer() as aws`, or the fixture `aws`, which sets the environment of the test as well:

* `aws.environment` is for processes that shall talk to it,
* `aws.world` has what there is, and `aws.place("eu-west-1")` what there is elsewhere,
* `aws.calls` has what was asked,
* `aws.play("DescribeNotebookInstance", faults.throttling(), times=2)` makes trouble.
"""

from __future__ import annotations

from support.aws import faults
from support.aws.exchange import Call
from support.aws.keys import ACCOUNT, CANARY, Key
from support.aws.server import AwsServer
from support.aws.world import REGION, Place

__all__ = ["ACCOUNT", "CANARY", "REGION", "AwsServer", "Call", "Key", "Place", "faults"]
