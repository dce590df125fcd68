"""Let guests in the obvious way: the baseline that the gate is compared with.

Loaded by the unguarded server's own Python, by the name of this file.
"""

from __future__ import annotations

from jupyter_server.auth.identity import PasswordIdentityProvider, User
from tornado.web import RequestHandler


class NaiveGuests(PasswordIdentityProvider):
    """Signs everybody in who has the cookie `guest=1`, as the tutorials do it."""

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Ask the parent, then the cookie."""
        user = await super().get_user(handler)
        if user is None and handler.get_cookie("guest") == "1":
            return User(username="guest", name="Guest")
        return user
