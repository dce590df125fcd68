"""Servers of a JupyterHub: `hub:<user>[/<server-name>[/<path>]]`, and `hub:.` for this one.

A link is a share code of the Hub, which any of its users can accept until it expires. What the Hub
does of itself (read on JupyterHub 6.1, run on 5.0, 5.4 and 6.1; share codes are there since 5.0):

* `POST share-codes/{user}/{server}` takes the scopes to give and `expires_in` from 60 seconds to a
  year, and shows the code once (`jupyterhub/apihandlers/shares.py`). Who asks must hold `shares`
  for the server and each scope that is given.
* `GET /hub/accept-share?code=…&next=…` shows a page with a button. There is no way to limit how
  often a code is accepted, or by whom; its owner cannot accept it (`handlers/pages.py`).
* What was accepted, a share, has no end. It names user, server, scopes and when it was made, not by
  which code. Accepting again adds scopes to the share that is there (`orm.Share.grant`).
* On SQLite the id of a code that is gone is given to the next one (`orm.ShareCode.id`), so that a
  code is told by its id and expiry.
* A server keeps what the Hub says of a user for five minutes (`HubAuth.cache_max_age`).

So each of our codes gives a scope of its own besides (`scopes.MARK`), by which a share is known to
come from a link, and `nb_presign.hub_guests` revokes it when the session is over.
"""
