from __future__ import annotations

import os

import pytest

from nb_presign.aws.machine.likely import VARIABLES, likely


@pytest.fixture
def nothing(tmp_path, monkeypatch):
    """A machine that has never heard of AWS; its parts can be added."""
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return {"vendor": tmp_path / "sys_vendor", "metadata": tmp_path / "metadata.json"}


def test_without_anything_it_says_why(nothing):
    assert "no AWS credentials" in likely(**nothing)


@pytest.mark.parametrize("name", VARIABLES)
def test_variables(nothing, monkeypatch, name):
    monkeypatch.setenv(name, "")
    assert likely(**nothing)
    monkeypatch.setenv(name, "something")
    assert not likely(**nothing)


@pytest.mark.parametrize("name", ["config", "credentials"])
def test_files(nothing, tmp_path, name):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / name).touch()
    assert not likely(**nothing)


@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
def test_files_elsewhere(nothing, tmp_path, monkeypatch, variable):
    monkeypatch.setenv(variable, "~/elsewhere")
    assert likely(**nothing)
    (tmp_path / "elsewhere").touch()
    assert not likely(**nothing)


def test_a_notebook_of_sagemaker(nothing):
    nothing["metadata"].write_text("{}")
    assert not likely(**nothing)


@pytest.mark.parametrize(("vendor", "is_aws"), [("Amazon EC2\n", True), ("QEMU\n", False)])
def test_a_machine_of_ec2(nothing, vendor, is_aws):
    nothing["vendor"].write_text(vendor)
    assert bool(likely(**nothing)) is not is_aws


def test_a_machine_that_must_not_ask_for_its_role(nothing, monkeypatch):
    nothing["vendor"].write_text("Amazon EC2\n")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert likely(**nothing)
