from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from support.clock import FakeClock

from nb_presign.aws.calls.flight import MOST_KEPT, Flights


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def flights(clock):
    return Flights(clock)


class Question:
    """Asked how often, and answered when."""

    def __init__(self):
        self.asked = 0
        self.cancelled = 0
        self.answer = asyncio.Event()
        self.error = None

    async def __call__(self):
        self.asked += 1
        number = self.asked
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return f"answer {number}"


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def begin(*waits):
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await settle()
    return tasks


class TestJoining:
    async def scene_of(self, flights, question, count=3):
        return await begin(*[flights.join("key", question) for _ in range(count)])

    def test_equal_questions_are_one(self, flights):
        async def scene():
            question = Question()
            tasks = await self.scene_of(flights, question)
            question.answer.set()
            assert await asyncio.gather(*tasks) == ["answer 1"] * 3
            assert question.asked == 1
            assert not len(flights)

        asyncio.run(scene())

    def test_others_are_their_own(self, flights):
        async def scene():
            question = Question()
            tasks = await begin(flights.join("one", question), flights.join("two", question))
            question.answer.set()
            assert await asyncio.gather(*tasks) == ["answer 1", "answer 2"]

        asyncio.run(scene())

    def test_errors_reach_everybody_and_are_not_kept(self, flights):
        async def scene():
            question = Question()
            question.error = ValueError("no")
            tasks = await self.scene_of(flights, question)
            question.answer.set()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert [str(each) for each in outcomes] == ["no"] * 3
            question.error = None
            assert await flights.join("key", question) == "answer 2"

        asyncio.run(scene())

    def test_who_is_cancelled_leaves_the_others_alone(self, flights):
        async def scene():
            question = Question()
            first, *others = await self.scene_of(flights, question)
            first.cancel()
            await settle()
            assert first.cancelled()
            question.answer.set()
            assert await asyncio.gather(*others) == ["answer 1"] * 2
            assert not question.cancelled

        asyncio.run(scene())

    @pytest.mark.parametrize("error", [None, ValueError("unheard")])
    def test_when_all_are_cancelled_nothing_is_left(self, flights, error):
        async def scene():
            heard = []
            asyncio.get_running_loop().set_exception_handler(lambda _, what: heard.append(what))
            question = Question()
            question.error = error
            tasks = await self.scene_of(flights, question)
            for task in tasks:
                task.cancel()
            await settle()
            question.answer.set()
            await settle()
            assert question.cancelled == 1
            assert not len(flights)
            assert len(asyncio.all_tasks()) == 1
            del tasks, task
            gc.collect()
            return heard

        assert not asyncio.run(scene())

    def test_an_error_that_comes_with_the_last_cancellation_is_heard_by_nobody(self, flights):
        async def scene():
            heard = []
            asyncio.get_running_loop().set_exception_handler(lambda _, what: heard.append(what))
            question = Question()
            question.error = ValueError("unheard")
            (task,) = await self.scene_of(flights, question, 1)
            question.answer.set()
            task.cancel()
            await settle()
            assert task.cancelled()
            del task
            gc.collect()
            return heard

        assert not asyncio.run(scene())

    def test_who_comes_after_all_were_cancelled_asks_anew(self, flights):
        async def scene():
            question = Question()
            (task,) = await self.scene_of(flights, question, 1)
            task.cancel()
            (late,) = await self.scene_of(flights, question, 1)
            question.answer.set()
            assert await late == "answer 2"

        asyncio.run(scene())

    def test_a_fresh_question_is_asked_beside_an_older_one(self, flights):
        async def scene():
            question = Question()
            (older,) = await self.scene_of(flights, question, 1)
            fresh, joined = await begin(
                flights.join("key", question, fresh=True), flights.join("key", question)
            )
            question.answer.set()
            assert await older == "answer 1"
            assert await fresh == await joined == "answer 2"
            assert not len(flights)

        asyncio.run(scene())

    def test_each_loop_flies_alone(self, clock):
        flights = Flights(clock, kept_for=0)
        inside = threading.Barrier(2)
        answers = []

        async def ask():
            await asyncio.to_thread(inside.wait, 10)
            return threading.get_ident()

        def loop():
            answers.append(asyncio.run(flights.join("key", ask)))

        threads = [threading.Thread(target=loop) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(set(answers)) == 2
        assert not len(flights)


class TestKeeping:
    async def ask(self, flights, question, **options):
        question.answer.set()
        return await flights.join("key", question, **options)

    def test_for_a_moment(self, flights, clock):
        async def scene():
            question = Question()
            for passed, expected in ((0, 1), (1.9, 1), (0.1, 2), (1.9, 2), (0.2, 3)):
                clock.tick(passed)
                assert await self.ask(flights, question) == f"answer {expected}"

        asyncio.run(scene())

    def test_a_fresh_answer_takes_the_place_of_the_kept(self, flights):
        async def scene():
            question = Question()
            assert await self.ask(flights, question) == "answer 1"
            assert await self.ask(flights, question, fresh=True) == "answer 2"
            assert await self.ask(flights, question) == "answer 2"

        asyncio.run(scene())

    @pytest.mark.parametrize("passed", [0, 10])
    def test_an_older_answer_that_comes_later_does_not(self, flights, clock, passed):
        async def scene():
            slow, quick = Question(), Question()
            quick.asked = 10
            (older,) = await begin(flights.join("key", slow))
            assert await self.ask(flights, quick, fresh=True) == "answer 11"
            clock.tick(passed)
            slow.answer.set()
            assert await older == "answer 1"
            # The kept one, or a new one where that has been kept for long enough.
            assert await flights.join("key", quick) == ("answer 12" if passed else "answer 11")

        asyncio.run(scene())

    def test_not_at_all(self, clock):
        async def scene():
            flights, question = Flights(clock, kept_for=0), Question()
            assert await self.ask(flights, question) == "answer 1"
            assert await self.ask(flights, question) == "answer 2"
            assert not flights.kept

        asyncio.run(scene())

    def test_not_more_than_some(self, flights):
        async def scene():
            question = Question()
            question.answer.set()
            for number in range(MOST_KEPT + 10):
                await flights.join(number, question)
            assert flights.kept == MOST_KEPT

        asyncio.run(scene())

    def test_until_it_is_forgotten(self, flights):
        async def scene():
            question = Question()
            await self.ask(flights, question)
            flights.forget()
            assert await self.ask(flights, question) == "answer 2"

        asyncio.run(scene())
