"""What a Tab in a shell remembers for the next one."""

from __future__ import annotations

import asyncio
import stat

import pytest

from nb_presign.commands.completion import remembered
from nb_presign.commands.completion.completion import Completer
from nb_presign.commands.completion.remembered import Memory


@pytest.fixture
def in_shell(connections, clock, tmp_path):
    """What a Tab in a shell offers: each one is a process of its own."""

    def in_shell(line, directory=tmp_path):
        memory = Memory(directory, clock)
        completer = Completer(connections, clock=clock, memory=memory)
        words = line.split(" ")
        return completer.asks(words), asyncio.run(completer.complete(words))

    return in_shell


def test_the_next_tab_in_a_shell_asks_nobody(in_shell, api, clock, tmp_path):
    assert in_shell("jup") == (True, ("jupyter:b",))
    api.known = []
    assert in_shell("mint jup") == (False, ("jupyter:b",))
    clock.tick(remembered.KEEP.total_seconds())
    assert in_shell("jup") == (True, ())
    (kept,) = tmp_path.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("line", ["help r", "mint jupyter:b --scope ", "x --region us-w"])
def test_some_tabs_ask_nobody_at_all(in_shell, line):
    assert in_shell(line)[0] is False


def test_what_is_remembered_is_of_one_place_and_one_person(in_shell, api, monkeypatch):
    in_shell("jup")
    api.known = []
    assert in_shell("--region eu-west-1 jup") == (True, ())
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert in_shell("jup") == (True, ())


@pytest.mark.parametrize(
    "damage", ["", "nonsense", "[]", '{"x": 1}', '{"x": {"until": "never", "references": [1]}}']
)
def test_a_damaged_memory_is_none(in_shell, tmp_path, damage):
    in_shell("jup")
    (kept,) = tmp_path.iterdir()
    kept.write_text(damage)
    assert in_shell("jup") == (True, ("jupyter:b",))


def test_no_place_for_a_memory(in_shell, tmp_path):
    (tmp_path / "file").touch()
    assert in_shell("jup", tmp_path / "file") == (True, ("jupyter:b",))
