"""Guests on this server: who they are, what they may do, and how their access ends.

entry                   who comes in: cookie → book → session, and from where
gate                    what the session may: the table, its rules, and what the live server knows
connections, answers    what is done to a guest's handler, and to no other
access                  the way through all of these
identity, authorizer    where jupyter_server asks
"""

from nb_presign.access.access import Access

__all__ = ["Access"]
