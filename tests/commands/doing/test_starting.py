"""`--start`: only when asked for, with its cost, to its end or to a clear error."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest
from support.presign_api import MemoryApi

from nb_presign.commands.doing import starting
from nb_presign.commands.doing.starting import Starter
from nb_presign.commands.progress import Progress
from nb_presign.errors import (
    AccessDeniedError,
    AmbiguousTargetError,
    NotStartableError,
    TargetNotFoundError,
    TargetNotReadyError,
    UnreachableError,
    UpstreamThrottledError,
)
from nb_presign.model import BareTarget, Target, TargetInfo, TargetState

READY, STARTING, STOPPED = TargetState.READY, TargetState.STARTING, TargetState.STOPPED
FAILED, UNKNOWN = TargetState.FAILED, TargetState.UNKNOWN
MINE = Target("sagemaker", "mine", "lab", (("region", "us-west-2"),))
COST = "ml.t3.medium is paid for until it is stopped"


class Startable(MemoryApi):
    """One target, which is seen in a row of states; the last one stays."""

    def __init__(self, clock, *states):
        super().__init__(clock)
        self.states = deque(states)
        self.info = TargetInfo(
            target=MINE,
            title="mine",
            state=STOPPED,
            instance_type="ml.t3.medium",
            startable=True,
            detail="why it is so",
            mend="what to do",
        )
        self.known = [self.info]

    async def target(self, target):
        self.calls.append("target")
        if isinstance(self.states[0], Exception):
            raise self.states.popleft()
        state = self.states[0] if len(self.states) == 1 else self.states.popleft()
        return replace(self.info, state=state, target=target)

    async def start(self, target):
        self.calls.append("start")
        # As AWS answers: nothing of the machine, and maybe what was before.
        return TargetInfo(target=target, title=self.info.title, state=STOPPED)


@pytest.fixture
def start(clock):
    def start(api, asked=MINE):
        progress = Progress()

        async def pause(seconds):
            clock.tick(seconds)

        starter = Starter(api, clock, progress, pause=pause)
        try:
            return asyncio.run(starter.start(asked))
        finally:
            progress.end()
            start.told = [str(step) for step in progress.steps()]
            start.left_behind = progress.left_behind

    return start


def test_a_stopped_target_is_started_and_waited_for(start, clock):
    api = Startable(clock, STOPPED, STOPPED, STARTING, STARTING, READY)
    assert start(api) == MINE
    assert api.calls == ["target", "start", *["target"] * 4]
    assert start.told[0] == f"Starting mine: {COST}."
    assert start.told[1] == f"Starting mine: {COST}. 0 s so far"
    assert start.told[-1] == f"mine is ready after 4 s: {COST}."
    assert start.left_behind == f"mine runs: {COST}."


@pytest.mark.parametrize("state", [READY, UNKNOWN, FAILED, TargetState.DOWN])
def test_what_is_not_stopped_is_not_started(start, clock, state):
    api = Startable(clock, state)
    assert start(api) == MINE
    assert api.calls == ["target"]
    assert (start.told, start.left_behind) == ([], "")


def test_what_is_starting_already_is_waited_for(start, clock):
    api = Startable(clock, STARTING, STARTING, READY)
    start(api)
    assert "start" not in api.calls
    assert start.told[0] == f"Waiting for mine: {COST}."


def test_what_cannot_be_started_is_an_error(start, clock):
    api = Startable(clock, STOPPED)
    api.info = replace(api.info, startable=False)
    with pytest.raises(NotStartableError) as caught:
        start(api)
    assert caught.value.hint == "what to do"
    assert "start" not in api.calls


@pytest.mark.parametrize("end", [FAILED, STOPPED])
def test_what_does_not_start_is_an_error(start, clock, end):
    api = Startable(clock, STOPPED, STARTING, end)
    with pytest.raises(TargetNotReadyError, match=f"it is {end}. why it is so") as caught:
        start(api)
    assert caught.value.hint == "what to do"


def test_nobody_waits_for_ever(start, clock):
    began = clock.monotonic()
    api = Startable(clock, STOPPED, STARTING)
    with pytest.raises(TargetNotReadyError) as caught:
        start(api)
    assert clock.monotonic() - began == starting.PATIENCE == 900
    assert caught.value.message == f"mine is not ready after 15 min, and goes on starting: {COST}."
    assert caught.value.hint == "See how it is with 'presign targets sagemaker'."


def test_what_takes_minutes_is_looked_at_less_often(start, clock):
    api = Startable(clock, STOPPED, *[STARTING] * 15, READY)
    start(api)
    assert start.told[-1] == f"mine is ready after 40 s: {COST}."


def test_what_may_not_have_been_heard_is_not_said_to_go_on(start, clock):
    api = Startable(clock, STOPPED)

    async def refuse(target):
        raise AccessDeniedError(f"No {target.id}.")

    api.start = refuse
    with pytest.raises(AccessDeniedError):
        start(api)
    assert start.left_behind == f"mine may be starting: {COST}."


def test_a_server_of_a_hub_is_not_said_to_cost_money(start, clock):
    api = Startable(clock, STOPPED, STARTING, READY)
    gpu = Target("hub", "carol", "gpu")
    api.info = replace(api.info, target=gpu, title="carol/gpu", instance_type="")
    assert start(api, gpu) == gpu
    assert start.told[0] == "Starting carol/gpu: it runs until it is stopped."


def test_what_passes_is_waited_for(start, clock):
    trouble = [UnreachableError("Reset."), UpstreamThrottledError("Slowly.")]
    api = Startable(clock, STOPPED, *trouble, STARTING, *trouble, READY)
    assert start(api) == MINE


def test_what_does_not_pass_is_an_error(start, clock):
    api = Startable(clock, STOPPED, *[UnreachableError("Reset.")] * 5)
    with pytest.raises(UnreachableError):
        start(api)
    api = Startable(clock, STOPPED, AccessDeniedError("No."), READY)
    with pytest.raises(AccessDeniedError):
        start(api)
    assert start.left_behind == f"mine goes on starting: {COST}."


def test_a_bare_name_is_looked_up(start, clock):
    api = Startable(clock, READY)
    options = (("region", "us-west-2"),)
    assert start(api, BareTarget("mine", "lab", options)) == MINE
    assert api.queries[0].region == "us-west-2"
    with pytest.raises(TargetNotFoundError, match="'yours'"):
        start(api, BareTarget("yours"))
    api.known.append(replace(api.info, target=Target("flink", "mine")))
    with pytest.raises(AmbiguousTargetError, match="flink:mine, sagemaker:mine"):
        start(api, BareTarget("mine"))
