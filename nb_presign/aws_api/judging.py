"""What a key's policy says of a call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from nb_presign.errors import BadPolicyError, NotAuthorizedError
from nb_presign.model import AccessKey, Target
from nb_presign.policy import Decision, Document, Effect, Request, Visit, parse_address
from nb_presign.policy.arns import ACCOUNT
from nb_presign.policy.conditions import Fact
from nb_presign.policy.connecting import NO_ADDRESS, SOURCE_IP
from nb_presign.reference import format_reference


def key_arn(key: AccessKey) -> str:
    """Name a key, as AWS names who calls."""
    return f"arn:aws:iam::{ACCOUNT}:access-key/{key.id}"


@dataclass(frozen=True, slots=True)
class Judge:
    """Asks the policy of one key about one call; implements `call.Authorize`."""

    key: AccessKey
    visit: Visit
    now: datetime

    def __call__(
        self,
        action: str,
        resources: tuple[str, ...],
        *,
        target: Target | None = None,
        path: str = "",
    ) -> None:
        """Raise `NotAuthorizedError` unless the policy allows an action on what goes by a name."""
        decision = self.decide(Request((action,), resources, self._context(target, path)))
        if decision.allowed:
            return
        explicit = decision.by is not None and decision.by.effect is Effect.DENY
        why = (
            "with an explicit deny in an identity-based policy"
            if explicit
            else f"because no identity-based policy allows the {action} action"
        )
        raise NotAuthorizedError(
            f"User: {key_arn(self.key)} is not authorized to perform: {action} on resource: "
            f"{resources[0]} {why}",
            action=action,
            resource=resources[0],
        )

    def decide(self, request: Request) -> Decision:
        """Judge a request; what cannot be read any more allows nothing."""
        try:
            document = _document(self.key.policy)
        except BadPolicyError:
            return Decision(allowed=False, note="its policy cannot be used")
        if not self.visit.address and document.relies_on(SOURCE_IP):
            return Decision(allowed=False, note=NO_ADDRESS)
        return document.decide(request)

    def _context(self, target: Target | None, path: str) -> dict[str, Fact]:
        """Say what is known, by names in lower case."""
        context: dict[str, Fact] = {
            "aws:currenttime": self.now,
            "aws:epochtime": self.now,
            "aws:securetransport": self.visit.secure,
            "nb-presign:scope": str(self.key.scope),
        }
        address = parse_address(self.visit.address)
        if address is not None:
            context["aws:sourceip"] = address
        if target is not None:
            context["nb-presign:provider"] = target.provider
            context["nb-presign:target"] = format_reference(replace(target, options=()))
        if path:
            context["nb-presign:path"] = path
        return context


@lru_cache(maxsize=128)
def _document(policy: str) -> Document:
    from nb_presign.policy import reading  # noqa: PLC0415  # only where keys have called

    return reading.read_text(policy)
