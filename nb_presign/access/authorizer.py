"""The second belt: handlers that ask whether their user may are told what the gate says.

What it asks about is passed over for guests, but where they ask for their permissions:
jupyter_server's bare `@authorized` keeps action and resource of its first call and reports them for
others (2.21).
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from nb_presign.access.access import Access
from nb_presign.access.gate.gate import Verdict
from nb_presign.access.gate.permissions import permitted
from nb_presign.access.identity import SETTING
from nb_presign.access.marks import ruling_of, session_of

if TYPE_CHECKING:
    from jupyter_server.auth.authorizer import Authorizer
    from jupyter_server.auth.identity import User

    _Base = Authorizer
else:
    _Base = object


class GuestAuthorizer(_Base):
    """Mixin in front of an authorizer's class."""

    def is_authorized(
        self,
        handler: Any,  # noqa: ANN401  # whatever asks
        user: User,
        action: str,
        resource: str,
    ) -> Awaitable[bool] | bool:
        """Ask the gate about a guest, and the parent about everybody else."""
        session = session_of(handler)
        if session is None:
            return super().is_authorized(handler, user, action, resource)
        access, ruling = handler.settings.get(SETTING), ruling_of(handler)
        if not isinstance(access, Access) or not access.book.live(session):
            return False
        if handler.request.path == f"{access.gate.base_url}api/me":
            # It asks for the guest's sake, about other requests.
            return permitted(access.gate, session, action, resource)
        return ruling is not None and ruling.verdict is Verdict.ALLOW


def with_guests(base: type[Authorizer]) -> type[Authorizer]:
    """Derive the class that is used instead of the one that is configured."""
    if issubclass(base, GuestAuthorizer):
        return base
    return cast(
        "type[Authorizer]",
        type(f"Guest{base.__name__}", (GuestAuthorizer, base), {"__module__": __name__}),
    )
