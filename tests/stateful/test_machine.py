from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from stateful.machine import Machine

SHORT = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    # Not `explain`: it traces SQLAlchemy line by line.
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


class TestShort(Machine.TestCase):
    settings = SHORT


@pytest.mark.faults
class TestLong(Machine.TestCase):
    settings = settings(SHORT, max_examples=500, stateful_step_count=60)
