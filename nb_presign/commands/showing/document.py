"""Outcomes as JSON for machines: one object or array, with the keys of the REST interface."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from nb_presign.commands import outcome
from nb_presign.errors import PresignError
from nb_presign.reference import format_reference, to_uri


def document(result: outcome.Outcome, *, reveal: bool) -> str:
    """Write an outcome; a new link with its URL only where `reveal` says so."""
    return json.dumps(_builtins(result, reveal=reveal), indent=2, ensure_ascii=False)


def error_document(error: PresignError) -> str:
    """Write an error as REST does."""
    from nb_presign import wire  # noqa: PLC0415  # msgspec is not needed for a plain magic

    return json.dumps(wire.builtins(wire.ErrorOut.of(error)), ensure_ascii=False)


def _builtins(result: outcome.Outcome, *, reveal: bool) -> Any:  # noqa: ANN401  # JSON
    if isinstance(result, outcome.Diagnosis):
        return [
            {"check": c.name, "ok": c.ok, "message": c.message, "mend": c.mend}
            for c in result.checks
        ]
    if isinstance(result, outcome.Ruling):
        return {**asdict(result), "asked": dict(result.asked)}
    if isinstance(result, outcome.Written):
        target = format_reference(result.target)
        return {"target": target, "uri": to_uri(result.target), "markdown": result.text}
    if isinstance(result, outcome.Permission):
        return dict(result.document)
    if isinstance(result, outcome.Text):
        return {"text": result.text}
    return _wired(result, reveal=reveal)


def _wired(
    result: outcome.Minted
    | outcome.Shown
    | outcome.Links
    | outcome.Sessions
    | outcome.Targets
    | outcome.Keys
    | outcome.NewAccessKey
    | outcome.AccessKeys,
    *,
    reveal: bool,
) -> Any:  # noqa: ANN401  # JSON
    from nb_presign import wire  # noqa: PLC0415

    if isinstance(result, (outcome.NewAccessKey, outcome.AccessKeys)):
        from nb_presign.commands.showing import access_key  # noqa: PLC0415  # for one group of verbs

        return access_key.builtins(result, reveal=reveal)
    if isinstance(result, (outcome.Minted, outcome.Shown)):
        return wire.builtins(wire.LinkOut.of(result.link, result.at, reveal=reveal))
    if isinstance(result, outcome.Links):
        return wire.builtins([wire.LinkOut.brief(link, result.at) for link in result.links])
    if isinstance(result, outcome.Sessions):
        return wire.builtins([wire.SessionOut.of(one, result.at) for one in result.sessions])
    if isinstance(result, outcome.Keys):
        return wire.builtins(list(result.keys))
    items = [wire.TargetOut.of(info) for info in result.targets]
    return wire.builtins(wire.TargetPageOut(items, "", list(result.notes)))
