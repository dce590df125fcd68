"""The table of operations."""

from __future__ import annotations

import pytest
from support.aws import models

from nb_presign.aws_api.operations.table import OPERATIONS
from nb_presign.policy import actions

ALL = [operation for rows in OPERATIONS.values() for operation in rows.values()]


@pytest.mark.parametrize("operation", ALL, ids=lambda each: each.action)
def test_each_is_one_of_its_service(operation):
    assert operation.name in models.service(operation.service).operation_names
    assert OPERATIONS[operation.service][operation.name] is operation


def test_policies_of_keys_can_name_each():
    assert {operation.action for operation in ALL} == set(actions.OPERATIONS)
