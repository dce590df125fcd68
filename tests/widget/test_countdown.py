"""The kernel's half of the countdown, with a comm that keeps what is sent."""

from __future__ import annotations

import json

import comm
import pytest
from comm.base_comm import BaseComm, CommManager
from support.api import FakeApi
from support.clock import FakeClock

from nb_presign.blocking import BackgroundLoop
from nb_presign.errors import UnreachableError
from nb_presign.live import Mode, Scheduler
from nb_presign.model import Narrowing
from nb_presign.widget import Countdown

SENT: list[dict] = []


class KeptComm(BaseComm):
    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        del metadata, buffers, keys
        SENT.append(json.loads(json.dumps({"type": msg_type, **(data or {})})))


class World:
    def __init__(self):
        self.clock = FakeClock()
        self.api = FakeApi(self.clock)
        self.background = BackgroundLoop()
        self.scheduler = Scheduler(self.clock, self.background, chance=lambda: 0.5)

    def countdown(self, **facts):
        live = self.scheduler.follow(self.api.link(**facts), self.api, mode=Mode.VISIBLE)
        return Countdown(live)

    def settle(self):
        """Wait until the background loop has nothing more to do at once."""

        async def turns():
            import asyncio  # noqa: PLC0415  # for the loop of the other thread

            for _ in range(50):
                await asyncio.sleep(0)

        self.background.run(turns())


@pytest.fixture
def world(monkeypatch):
    SENT.clear()
    manager = CommManager()
    monkeypatch.setattr(comm, "create_comm", KeptComm)
    monkeypatch.setattr(comm, "get_comm_manager", lambda: manager)
    world = World()
    yield world
    world.background.loop.call_soon_threadsafe(world.background.loop.stop)


def custom():
    return [message["content"] for message in SENT if message.get("method") == "custom"]


