"""Where links and sessions are kept, and for how long."""

from __future__ import annotations

from traitlets import HasTraits, Int, Unicode


class KeepingTraits(HasTraits):
    """The database, and the days after which it forgets."""

    store_url = Unicode(
        "",
        config=True,
        help="""SQLAlchemy URL of the database that keeps links and sessions.

        Default: nb_presign/store.sqlite in Jupyter's data directory, shared by all servers of the
        user. Servers on several machines share one on PostgreSQL, which needs
        nb_presign[postgres]. Its password belongs in ~/.pgpass: Jupyter logs its configuration.
        Limits may follow, milliseconds: ?statement_timeout=1500&lock_timeout=1000
        Example: c.NbPresign.store_url = "postgresql+psycopg://presign@db.example.org/presign"
        """,
    )
    keep_days = Int(
        30,
        min=1,
        config=True,
        help="""Days after which the store forgets links and sessions that are over.

        What was revoked stays revoked: its URL opens nothing, as a link that never was.
        Example: c.NbPresign.keep_days = 7
        """,
    )
    keep_audit_days = Int(
        365,
        min=1,
        config=True,
        help="""Days after which the store forgets what happened: rows of its audit table.

        Example: c.NbPresign.keep_audit_days = 90
        """,
    )
