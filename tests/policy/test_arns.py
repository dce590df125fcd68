"""What servers are called in policies."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.aws import models

from nb_presign.policy import arns

SHAPE = models.service("sagemaker").shape_for("NotebookInstanceName").metadata


@pytest.mark.parametrize("name", ["gpu", "my-lab", "My--Lab-2", "7", "a" * 63])
def test_a_name_that_fits_stays(name):
    assert arns.instance_name(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("my_lab", "my-lab-1583e1"),
        ("my.lab", "my-lab-d30a18"),
        ("-", "server-3973e0"),
        ("", "server-e3b0c4"),
        ("\udce9", "server-b136e1"),
        ("a" * 64, "a" * 56 + "-ffe054"),
    ],
)
def test_another_gets_digits_of_its_own(name, expected):
    assert arns.instance_name(name) == expected


@given(st.text(alphabet="aB7-_. é/", max_size=80))
def test_all_are_as_aws_writes_them(name):
    found = arns.instance_name(name)
    assert re.fullmatch(SHAPE["pattern"], found)
    assert 1 <= len(found) <= SHAPE["max"]
    # No name stands for another one that could be a server's own, but for six digits of a hash.
    assert found == name or re.fullmatch(r".+-[0-9a-f]{6}", found)


def test_a_server_and_its_notebooks_have_several_names():
    names = arns.session_arns("my_lab", "eu-north-1", session="5e55")
    assert names == (
        "arn:aws:athena:eu-north-1:000000000000:workgroup/my_lab",
        "arn:aws:sagemaker:eu-north-1:000000000000:notebook-instance/my-lab-1583e1",
        "arn:nb-presign:jupyter:::server/my_lab",
        "arn:nb-presign:jupyter:::server/my_lab/session/5e55",
    )
    assert arns.server_arns("my_lab", "eu-north-1") == names[1:3]
    assert arns.session_arns("my_lab", "eu-north-1") == names[:3]
