"""What guests are told of their permissions is what the table says."""

from __future__ import annotations

import pytest
from support.gates import PUB
from support.guests import a_session

from nb_presign.access.gate.gate import Gate
from nb_presign.access.gate.permissions import permitted
from nb_presign.model import Scope


@pytest.mark.parametrize(
    ("resource", "action", "read", "execute", "full", "narrowed"),
    [
        ("contents", "read", True, True, True, True),
        ("contents", "write", False, True, True, True),
        ("kernels", "read", True, True, True, True),
        ("kernels", "write", False, True, True, False),
        ("kernels", "execute", False, True, True, True),
        ("sessions", "write", False, True, True, True),
        ("terminals", "execute", False, False, True, False),
        ("server", "write", False, False, True, False),
        ("config", "write", False, False, True, False),
        ("lsp", "execute", False, False, True, False),
        ("contents", "fly", False, False, False, False),
        ("nb-presign", "write", False, False, False, False),
    ],
)
def test_by_scope(resource, action, read, execute, full, narrowed):  # a table
    gate = Gate("/base/", lambda: "")
    found = [permitted(gate, a_session(scope=scope), action, resource) for scope in Scope]
    assert found == [read, execute, full]
    session = a_session(scope=Scope.FULL, narrowing=PUB)
    assert permitted(gate, session, action, resource) is narrowed
