"""The policies are read and judged by our own reader of policy documents, as IAM would."""

from __future__ import annotations

import json

import pytest

from nb_presign.aws.least_privilege import (
    Grant,
    Origins,
    Permission,
    arn,
    least_privilege,
    partition_of,
)
from nb_presign.errors import InputError, OutOfRangeError
from nb_presign.policy import Request
from nb_presign.policy.addresses import parse_address
from nb_presign.policy.conditions import KEYS, Kind
from nb_presign.policy.reading import read_text

ACCOUNT, REGION = "123456789012", "us-west-2"
OPEN, LOOK = "sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:DescribeNotebookInstance"
HERE = arn("sagemaker", "notebook-instance/{Name}")
PERMISSION = Permission(
    opens=Grant(actions=(OPEN,), resources=(HERE,)),
    looks=(
        Grant(actions=(LOOK,), resources=(HERE,)),
        Grant(actions=("sagemaker:DescribeSpace",), resources=(arn("sagemaker", "space/{Space}"),)),
    ),
    asked_again=True,
    caveats=("One more thing.",),
)
VPC, VPCE = "vpc-0a1b2c3d", "vpce-0a1b2c3d"


@pytest.fixture(autouse=True)
def _keys_of_networks(monkeypatch):
    """Our own doors have no such requests, and so our reader no such keys."""
    for name in ("aws:SourceVpc", "aws:SourceVpce"):
        monkeypatch.setitem(KEYS, name.lower(), (name, Kind.TEXT))


def write(*, names=None, permission=PERMISSION, **places):
    origins = Origins(**{kind: tuple(found) for kind, found in places.items()})
    return least_privilege(
        permission, names or {"Name": "gpu"}, origins=origins, account=ACCOUNT, region=REGION
    )


def internet(address):
    return {"aws:sourceip": parse_address(address)}


def endpoint(vpce, vpc=VPC):
    """A request through an interface endpoint has no address."""
    return {"aws:sourcevpce": vpce, "aws:sourcevpc": vpc}


def lets_in(found, context, *, action=OPEN, name="gpu"):
    document = read_text(json.dumps(found.document))
    resource = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/{name}"
    return document.decide(Request((action,), (resource,), context)).allowed


OFFICE, CAFE = internet("203.0.113.7"), internet("198.51.100.1")
OURS, THEIRS = endpoint(VPCE), endpoint("vpce-99999999", "vpc-99999999")


@pytest.mark.parametrize(
    ("places", "let_in"),
    [
        ({}, {"office", "cafe", "ours", "theirs"}),
        ({"ips": ["203.0.113.0/24"]}, {"office"}),
        ({"ips": ["203.0.113.7", "198.51.100.1"]}, {"office", "cafe"}),
        ({"vpces": [VPCE]}, {"ours"}),
        ({"vpcs": [VPC]}, {"ours"}),
        ({"vpces": ["vpce-11111111"], "vpcs": [VPC]}, {"ours"}),
        ({"ips": ["203.0.113.0/24"], "vpces": [VPCE]}, {"office", "ours"}),
        ({"ips": ["203.0.113.0/24"], "vpcs": [VPC]}, {"office", "ours"}),
        (
            {"ips": ["203.0.113.0/24"], "vpces": ["vpce-11111111"], "vpcs": [VPC]},
            {"office", "ours"},
        ),
        ({"ips": ["2001:db8::/32"]}, set()),
    ],
)
def test_whoever_comes_from_one_of_the_places_is_let_in_and_nobody_else(places, let_in):
    found = write(**places)
    visits = {"office": OFFICE, "cafe": CAFE, "ours": OURS, "theirs": THEIRS}
    assert {name for name, context in visits.items() if lets_in(found, context)} == let_in


def test_a_deny_goes_before_what_other_policies_allow():
    found = write(ips=["203.0.113.0/24"])
    found.document["Statement"].append({"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert lets_in(found, OFFICE)
    assert not lets_in(found, CAFE)


def test_it_is_for_one_thing_only():
    found = write()
    assert not lets_in(found, OFFICE, name="gpu2")
    assert not lets_in(found, OFFICE, action="sagemaker:DeleteNotebookInstance")
    assert not lets_in(found, OFFICE, action="sagemaker:StartNotebookInstance")


def test_looking_is_allowed_from_anywhere_and_of_what_is_named_only():
    found = write(ips=["203.0.113.0/24"])
    assert lets_in(found, CAFE, action=LOOK)
    assert "DescribeSpace" not in json.dumps(found.document)
    assert "DescribeSpace" in json.dumps(write(names={"Name": "gpu", "Space": "s"}).document)


class TestWarnings:
    @pytest.mark.parametrize(
        ("places", "said", "unsaid"),
        [
            ({}, ["whoever has the URL can open it anywhere"], ["VPC interface endpoints"]),
            (
                {"ips": ["203.0.113.0/24"]},
                ["VPC interface endpoints", "addresses of both", "ViaAWSService", "WebSocket"],
                ["over the internet"],
            ),
            ({"vpces": [VPCE]}, ["over the internet"], ["addresses of both"]),
            (
                {"ips": ["203.0.113.0/24"], "vpcs": [VPC]},
                ["addresses of both"],
                ["over the internet", "VPC interface endpoints"],
            ),
            ({"ips": ["10.1.0.0/16"]}, ["never 10.1.0.0/16"], []),
            ({"ips": ["fd00::/8"]}, ["never fd00::/8"], []),
        ],
    )
    def test_what_it_does_besides_is_said(self, places, said, unsaid):
        text = " ".join(write(**places).warnings)
        assert all(each in text for each in said)
        assert not any(each in text for each in unsaid)
        assert "One more thing." in text

    def test_where_aws_does_not_say_that_it_is_asked_again_neither_do_we(self):
        permission = Permission(opens=PERMISSION.opens)
        text = " ".join(write(permission=permission, ips=["203.0.113.0/24"]).warnings)
        assert "for minting only" in text
        assert "WebSocket" not in text

    def test_any_account_or_region_is_said(self):
        wide = least_privilege(PERMISSION, {"Name": "gpu"}, origins=Origins())
        assert wide.document["Statement"][0]["Resource"] == [
            "arn:aws:sagemaker:*:*:notebook-instance/gpu"
        ]
        assert any("--account" in each for each in wide.warnings)
        assert not any("--account" in each for each in write().warnings)


class TestRefusals:
    @pytest.mark.parametrize("ip", ["203.0.113.7/24", "office", "", "127.1"])
    def test_an_address_is_one(self, ip):
        with pytest.raises(OutOfRangeError):
            Origins(ips=(ip,))

    @pytest.mark.parametrize(
        ("kind", "found"),
        [("vpces", VPC), ("vpcs", VPCE), ("vpces", "vpce-*"), ("vpcs", ""), ("vpcs", "vpc-XYZ")],
    )
    def test_an_id_is_one(self, kind, found):
        with pytest.raises(InputError) as caught:
            Origins(**{kind: (found,)})
        assert caught.value.hint

    @pytest.mark.parametrize("name", ["*", "gpu-?", "${aws:username}"])
    def test_a_name_means_itself(self, name):
        with pytest.raises(InputError):
            write(names={"Name": name})

    @pytest.mark.parametrize("account", ["1", "12345678901a", "٣" * 12])
    def test_an_account_has_twelve_digits(self, account):
        with pytest.raises(InputError):
            least_privilege(PERMISSION, {"Name": "gpu"}, origins=Origins(), account=account)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-west-2", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("", "aws")],
)
def test_a_region_is_in_a_partition(region, partition):
    assert partition_of(region) == partition
