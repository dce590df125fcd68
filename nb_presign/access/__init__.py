"""Guests on this server: who they are, what they may do, and how their access ends.

cookie → book → gate        who it is, whether the session lives, what it may
routes, rules, reach        the table, what its rows look at, and how far a session reaches
places, added, own_files    what only the live server knows: where things are, and more rows
identity, authorizer        where jupyter_server asks
room, listings, pages,      what is done to a guest's handler, and to no other
secrets_filter
known_secrets, scrub        what no answer to them and no log may say
"""

from nb_presign.access.access import Access

__all__ = ["Access"]
