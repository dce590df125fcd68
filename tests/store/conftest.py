from __future__ import annotations

import pytest
from support.clock import FakeClock

pytest.register_assert_rewrite("contracts.store")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
