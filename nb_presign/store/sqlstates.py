"""What PostgreSQL's refusals mean, and what mends them: by SQLSTATE, and by words where none comes.

Its own sentences are not passed on: they may hold values.
"""

from __future__ import annotations

_LIMITS = (
    "Let PostgreSQL take more (max_connections), or servers open fewer: ?pool_size=1 in "
    "c.NbPresign.store_url."
)
_REACH = (
    "Check that PostgreSQL runs, and that this machine reaches it: pg_isready -d "
    "<c.NbPresign.store_url without +psycopg>."
)
_WHO = "Check user and password of c.NbPresign.store_url; the password may also stand in ~/.pgpass."
_MAY = "As its administrator, in that database: GRANT CREATE, USAGE ON SCHEMA public TO <user>."
_POOLER = (
    "Add ?pooler=1 to c.NbPresign.store_url: then nothing is kept from one transaction to the next."
)
_TRUST = (
    "Name the file of who has signed it in c.NbPresign.store_url, as in ?sslmode=verify-full&"
    "sslrootcert=/etc/ssl/db-ca.pem, and a host that the certificate is for."
)
_NO_TLS = (
    "Let it speak TLS (ssl = on in postgresql.conf). Where nobody else is on the way to it, "
    "sslmode may be left out of the URL."
)
_SLOW = (
    "Look what it is busy with: SELECT * FROM pg_stat_activity. ?statement_timeout=5000 in "
    "c.NbPresign.store_url has it wait for longer (milliseconds)."
)
_STALLED = (
    "Look what keeps this machine busy: top. ?statement_timeout=5000 in c.NbPresign.store_url has "
    "PostgreSQL wait for longer (milliseconds)."
)

#: By SQLSTATE, or by its class, the first two characters (PostgreSQL, appendix A).
_STATES = {
    "28": ("the database does not let this user in", _WHO),
    "3D000": (
        "there is no such database",
        "Make it: createdb -O <user> <the database of c.NbPresign.store_url>.",
    ),
    "42501": ("the user may not read, write or make tables", _MAY),
    "3F000": ("the user may not read, write or make tables", _MAY),
    "25006": (
        "the database takes no changes",
        "Name the primary in c.NbPresign.store_url, not a replica.",
    ),
    "53300": ("the database takes no more connections", _LIMITS),
    "53": ("the database has no room or memory left", "Make room on its machine."),
    "55P03": ("another transaction held on for too long", _SLOW),
    "57014": ("it took too long", _SLOW),
    "25P03": ("this server let it wait for too long within a transaction", _STALLED),
    "57P": ("the database is stopping or starting", "Nothing, if it is being restarted."),
    # What a pooler makes of prepared statements: they are on another connection, or already there.
    "26000": ("a connection pooler stands in between", _POOLER),
    "42P05": ("a connection pooler stands in between", _POOLER),
    "08": ("the connection was lost", _REACH),
}
_NOT_TRUSTED = ("the database's certificate is not trusted", _TRUST)
#: What libpq says of TLS by itself, before there is anything from PostgreSQL.
_TLS = {
    "certificate verify failed": _NOT_TRUSTED,
    "server certificate for": _NOT_TRUSTED,
    "root certificate file": _NOT_TRUSTED,
    "does not support SSL": ("the database speaks no TLS", _NO_TLS),
}
#: What libpq says where it was never connected and there is no SQLSTATE, and the one it would have.
_WORDS = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "role": "28000",
    "database": "3D000",
    "too many": "53300",
    "connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P01",
    "recovery": "57P03",
    # PgBouncer, of limits that are set when a connection begins.
    "unsupported startup parameter": "42P05",
}


def explain_state(state: str) -> tuple[str, str]:
    """Say what a SQLSTATE means, and what mends it."""
    for length in (5, 3, 2):
        if state[:length] in _STATES:
            return _STATES[state[:length]]
    return f"PostgreSQL refuses it (SQLSTATE {state})", "Look what its log says about it."


def explain_words(error: BaseException) -> tuple[str, str]:
    """Do the same for an error without a SQLSTATE, such as one of connecting."""
    if type(error).__name__ not in {"OperationalError", "ConnectionTimeout", "NoAnswerError"}:
        return type(error).__name__, _REACH
    for words, meaning in _TLS.items():
        if words in str(error):
            return meaning
    said = str(error).partition("FATAL:")[2]
    for words, state in _WORDS.items():
        if words in said:
            return explain_state(state)
    return "the database cannot be reached", _REACH
