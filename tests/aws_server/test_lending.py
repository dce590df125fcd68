"""Credentials that AWS lends, and takes back."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest
from botocore import exceptions


@pytest.fixture
def without_keys(aws, monkeypatch):
    """Be somebody who has no key."""
    for name in aws.key.variables:
        monkeypatch.delenv(name)
    return aws


def identity(profile=None):
    return boto3.Session(profile_name=profile).client("sts").get_caller_identity()["Arn"]


def test_containers_are_lent_keys(without_keys, monkeypatch):
    for name, value in without_keys.container.items():
        monkeypatch.setenv(name, value)
    assert "assumed-role/notebook/" in identity()
    assert [each.service for each in without_keys.calls] == ["container", "sts"]


def test_who_has_signed_in_is_lent_keys(without_keys):
    without_keys.add_sso_profile("work", signed_in=timedelta(hours=8))
    assert "assumed-role/AWSReservedSSO_Scientist/ada" in identity("work")


@pytest.mark.parametrize("signed_in", [None, timedelta(hours=-1)])
def test_who_has_not_signed_in_is_told_by_botocore(without_keys, signed_in):
    without_keys.add_sso_profile("work", signed_in=signed_in)
    with pytest.raises((exceptions.SSOTokenLoadError, exceptions.UnauthorizedSSOTokenError)):
        identity("work")
    assert not without_keys.calls


def test_a_sign_in_that_was_revoked_is_told_by_the_portal(without_keys):
    without_keys.add_sso_profile("work", signed_in=timedelta(hours=8))
    without_keys.lender.token += "x"
    with pytest.raises(exceptions.UnauthorizedSSOTokenError):
        identity("work")


def test_lent_keys_end(without_keys):
    aws = without_keys
    aws.add_sso_profile("work", signed_in=timedelta(hours=8))
    aws.lender.lasts = timedelta(minutes=30)
    sts = boto3.Session(profile_name="work").client("sts")
    sts.get_caller_identity()
    aws.keys[-1].expires_at -= timedelta(minutes=31)
    with pytest.raises(exceptions.ClientError, match="ExpiredToken"):
        sts.get_caller_identity()


def test_roles_end_when_the_lender_says(aws):
    aws.lender.lasts = timedelta(minutes=2)
    lent = boto3.client("sts").assume_role(
        RoleArn="arn:aws:iam::123456789012:role/reader", RoleSessionName="ada"
    )
    assert lent["Credentials"]["Expiration"].timestamp() == pytest.approx(
        aws.keys[-1].expires_at.timestamp(), abs=1
    )
