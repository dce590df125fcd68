"""The kernel's half of the countdown, with a comm that keeps what is sent."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import comm
import pytest
from comm.base_comm import BaseComm, CommManager
from support.api import FakeApi
from support.clock import FakeClock

from nb_presign.blocking import BackgroundLoop
from nb_presign.errors import UnreachableError
from nb_presign.live import Mode, Scheduler
from nb_presign.model import Narrowing
from nb_presign.secret import Secret
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


def custom(*, heard=False):
    """List what was told; that a wish was heard only where this is asked for."""
    told = [message["content"] for message in SENT if message.get("method") == "custom"]
    return [one for one in told if (one["tell"] == "heard") is heard]


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
        "revocable": True, "has_token": False,
        "created_at": 1893553445000, "expires_at": 1893553745000, "credentials_expire_at": None,
        "renew_by": None, "next_refresh_at": None, "now": 1893553445000,
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
    assert (answer["tell"], answer["view"], answer["click"]) == ("secret", "v1", "7")
    assert answer["secret"].endswith("canary-2")


def test_a_wish_is_heard_before_it_is_fulfilled(world):
    world.api.answering = asyncio.Event()
    countdown = world.countdown()
    ask(countdown, "open", click="7")
    ask(countdown, "look", visible=True)
    world.settle()
    now = 1893553445000
    assert custom(heard=True) == [{"tell": "heard", "now": now, "view": "v1", "click": "7"}]
    assert [one["tell"] for one in custom()] == ["url"]
    world.background.loop.call_soon_threadsafe(world.api.answering.set)
    world.settle()
    assert [one["tell"] for one in custom()] == ["url", "secret", "done"]


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


def cloud(world, **facts):
    ends = world.clock.now() + timedelta(hours=1)
    signed = {"audience": "", "credentials_expire_at": ends, "auth_token": Secret("tok-canary")}
    return world.countdown(**{**signed, **facts})


def test_the_face_of_a_cloud_s_link_holds_its_clocks_and_no_token(world):
    countdown = cloud(world, renew_by=world.clock.now() + timedelta(minutes=9), session_seconds=0)
    face = countdown.get_state()["face"]
    shown = {name: face[name] for name in ("revocable", "has_token", "session_seconds")}
    assert shown == {"revocable": False, "has_token": True, "session_seconds": 0}
    assert face["credentials_expire_at"] - face["created_at"] == 3_600_000
    assert face["renew_by"] - face["created_at"] == 540_000
    ask(countdown, "look", visible=True)
    world.settle()
    assert "tok-canary" not in json.dumps(SENT) + json.dumps(countdown.get_state())


def urls():
    return [(one["view"], one["id"]) for one in custom() if one["tell"] == "url"]


def test_a_cloud_s_url_goes_to_one_view_once(world):
    countdown = cloud(world)
    for view, seen in (("v1", True), ("v2", True), ("v1", False), ("v1", True), ("v3", True)):
        ask(countdown, "look", visible=seen, view=view, click=f"of {view}")
    world.settle()
    assert urls() == [("v1", "lnk_1")]
    # All others hear of the kernel, and what time it has.
    heard = [one["view"] for one in custom(heard=True)]
    assert heard == ["v2", "v1", "v3"]
    ask(countdown, "refresh")
    world.settle()
    assert [link for _, link in urls()] == ["lnk_1", "lnk_2"]


def test_nor_do_two_widgets_of_one_link_share_it(world):
    one = cloud(world)
    other = Countdown(one.live)
    ask(one, "look", visible=True)
    ask(other, "look", visible=True, view="v2")
    ask(one, "refresh")
    world.settle()
    assert [link for _, link in urls()] == ["lnk_1", "lnk_2"]


def test_a_token_is_told_to_the_view_that_clicked(world):
    countdown = cloud(world)
    ask(countdown, "token", click="3")
    world.settle()
    now = 1893553445000
    assert custom() == [
        {"tell": "secret", "now": now, "view": "v1", "click": "3", "secret": "tok-canary"},
        {"tell": "done", "now": now, "view": "v1", "click": "3"},
    ]
    updates = [message for message in SENT if message.get("method") == "update"]
    assert "canary" not in json.dumps(updates)


def test_a_token_that_has_ended_is_not_told(world):
    countdown = cloud(world)
    world.clock.tick(301)
    ask(countdown, "token")
    world.settle()
    assert custom()[0]["text"] == "The token has expired. Refresh the link."
    assert "canary" not in json.dumps(custom())


def test_a_copy_of_a_cloud_s_link_is_minted_for_the_click(world):
    countdown = cloud(world)
    ask(countdown, "copy", click="1")
    ask(countdown, "copy", click="2")
    world.settle()
    secrets = [one["secret"][-8:] for one in custom() if one["tell"] == "secret"]
    assert sorted(secrets) == ["canary-2", "canary-3"]


def test_what_a_notebook_keeps_says_when_the_first_clock_ends(world):
    ends = world.clock.now() + timedelta(seconds=60)
    assert "until 2030-01-02 03:05:05 UTC" in repr(cloud(world, credentials_expire_at=ends))
