"""What a policy allows to mint, it allows to open: both know the same of a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aws_api.operations.conftest import MINE, notebook

from nb_presign.errors import NotAuthorizedError

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ONE = notebook(1)
INSTANCE = "CreatePresignedNotebookInstanceUrl", {"NotebookInstanceName": MINE}
DOMAIN = "CreatePresignedDomainUrl", {"DomainId": "d-0123456789abcdef", "UserProfileName": "jovyan"}
FILE = DOMAIN[0], {**DOMAIN[1], "LandingUri": "app:JupyterLab:a.ipynb"}
PAGE = DOMAIN[0], {**DOMAIN[1], "LandingUri": "app:JupyterLab:lab/tree/a.ipynb"}
SESSION = "CreatePresignedNotebookUrl", {"SessionId": ONE.id}


def condition(operator, key, value):
    return {"Condition": {operator: {f"nb-presign:{key}": value}}}


@pytest.fixture
def opened(desk):
    """Mint by a policy; tell whether there is a link, which then must open."""
    desk.here.open.append(ONE)

    def ask(operation, *statements):
        name, given = operation
        desk.allow(*statements)
        try:
            desk.ask(name, **given)
        except NotAuthorizedError:
            assert not desk.links()
            return False
        (link,) = desk.links()
        assert desk.opens(link)
        return True

    return ask


@pytest.mark.parametrize(
    ("operation", "wanted", "expected"),
    [
        (SESSION, condition("StringLike", "Path", "*"), True),
        (SESSION, condition("StringEquals", "Path", "a.ipynb"), True),
        (SESSION, condition("StringEquals", "Path", "b.ipynb"), False),
        (SESSION, condition("StringLike", "Target", f"session:{ONE.id}@my_lab/*"), True),
        (SESSION, condition("StringEquals", "Target", f"session:{ONE.id}@my_lab"), False),
        (SESSION, condition("StringEquals", "Provider", "session"), True),
        (INSTANCE, condition("StringEquals", "Target", "jupyter:my_lab"), True),
        (INSTANCE, condition("StringLike", "Path", "*"), False),
        (INSTANCE, condition("Null", "Path", "true"), True),
        (INSTANCE, condition("StringEquals", "Scope", "execute"), True),
        (INSTANCE, condition("StringEquals", "Scope", "read"), False),
        (DOMAIN, condition("StringEquals", "Target", "jupyter:my_lab"), True),
        (FILE, condition("StringEquals", "Target", "jupyter:my_lab/lab/tree/a.ipynb"), True),
        (FILE, condition("StringEquals", "Target", "jupyter:my_lab/a.ipynb"), False),
        (PAGE, condition("StringEquals", "Target", "jupyter:my_lab/lab/tree/a.ipynb"), True),
    ],
)
class TestOneThatIsSettled:
    """What stands in the link itself."""

    def test_is_the_same_in_an_allow(self, opened, operation, wanted, expected):
        assert opened(operation, {**ALLOW, **wanted}) is expected

    def test_is_the_same_in_a_deny(self, opened, operation, wanted, expected):
        assert opened(operation, ALLOW, {**ALLOW, "Effect": "Deny", **wanted}) is not expected


def test_what_is_known_of_the_caller_may_be_otherwise_later(desk, opened, clock):
    until = {"DateLessThan": {"aws:CurrentTime": (clock.now() + timedelta(hours=1)).isoformat()}}
    assert opened(INSTANCE, {**ALLOW, "Condition": until})
    (link,) = desk.links()
    clock.tick(3600)
    assert not desk.opens(link)
