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
_SLOW = (
    "Look what it is busy with: SELECT * FROM pg_stat_activity. ?statement_timeout=5000 in "
    "c.NbPresign.store_url has it wait for longer (milliseconds)."
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
    "57P": ("the database is stopping or starting", "Nothing, if it is being restarted."),
    "08": ("the connection was lost", _REACH),
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
    said = str(error).partition("FATAL:")[2]
    for words, state in _WORDS.items():
        if words in said:
            return explain_state(state)
    return "the database cannot be reached", _REACH
