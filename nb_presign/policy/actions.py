"""What can be allowed and denied here: the names of actions, as AWS and as we write them.

A name that none of these is would be a statement about nothing; in a Deny, a door that seems shut.
"""

from __future__ import annotations

from difflib import get_close_matches

from nb_presign.errors import BadPolicyError
from nb_presign.policy.connecting import CONNECT
from nb_presign.policy.document import Document
from nb_presign.policy.patterns import Wildcard

#: The operations that AWS's wire protocol has here.
OPERATIONS = (
    "sagemaker:CreatePresignedNotebookInstanceUrl",
    "sagemaker:ListNotebookInstances",
    "sagemaker:DescribeNotebookInstance",
    "sagemaker:StartNotebookInstance",
    "sagemaker:StopNotebookInstance",
    "sagemaker:CreatePresignedDomainUrl",
    "sagemaker:ListDomains",
    "sagemaker:ListUserProfiles",
    "sagemaker:ListSpaces",
    "athena:CreatePresignedNotebookUrl",
    "athena:ListSessions",
    "athena:GetSession",
    "athena:GetSessionStatus",
    "athena:ListNotebookSessions",
    "athena:ListNotebookMetadata",
)
KNOWN = (*OPERATIONS, CONNECT)
#: How alike two names must be for one to be a slip of the other: all begin alike.
_SLIP = 0.75


def check_actions(document: Document) -> None:
    """Refuse a document that names an action of which there is none; raises `BadPolicyError`."""
    for statement in document.statements:
        for pattern in statement.actions.patterns:
            if isinstance(pattern, Wildcard) and not any(map(pattern.matches, KNOWN)):
                where = f"{statement}, {statement.actions.element}"
                raise BadPolicyError(
                    f"The policy, {where}: there is no action {pattern.text[:80]!r} here.",
                    hint=_near(pattern.text),
                )


def _near(text: str) -> str:
    names = {name.lower(): name for name in KNOWN}
    near = get_close_matches(text.lower(), names, n=1, cutoff=_SLIP)
    return f"Did you mean {names[near[0]]!r}?" if near else f"There are: {', '.join(KNOWN)}."
