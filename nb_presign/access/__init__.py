"""Guests on this server: who they are, what they may do, and how their access ends.

cookie → book → gate        who it is, whether the session lives, what it may
identity, authorizer        where jupyter_server asks
sockets, listings, pages,   what is done to a guest's handler, and to no other
secrets_filter
scrub                       what logs do not say
"""

from nb_presign.access.access import Access

__all__ = ["Access"]
