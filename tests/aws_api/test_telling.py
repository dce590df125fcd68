from __future__ import annotations

import json
from dataclasses import astuple, replace

import pytest
from support.aws_desk import LIST, MINT, Visit
from support.clock import FakeClock

from nb_presign.aws_api.pace import CALLS_AT_ONCE
from nb_presign.aws_api.telling import ALL_BURST, ALL_RATE, TOLD_EVERY, Teller

NOTHING = json.dumps({"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
INVALID, DENIED = "InvalidSignatureException", "AccessDeniedException"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def teller(told, clock):
    return Teller(told.append, clock)


def refuse(teller, *, key_id="", address="203.0.113.7", action="sagemaker:List", reason=INVALID):
    teller.refused(action, reason, key_id=key_id, address=address)


class TestTeller:
    def test_one_a_minute_of_those_alike(self, teller, told, clock):
        for _ in range(1000):
            refuse(teller)
        assert len(told) == 1
        clock.tick(TOLD_EVERY - 1)
        refuse(teller)
        assert len(told) == 1
        clock.tick(1)
        refuse(teller)
        assert len(told) == 2

    @pytest.mark.parametrize(
        "other",
        [
            {"address": "203.0.113.8"},
            {"action": "sagemaker:Start"},
            {"reason": DENIED},
            {"key_id": "AKIA0"},
        ],
    )
    def test_what_differs_is_told(self, teller, told, other):
        refuse(teller)
        refuse(teller, **other)
        assert len(told) == 2

    def test_a_flood_from_everywhere_is_bounded(self, teller, told, clock):
        """Ten thousand addresses, again and again for an hour."""
        for minute in range(60):
            for number in range(200):
                refuse(teller, address=f"10.{minute}.{number}.1")
            clock.tick(60)
        assert len(told) <= ALL_BURST + ALL_RATE * 3600

    def test_strangers_do_not_drown_what_happens_with_keys(self, teller, told):
        for number in range(int(ALL_BURST) + 50):
            refuse(teller, address=f"10.0.{number}.1")
        assert len(told) == ALL_BURST
        refuse(teller, key_id="AKIA0", reason=DENIED)
        assert told[-1].actor == "access-key:AKIA0"

    def test_nor_does_one_key_drown_another(self, teller, told):
        for number in range(int(ALL_BURST) + 50):
            refuse(teller, key_id="AKIA0", action=f"sagemaker:Do{number}", reason=DENIED)
        assert len(told) == ALL_BURST
        refuse(teller, key_id="AKIA1", reason=DENIED)
        assert told[-1].actor == "access-key:AKIA1"

    def test_what_was_not_told_for_want_of_room_is_told_when_there_is_some(
        self, teller, told, clock
    ):
        for number in range(int(ALL_BURST)):
            refuse(teller, address=f"10.0.{number}.1")
        refuse(teller, action="sagemaker:Late")
        assert len(told) == ALL_BURST
        clock.tick(1 / ALL_RATE)
        refuse(teller, action="sagemaker:Late")
        assert told[-1].action == "sagemaker:Late"


class TestCalls:
    def test_a_policy_that_denies(self, world):
        signer = world.key(policy=NOTHING)
        assert world.ask(signer).kind == DENIED
        (event,) = world.told
        assert (event.event, event.action) == ("call.refused", f"sagemaker:{MINT}")
        assert (event.actor, event.reason) == (f"access-key:{signer.key_id}", DENIED)
        assert event.address == world.visit.address

    def test_a_wrong_signature_names_no_key(self, world):
        """Anybody can write a key's id."""
        signer = replace(world.key(), secret="x" * 40)
        assert world.ask(signer).kind == INVALID
        (event,) = world.told
        assert (event.actor, event.reason, event.link_id) == ("", INVALID, "")
        assert not [text for text in astuple(event) if signer.key_id in text]

    def test_nothing_secret_of_a_request(self, world):
        signer = world.key(policy=NOTHING)
        request = world.request(body=b'{"NotebookInstanceName": "c4n4ry"}')
        headers = signer.headers(request, world.clock.now())
        world.send(request, headers)
        world.send(replace(request, body=b'{"NotebookInstanceName": "c4n4rz"}'), headers)
        assert [event.reason for event in world.told] == [DENIED, INVALID]
        text = str(world.told)
        signature = headers["authorization"].rpartition("Signature=")[2]
        for secret in (signer.secret, signature, "c4n4r"):
            assert secret not in text

    def test_too_many_calls(self, world):
        signer = world.key()
        answers = [world.ask(signer, world.request(LIST)) for _ in range(int(CALLS_AT_ONCE) + 5)]
        assert [said.kind for said in answers[-5:]] == ["ThrottlingException"] * 5
        (event,) = world.told
        assert event.reason == "ThrottlingException"

    def test_what_was_done_is_not_told_here_nor_what_failed(self, world):
        signer = world.key()
        assert world.ask(signer).status == 200

        async def fail(_):
            raise ZeroDivisionError

        world.doing[LIST] = fail
        assert world.ask(signer, world.request(LIST)).status == 500
        assert world.told == []

    def test_where_the_address_is_not_known(self, world):
        world.visit = Visit("", secure=True)
        assert world.send(world.request(), {}).status == 404
        (event,) = world.told
        assert event.address == ""
