"""Outcomes as text for people: summaries and tables; never a URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from nb_presign.commands import outcome
from nb_presign.commands.showing.clocks import (
    UNKNOWN,
    facts_of_times,
    tell_credentials,
    tell_end,
    tell_session,
    tell_when,
)
from nb_presign.commands.showing.table import Table, in_lines, one_line
from nb_presign.commands.words.spelling import spell
from nb_presign.errors import PresignError
from nb_presign.model import Link, Scope, Session, SessionState
from nb_presign.reference import format_reference

#: The column whose cells name commands.
_TO_MEND = "to mend"
#: What a guest does by a scope.
MAY = {
    Scope.READ: "look, run nothing, change nothing",
    Scope.EXECUTE: "look, run code and save",
    Scope.FULL: "whatever the owner may do, nb_presign apart",
}


def summary(link: Link, at: datetime) -> str:
    """Write the facts of a link, one in a line."""
    facts = [
        ("link", link.id),
        ("opens", format_reference(link.target)),
        *facts_of_times(link, at),
        ("scope", f"{link.scope}: {_may(link)}"),
        ("reach", _reach(link)),
        ("uses", _uses(link)),
        ("from", ", ".join(link.allowed_ips)),
        ("note", link.note),
        ("by", link.minted_by),
        ("token", "one for programs, too: with --json, or link.auth_token" * bool(link.auth_token)),
    ]
    return "\n".join(f"{name:<8} {one_line(value)}" for name, value in facts if value)


def table(result: outcome.Outcome, prog: str = "presign") -> Table | None:
    """Write an outcome that is a list as a table; None for any other.

    Commands in it are spelled for `prog`.
    """
    make = _TABLES.get(type(result))
    return _spelled(make(result), prog) if make else None


def notes(result: outcome.Outcome) -> tuple[str, ...]:
    """Write what has to be said beside a policy or a new access key, one in a line."""
    if isinstance(result, outcome.Permission):
        return tuple(f"Note: {one_line(warning)}" for warning in result.warnings)
    if isinstance(result, outcome.NewAccessKey):
        return tuple(map(one_line, result.notes))
    return ()


def essentials(result: outcome.Outcome) -> tuple[str, ...]:
    """Write what `--quiet` leaves: ids, references, the text; never a URL."""
    if isinstance(result, (outcome.Minted, outcome.Shown)):
        return (result.link.id,)
    if isinstance(result, (outcome.Links, outcome.Sessions, outcome.Keys, outcome.AccessKeys)):
        return tuple(one.id for one in result.value)
    if isinstance(result, outcome.Targets):
        return tuple(format_reference(info.target) for info in result.targets)
    if isinstance(result, outcome.Ruling):
        return ("allowed" if result.allowed else "denied",)
    if isinstance(result, outcome.Diagnosis):
        return tuple(check.name for check in result.checks if not check.ok)
    return (result.text,) if isinstance(result, (outcome.Written, outcome.Text)) else ()


def complain(error: PresignError, prog: str = "presign") -> str:
    """Write an error: what is wrong, then what to do, with commands as they are typed there."""
    lines = one_line(error.message), in_lines(spell(error.hint, prog))
    return "\n".join(filter(None, lines))


def _spelled(shown: Table, prog: str) -> Table:
    """Spell the commands that mend something; all else is what somebody called it."""
    mends = {at for at, name in enumerate(shown.columns) if name == _TO_MEND}
    rows = tuple(
        tuple(spell(cell, prog) if at in mends else cell for at, cell in enumerate(row))
        for row in shown.rows
    )
    return replace(shown, rows=rows, notes=tuple(spell(note, prog) for note in shown.notes))


def _links(result: outcome.Links) -> Table:
    signed = any(link.credentials_expire_at for link in result.links)
    return Table(
        result.caption,
        ("id", "target", "state", "ends", "url", "session", "credentials", "scope", "uses", "note"),
        tuple(
            (
                link.id,
                format_reference(link.target),
                str(link.state(result.at)),
                tell_end(link, result.at),
                tell_when(link.expires_at, result.at) if signed else "",
                tell_session(link),
                tell_credentials(link, result.at) if signed else "",
                str(link.scope),
                _uses(link) or UNKNOWN,
                link.note,
            )
            for link in result.links
        ),
        "No links.",
        _problems(result.problems),
    ).without_empty({"url", "credentials"})


def _sessions(result: outcome.Sessions) -> Table:
    return Table(
        result.caption,
        ("id", "target", "state", "ends", "scope", "from", "link", "note"),
        tuple(_session(session, result.at) for session in result.sessions),
        "No guests' sessions.",
        _problems(result.problems),
    )


def _session(session: Session, at: datetime) -> tuple[str, ...]:
    state = session.state(at)
    ended = session.ended_at if state is SessionState.ENDED else None
    return (
        session.id,
        format_reference(session.target),
        str(state),
        tell_when(ended or session.expires_at, at),
        str(session.scope),
        session.address,
        session.link_id,
        session.note,
    )


def _targets(result: outcome.Targets) -> Table:
    return Table(
        "Targets",
        ("target", "state", "title", "machine", "region", "profile", "detail", _TO_MEND),
        tuple(
            (
                format_reference(info.target),
                str(info.state),
                info.title,
                info.instance_type,
                info.target.option("region"),
                info.target.option("profile"),
                info.detail,
                info.mend,
            )
            for info in result.targets
        ),
        "No targets.",
        (*result.notes, *(["The list is not complete."] if result.notes else [])),
    ).without_empty({"machine", "region", "profile", "detail", _TO_MEND})


def _diagnosis(result: outcome.Diagnosis) -> Table:
    bad = sum(not check.ok for check in result.checks)
    verdict = "All is well." if not bad else f"{bad} of {len(result.checks)} checks failed."
    return Table(
        "What the doctor found",
        ("check", "result", "finding", _TO_MEND),
        tuple(
            (check.name, "ok" if check.ok else "problem", check.message, _in_cell(check.mend))
            for check in result.checks
        ),
        "Nothing was checked.",
        (verdict, *(f"{each.name}: {each.mend}" for each in result.checks if "\n" in each.mend)),
    )


def _in_cell(mend: str) -> str:
    return "see below" if "\n" in mend else mend


def _keys(result: outcome.Keys) -> Table:
    return Table(
        result.caption,
        ("id", "made", "signs new links"),
        tuple(
            (
                key.id,
                tell_when(key.created_at, result.at) if key.created_at else "unknown",
                "yes"
                if key.signs
                else f"until {tell_when(key.replaced_at, result.at)}"
                if key.replaced_at
                else "no",
            )
            for key in result.keys
        ),
        result.empty,
        result.notes,
    )


def _access_keys(result: outcome.AccessKeys) -> Table:
    return Table(
        result.caption,
        ("id", "made", "scope", "state", "links ended", "sessions ended", "note"),
        tuple(
            (
                one.key.id,
                tell_when(one.key.created_at, result.at),
                str(one.key.scope),
                "good"
                if one.key.revoked_at is None
                else f"revoked {tell_when(one.key.revoked_at, result.at)}",
                "" if one.links is None else str(one.links),
                "" if one.sessions is None else str(one.sessions),
                one.key.note,
            )
            for one in result.keys
        ),
        "No access keys.",
        _problems(result.problems),
    ).without_empty({"links ended", "sessions ended"})


def _ruling(result: outcome.Ruling) -> Table:
    sentence = f"{'Allowed' if result.allowed else 'Denied'}: {result.why}."
    asked = "; ".join(f"{name} {value}" for name, value in result.asked)
    return Table(
        f"The policy of {result.source}" if result.source else "The policy",
        ("statement", "effect", "applies", "because"),
        tuple(
            (
                f"{one.number} ({one.sid})" if one.sid else str(one.number),
                one.effect,
                "yes" if one.applies else "no",
                "; ".join(one.because) or "it has no conditions",
            )
            for one in result.statements
        ),
        sentence,
        (sentence, f"Asked: {asked}.") if result.statements else (),
    )


def _problems(problems: Iterable[PresignError]) -> tuple[str, ...]:
    return tuple(str(problem) for problem in problems)


def _uses(link: Link) -> str:
    if link.max_uses is None:
        # A service that is not ours does not say.
        return "unlimited" if link.audience else ""
    return f"{link.uses} of {link.max_uses}"


def _may(link: Link) -> str:
    return MAY[link.scope] if link.audience else "what the service lets its user do"


def _reach(link: Link) -> str:
    """Say how much of the place the scope is for; empty where nb_presign is not its service."""
    if link.narrowing:
        return f"only {link.narrowing.path}"
    return "everything on the server" if link.audience else ""


#: By outcome.
_TABLES: dict[type[outcome.Outcome], Callable[[Any], Table]] = {
    outcome.Links: _links,
    outcome.Sessions: _sessions,
    outcome.Targets: _targets,
    outcome.Diagnosis: _diagnosis,
    outcome.Keys: _keys,
    outcome.AccessKeys: _access_keys,
    outcome.Ruling: _ruling,
}
