"""`jupyter presign keys`: see and change the key file of this machine's user.

No server is asked, and the servers' configuration is read only to save what hangs on a key that
goes: to retire one must work whatever else is broken. Running servers notice by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from pathlib import Path

from nb_presign.clock import Clock
from nb_presign.commands import command, outcome
from nb_presign.commands.doing.abbreviation import find_key
from nb_presign.commands.doing.rescue import Rescue
from nb_presign.duration import format_duration
from nb_presign.offload import Offload
from nb_presign.policy import SELF_HOSTED
from nb_presign.settings import data_dir
from nb_presign.signing import rotation
from nb_presign.signing.keyfile import Key

_IN_USE = "New links are signed with it from now on; running servers need no restart."
_OLDER = (
    "Links of older keys still open. When they are over, which takes at most "
    f"{format_duration(SELF_HOSTED.expires_in.high)}, take those keys out; at once, if others may "
    "know one: jupyter presign keys retire --all-but-newest"
)
_RETIRED = (
    "Guests' sessions go on: see 'presign sessions' and 'presign end'.",
    "Mint again what is still needed.",
)


async def manage(
    asked: command.KeysCommand, clock: Clock, path: Path | None = None
) -> outcome.Keys:
    """Do what a verb of `keys` asks for, with the key file at `path`; raises `PresignError`."""
    offload = Offload(1)
    try:
        return await offload(_do, asked, path or _key_file(), clock)
    finally:
        offload.close()


async def retirable(path: Path | None = None) -> tuple[str, ...]:
    """List the ids of the keys that can be retired; raises `KeyRingError`."""
    offload = Offload(1)
    try:
        keys = await offload(rotation.keys_of, path or _key_file())
    finally:
        offload.close()
    return tuple(key.id for key in keys[:-1])


def _key_file() -> Path:
    return data_dir() / "keys.json"


@singledispatch
def _do(asked: command.KeysCommand, path: Path, clock: Clock) -> outcome.Keys:
    del path, clock
    msg = f"no verb does {type(asked).__name__}"
    raise TypeError(msg)


@_do.register
def _list(asked: command.ListKeys, path: Path, clock: Clock) -> outcome.Keys:
    del asked
    return outcome.Keys(
        keys=_facts(rotation.keys_of(path)),
        at=clock.now(),
        caption="Signing keys",
        empty="No signing keys yet: the first link makes one.",
    )


@_do.register
def _rotate(asked: command.RotateKeys, path: Path, clock: Clock) -> outcome.Keys:
    del asked
    facts = _facts(rotation.rotate(path, clock.now()))
    notes = (_IN_USE, _OLDER) if len(facts) > 1 else (_IN_USE,)
    return outcome.Keys(keys=facts[-1:], at=clock.now(), caption="New key", notes=notes)


@_do.register
def _retire(asked: command.RetireKeys, path: Path, clock: Clock) -> outcome.Keys:
    keys = rotation.keys_of(path)
    before = _facts(keys)
    known = [key.id for key in before]
    ids = known[:-1] if asked.all_but_newest else [find_key(known, one) for one in asked.ids]
    access_keys = Rescue(keys, ids, clock)
    access_keys.do()
    left = {key.id for key in rotation.retire(path, ids)}
    access_keys.do()
    gone = tuple(key for key in before if key.id not in left)
    return outcome.Keys(
        keys=gone,
        at=clock.now(),
        caption="Retired",
        empty="There was no key to retire: the newest signs new links.",
        notes=(_lost(gone, before), *_RETIRED, *access_keys.notes) if gone else (),
    )


def _facts(keys: Sequence[Key]) -> tuple[outcome.KeyFacts, ...]:
    ends = [key.created_at for key in keys[1:]]
    facts = [
        outcome.KeyFacts(id=key.id, created_at=key.created_at, replaced_at=end)
        for key, end in zip(keys[:-1], ends, strict=True)
    ]
    newest = (outcome.KeyFacts(id=k.id, created_at=k.created_at, signs=True) for k in keys[-1:])
    return (*facts, *newest)


def _lost(gone: Sequence[outcome.KeyFacts], before: Sequence[outcome.KeyFacts]) -> str:
    """Say which links no longer open."""
    until = gone[-1].replaced_at
    if tuple(gone) != tuple(before[: len(gone)]) or until is None:
        return "Links that were signed with them no longer open, opened before or not."
    return (
        f"Links that were minted until {until:%Y-%m-%d %H:%M:%S} UTC no longer open, "
        "opened before or not."
    )
