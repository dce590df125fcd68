"""`redeem`: the page on which a link is opened, and the exchange of its token for a session.

A GET or HEAD never uses a link: mail scanners, previews and prefetchers send them. The page is the
same for everybody and repeats nothing of the URL.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated

from nb_presign.access import Access
from nb_presign.access.entry.addresses import visit_of
from nb_presign.errors import LinkNotFoundError, NotAllowedError, SelfHostingOffError
from nb_presign.model import Scope
from nb_presign.redemption import Redeemer, location_of
from nb_presign.rest.endpoint import Endpoint
from nb_presign.rest.page import fill, load
from nb_presign.secret import Secret
from nb_presign.wire import RedeemBody, RedeemOut

#: Key of `Access` in the web application's settings.
ACCESS = "nb_presign_access"


class RedeemEndpoint(Endpoint):
    """Opens links for whoever holds them."""

    for_guests = True

    @property
    def redeemer(self) -> Redeemer:
        """Who redeems here; raises `SelfHostingOffError` where nobody does."""
        if self.runtime.redeemer is None:
            raise SelfHostingOffError(
                f"This server serves no links of its own: {self.runtime.info.reason}.",
                hint="Ask who sent you the link.",
            )
        return self.runtime.redeemer

    @allow_unauthenticated
    def get(self) -> None:
        page = load("redeem")
        self.set_header("Content-Security-Policy", page.policy)
        html = fill(page, served="no" if self.runtime.redeemer is None else "yes")
        self.finish(html, set_content_type="text/html; charset=utf-8")

    @allow_unauthenticated
    def head(self) -> None:
        self.get()

    @allow_unauthenticated
    async def post(self) -> None:
        redeemer, body = self.redeemer, self.json_body(RedeemBody)
        answer = self._follow if self.current_user and not self.is_guest else self._redeem
        self.answer(await answer(redeemer, Secret(body.token), body.nonce))

    async def _redeem(self, redeemer: Redeemer, token: Secret, nonce: str) -> RedeemOut:
        visit = visit_of(self.request, self.runtime.settings.trusted_proxies)
        redeemed = await redeemer.redeem(token, nonce, visit.address, secure=visit.secure)
        access: Access = self.settings[ACCESS]
        access.cookie.set(self, redeemed.cookie, redeemed.session)
        session = redeemed.session
        return self._lead_to(redeemed.location, session.scope, session.expires_at)

    async def _follow(self, redeemer: Redeemer, token: Secret, nonce: str) -> RedeemOut:
        """Lead the owner there as who they are; the link stays unused, and no cookie is set."""
        del nonce
        link = await redeemer.look_up(token)
        return self._lead_to(location_of(link.target), link.scope, link.expires_at)

    def _lead_to(self, location: str, scope: Scope, expires_at: datetime) -> RedeemOut:
        # With the slash also where nothing follows: the cookie is for what is below it.
        return RedeemOut(f"{self.base_url.rstrip('/')}/{location}", scope, expires_at)

    def _log(self) -> None:
        """Log no attempt that was let fall: a line each minute says how many failed."""
        if self.get_status() != HTTPStatus.TOO_MANY_REQUESTS:
            super()._log()

    def check_xsrf_cookie(self) -> None:
        """Ask for the same origin instead of a cookie.

        A guest comes without any cookie, so there is no `_xsrf` to compare. Browsers send Origin
        with every POST and scripts of a page cannot forge it (Fetch standard), so that no other
        site can make a browser redeem a link.
        """
        if not hasattr(self, "_jupyter_current_user"):
            return  # too early, as in jupyter_server: tornado asks before `prepare` already
        site = self.request.headers.get("Sec-Fetch-Site", "same-origin")
        origins = {self.request.host, urlsplit(self.runtime.settings.public_url).netloc}
        origin = urlsplit(self.request.headers.get("Origin", "")).netloc
        if site != "same-origin" or not origin or origin not in origins:
            raise NotAllowedError("A link is opened on this server's own page only.")

    def explain(self, error: BaseException | None) -> BaseException | None:
        if isinstance(error, LinkNotFoundError):
            # One answer, whatever is not right about the token.
            return LinkNotFoundError("This link is not valid.", hint="Ask for a new one.")
        return error
