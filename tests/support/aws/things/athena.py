"""Athena's notebooks and sessions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field


@dataclass
class AthenaNotebook:
    """A notebook that Athena keeps; sessions run it."""

    name: str
    workgroup: str = "primary"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class AthenaSession:
    """A session of a notebook, or of none (calculations by API)."""

    workgroup: str = "primary"
    notebook: AthenaNotebook | None = None
    state: str = "IDLE"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    description: str = ""