def ask(countdown, wish, **more):
    content = {"do": wish, "view": "v1", "click": "1", **more}
    countdown._handle_msg(
        {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
    )


def test_the_traits_hold_facts_and_no_url(world):
    countdown = world.countdown(narrowing=Narrowing("analysis.ipynb"), note="for Ada", max_uses=1)
    state = countdown.get_state()
    assert state["face"] == {
        "id": "lnk_1", "target": "jupyter:b/lab/tree/analysis.ipynb", "scope": "execute",
        "only": "analysis.ipynb", "session_seconds": 43_200, "max_uses": 1, "addresses": 0,
        "note": "for Ada", "state": "live", "hint": "", "auto": True, "refreshes": 0,
        "created_at": 1893553445000, "expires_at": 1893553745000, "next_refresh_at": None,
        "now": 1893553445000,
    }  # fmt: skip
    world.settle()
    assert "canary" not in json.dumps(state) + json.dumps(SENT) + repr(countdown)


def test_the_time_is_that_of_the_sending(world):
    countdown = world.countdown()
    world.clock.tick(100)
    assert countdown.get_state("face")["face"]["now"] == 1893553545000


def test_a_view_in_sight_gets_the_url_and_each_new_one(world):
    countdown = world.countdown()
    ask(countdown, "look", visible=True)
    world.settle()
    url = {"tell": "url", "now": 1893553445000, "view": "v1"}
    assert custom() == [
        {**url, "id": "lnk_1", "url": "https://b.example/nb-presign/redeem#nbp1.canary-1"}
    ]
    ask(countdown, "refresh")
    world.settle()
    assert custom()[1:] == [
        {**url, "id": "lnk_2", "url": "https://b.example/nb-presign/redeem#nbp1.canary-2"},
        {"tell": "done", "now": 1893553445000, "view": "v1", "click": "1"},
    ]
    assert countdown.face["refreshes"] == 1
    ask(countdown, "look", visible=False)
    ask(countdown, "refresh")
    world.settle()
    assert [message["tell"] for message in custom()[3:]] == ["done"]
    updates = [message["state"] for message in SENT if message.get("method") == "update"]
    assert updates[-1]["face"]["id"] == "lnk_3"
    assert "canary" not in json.dumps(updates)


def test_open_mints_for_the_click_and_answers_that_view(world):
    countdown = world.countdown()
    ask(countdown, "open", click="7")
    world.settle()
    assert [request.interactive for request in world.api.requests] == [True]
    answer = custom()[0]
    assert (answer["tell"], answer["view"], answer["click"]) == ("open", "v1", "7")
    assert answer["url"].endswith("canary-2")


def test_trouble_is_told_to_the_view_that_asked(world):
    countdown = world.countdown()
    world.api.errors = [UnreachableError("b does not answer.", hint="Start it.")]
    ask(countdown, "open")
    world.settle()
    assert custom()[0]["text"] == "b does not answer. Start it."
    assert countdown.face["state"] == "live"  # the followed link is as good as before


def test_revoke_ends_it_and_has_the_page_forget(world):
    countdown = world.countdown()
    ask(countdown, "look", visible=True)
    ask(countdown, "revoke")
    world.settle()
    assert world.api.revoked == {"lnk_1"}
    assert countdown.face["state"] == "revoked"
    assert "forget" in [message["tell"] for message in custom()]


def test_the_switch(world):
    countdown = world.countdown()
    ask(countdown, "auto", on=False)
    world.settle()
    assert countdown.face["auto"] is False
    ask(countdown, "auto", on=True)
    world.settle()
    assert countdown.face["auto"] is True


@pytest.mark.parametrize("content", [
    None, 1, "open", [], {}, {"do": "open"}, {"do": "open", "view": 1, "click": "1"},
    {"do": "open", "view": "", "click": "1"}, {"do": "look", "view": "v" * 65, "click": "1"},
    {"do": "steal", "view": "v", "click": "1"},
])  # fmt: skip
def test_nonsense_from_a_page_is_passed_over(world, content):
    countdown = world.countdown()
    countdown._handle_custom_msg(content, [])
    world.settle()
    assert custom() == []
    assert world.api.calls == []


def test_a_page_cannot_write_to_traits(world):
    countdown = world.countdown()
    before = countdown.face
    data = {"method": "update", "state": {"face": {"id": "evil"}, "_esm": "evil"}}
    countdown._handle_msg({"content": {"data": data}, "buffers": []})
    assert countdown.face == before
    assert "evil" not in countdown._esm


def test_a_page_cannot_pile_up_views(world):
    countdown = world.countdown()
    for number in range(300):
        ask(countdown, "look", visible=True, view=f"v{number}")
    assert len(countdown._views) == 100


def test_what_a_notebook_keeps_is_plain_words_and_the_view(world):
    countdown = world.countdown()
    data, _ = countdown._repr_mimebundle_()
    assert data["text/plain"] == (
        "Presigned link lnk_1 to jupyter:b/lab/tree/analysis.ipynb, scope execute, "
        "until 2030-01-02 03:09:05 UTC. Run the cell again for a new one."
    )
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == countdown.model_id
    # What our JupyterLab extension says where the kernel is gone.
    assert data["application/vnd.nb-presign.countdown+json"] == {
        "version": 1,
        "target": "jupyter:b/lab/tree/analysis.ipynb",
    }
    assert "canary" not in json.dumps(data)


def test_two_views_of_one_link_stay_the_same(world):
    live = world.scheduler.follow(world.api.link(), world.api)
    one, other = Countdown(live), Countdown(live)
    ask(one, "refresh")
    world.settle()
    assert one.face == other.face
    assert one.face["id"] == "lnk_2"


def test_a_closed_countdown_listens_no_more(world):
    countdown = world.countdown()
    ask(countdown, "look", visible=True)
    world.settle()
    live = countdown.live
    countdown.close()
    world.settle()
    assert live._listeners == []
    assert live.snapshot.next_refresh_at is None
