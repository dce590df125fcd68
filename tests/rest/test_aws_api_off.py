"""AWS's wire protocol is off unless it is switched on; `aws_api/` has what it is like then."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_there_is_no_such_path(owner, method, slash):
    asked, unknown = (
        owner.request(method, f"nb-presign/{name}{slash}") for name in ("aws", "nothing")
    )
    assert asked.status_code == unknown.status_code
    assert "x-amzn-requestid" not in asked.headers
    assert owner.request(method, "nb-presign/aws").status_code == 404
