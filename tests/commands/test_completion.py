"""What a Tab offers."""

from __future__ import annotations

import asyncio

import pytest

from nb_presign.commands.completion import KEEP, Completer
from nb_presign.commands.grammar import BY_NAME
from nb_presign.commands.parser import parse
from nb_presign.commands.verbs import run
from nb_presign.errors import StoreError


@pytest.fixture
def completer(connections, clock):
    return Completer(connections, clock=clock)


@pytest.fixture
def tab(completer):
    def tab(line):
        return asyncio.run(completer.complete(line.split(" ")))

    return tab


@pytest.fixture
def link(connections, clock):
    return asyncio.run(run(parse(["jupyter:b"]), connections, clock=clock)).link


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("re", ("refresh", "revoke")),
        ("jup", ("jupyter:b",)),
        ("session:", ("session:5e55/lab/tree/a%20b.ipynb",)),
        ("mint jupyter:b --sco", ("--scope",)),
        ("mint jupyter:b --scope ", ("read", "execute", "full")),
        ("jupyter:b --scope=ex", ("--scope=execute",)),
        ("targets ", ("jupyter", "session")),
        ("doctor s", ("session",)),
        ("list --server ", ("b",)),
        ("help ref", ("refresh",)),
        ("completion ", ("bash", "zsh", "fish")),
        ("mint jupyter:b ", ()),
        ("list ", ()),
        ("list --js", ("--json",)),
        ("list --json --js", ()),
        ("jupyter:b --allow 192.0.2.1 --al", ("--allow",)),
        ("jupyter:b --note ", ()),
        ("mint re", ()),
        ("xyzzy", ()),
    ],
)
def test_what_a_tab_offers(tab, line, offered):
    assert tab(line) == offered


def test_an_empty_line_offers_verbs_and_targets(tab):
    assert set(tab("")) == {*BY_NAME, "jupyter:b", "session:5e55/lab/tree/a%20b.ipynb"}


def test_ids(tab, api, link):
    guest = api.guest(link)
    assert tab("revoke lnk_") == (link.id,)
    assert tab(f"revoke {link.id} lnk_") == (link.id,)
    assert tab("end ") == (guest.id,)


def test_a_revoked_link_is_not_offered(tab, api, link):
    asyncio.run(api.revoke(link.id))
    assert tab("show ") == ()


def test_servers_are_asked_once_in_a_few_seconds(tab, api, clock):
    tab("jup")
    asked = len(api.calls)
    tab("jupyter:")
    assert len(api.calls) == asked
    clock.tick(KEEP)
    tab("jup")
    assert len(api.calls) > asked


def test_another_server_is_asked_for_itself(tab, api):
    tab("jup")
    tab("--server gpu jup")
    assert "connect gpu" in api.calls


def test_an_error_offers_nothing(tab, api):
    api.failing["links"] = StoreError("Locked.")
    assert tab("show ") == ()


def test_a_late_answer_is_kept_for_the_next_tab(completer, api):
    async def two_tabs():
        gate = asyncio.Event()
        real = api.targets

        async def slow(query):
            await gate.wait()
            return await real(query)

        api.targets = slow
        first = await completer.complete(["jup"], wait=0)
        await completer.complete(["jup"], wait=0)
        gate.set()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
        assert api.calls.count("targets") == len(api.known), "two Tabs are one question"
        api.targets = None
        return first, await completer.complete(["jup"], wait=0)

    assert asyncio.run(two_tabs()) == ((), ("jupyter:b",))
