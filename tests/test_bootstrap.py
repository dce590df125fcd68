"""What is put together: one clock for all, and what is due every minute."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from support.clock import FakeClock

from nb_presign import bootstrap
from nb_presign.access.entry.book import SessionBook
from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.bootstrap.whereabouts import reference_of
from nb_presign.clock import SystemClock
from nb_presign.errors import LinkExpiredError, LinkNotFoundError, LinkUsedUpError
from nb_presign.model import Actor, MintRequest, Target
from nb_presign.offload import Offload
from nb_presign.secret import Secret
from nb_presign.settings import Settings
from nb_presign.store.sql import SqlStore

HERE = "192.0.2.7"
NONCE = "n" * 22


class LocalServer:
    name = "b"
    id = "srv_0123456789abcdef"
    url = "https://b.example/x/"

    async def sessions(self):
        return ()

    async def exists(self, path):
        return path == "a.ipynb"

    async def folder(self, path):  # noqa: ARG002  # as the contract names it
        return None

    def page_of(self, path):
        return f"lab/tree/{path}"


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    return Settings(store_url=f"sqlite:///{tmp_path / 's.sqlite'}", data_dir=tmp_path / "data")


@pytest.fixture
def start(settings, clock):
    """Start what a server has; `set_back` turns the clock first, by so many seconds."""
    running = []

    def start(set_back=0, **changes):
        clock.set_back(set_back)
        runtime = bootstrap.build(
            replace(settings, **changes), actor=Actor("ann"), local=LocalServer(), clock=clock
        )
        running.append(runtime)
        return runtime

    yield start
    for runtime in running:
        stop(runtime)


def stop(runtime):
    async def run():
        runtime.store.close()
        runtime.service.on_close()

    asyncio.run(run())


def mint(runtime, **asked):
    link = asyncio.run(runtime.service.mint(MintRequest(target=Target("jupyter", "."), **asked)))
    return link, Secret(link.url.reveal().partition("#")[2])


def redeem(runtime, token, nonce=NONCE):
    return asyncio.run(runtime.redeemer.redeem(token, nonce, HERE))


def test_the_clock_of_a_server_never_goes_back(start, clock):
    runtime = start()
    _, token = mint(runtime)
    clock.tick(300)
    with pytest.raises(LinkExpiredError):
        redeem(runtime, token)
    clock.set_back(300)
    with pytest.raises(LinkExpiredError):
        redeem(runtime, token)


class TestRestarts:
    def test_no_link_is_good_again(self, start, clock):
        first = start()
        _, token = mint(first)
        clock.tick(300)
        stop(first)
        with pytest.raises(LinkExpiredError):
            redeem(start(set_back=10_000), token)

    def test_no_session_is_live_again(self, start, clock):
        first = start()
        _, token = mint(first, session_seconds=1800)
        session = redeem(first, token).session
        clock.tick(1800)
        stop(first)
        second = start(set_back=10_000)
        second.store.revision()
        assert second.clock.now() >= session.expires_at

    def test_no_session_is_live_again_that_was_refused_before_a_crash(self, start, clock):
        first = start()
        _, token = mint(first, session_seconds=1800)
        cookie = redeem(first, token).cookie.reveal()
        clock.tick(1800)
        assert not self.is_let_in(first, cookie)
        wait_for(first)
        # The first is never closed, so that nothing is kept on the way out.
        assert not self.is_let_in(start(set_back=10_000), cookie)

    def is_let_in(self, runtime, cookie):
        async def look():
            book = SessionBook(
                runtime.store, runtime.offload, runtime.clock, audience=LocalServer.id
            )
            found = await book.find(cookie)
            book.close()
            return book.live(found)

        return asyncio.run(look())

    def test_no_landing_page_is_answered_again(self, start, clock):
        first = start()
        _, token = mint(first, max_uses=1)
        redeem(first, token)
        clock.tick(30)
        stop(first)
        with pytest.raises(LinkUsedUpError):
            redeem(start(set_back=30), token)

    def test_what_is_minted_then_is_good_for_as_long_as_ever(self, start, clock):
        stop_at = clock.now() + timedelta(seconds=10)
        first = start()
        mint(first)
        clock.tick(10)
        stop(first)
        second = start(set_back=10_000)
        link, token = mint(second)
        assert link.created_at == stop_at
        clock.tick(299)
        assert redeem(second, token).session.created_at == stop_at + timedelta(seconds=299)

    def test_what_is_refreshed_then_as_well(self, start, clock):
        first = start()
        link, _ = mint(first)
        clock.tick(10)
        stop(first)
        successor = asyncio.run(start(set_back=10_000).service.refresh(link.id))
        assert successor.expires_at == link.expires_at + timedelta(seconds=10)

    def test_a_crash_brings_back_a_minute_at_most(self, start, clock):
        first = start()
        _, token = mint(first)
        clock.tick(300)
        bootstrap.keep_up(first)
        wait_for(first)
        first.store.revision()
        with pytest.raises(LinkExpiredError):
            redeem(start(set_back=10_000), token)  # the first was never closed


def wait_for(runtime):
    """Wait until the threads have done what was started before."""
    threads = runtime.offload._pool._max_workers
    all_idle = threading.Barrier(threads)
    for waiting in [runtime.offload._pool.submit(all_idle.wait, 10) for _ in range(threads)]:
        waiting.result(10)


def test_where_another_server_is_ahead_links_are_good_all_the_same(start, settings, clock):
    runtime = start()
    link, _ = mint(runtime)
    ahead = clock.now() + timedelta(hours=1)
    other = SqlStore(settings.store_url, FakeClock(ahead))
    other.witness(ahead)
    successor = asyncio.run(runtime.service.refresh(link.id))
    assert successor.created_at == ahead
    other.witness(ahead + timedelta(hours=1))
    later, token = mint(runtime)
    assert later.created_at == ahead + timedelta(hours=1)
    assert redeem(runtime, token)
    other.close()


def test_guests_of_a_store_whose_place_another_took_are_out(start, tmp_path):
    runtime = start()
    _, token = mint(runtime)
    cookie = redeem(runtime, token).cookie.reveal()

    async def run():
        book = SessionBook(runtime.store, runtime.offload, runtime.clock, audience=LocalServer.id)
        assert book.live(await book.find(cookie))
        for file in tmp_path.glob("s.sqlite*"):
            file.unlink()
        start().store.revision()
        await book._look_again()  # as it does four times a second
        found = await book.find(cookie)
        book.close()
        return found

    assert asyncio.run(run()) is None


class TestAws:
    def test_a_gateway_that_was_given_is_for_others_too(self, settings, aws):
        del aws
        gateway = AwsGateway(SystemClock())
        for _ in range(2):
            runtime = bootstrap.build(settings, actor=Actor("ann"), aws=gateway)
            stop(runtime)
            assert asyncio.run(gateway.identity(Place())).account
        gateway.close()

    def test_rules_are_for_a_server_and_not_for_who_has_the_credentials_anyway(self, settings):
        for rules, permits in ((None, False), ((), True), (settings.mint_targets, True)):
            runtime = bootstrap.build(settings, actor=Actor("ann"), mint_rules=rules)
            assert (runtime.service.permits is not None) is permits
            stop(runtime)


ARN = "arn:aws:sagemaker:us-west-2:123456789012"


@pytest.mark.parametrize(
    ("server", "facts", "reference"),
    [
        ("gpu box", None, "jupyter:gpu%20box"),
        ("", None, ""),
        ("gpu", {}, "jupyter:gpu"),
        (
            "gpu",
            {"ResourceArn": f"{ARN}:notebook-instance/mine", "ResourceName": "mine"},
            "sagemaker:mine?region=us-west-2",
        ),
        (
            "",
            {
                "ResourceArn": f"{ARN}:app/d-1/ada/JupyterLab/default",
                "DomainId": "d-1",
                "UserProfileName": "ada",
            },
            "studio:d-1/ada/-?region=us-west-2",
        ),
    ],
)
def test_a_place_is_called_as_others_write_it(tmp_path, server, facts, reference):
    metadata = tmp_path / "resource-metadata.json"
    if facts is not None:
        metadata.write_text(json.dumps(facts))
    assert reference_of(server, metadata=metadata) == reference


class TestUpkeep:
    def test_failed_attempts_are_told_of(self, start, caplog):
        runtime = start()
        for _ in range(3):
            with pytest.raises(LinkNotFoundError):
                redeem(runtime, Secret("nbp1.x.y"))
        with caplog.at_level(logging.INFO, "nb_presign.attempts"):
            for _ in range(2):
                bootstrap.keep_up(runtime)
        assert len(caplog.messages) == 1
        assert caplog.messages[0].endswith(f"from {HERE}: 3")

    def test_a_store_that_was_not_used_is_not_made(self, start, tmp_path):
        runtime = start()
        bootstrap.keep_up(runtime)
        wait_for(runtime)
        assert not (tmp_path / "s.sqlite").exists()

    def test_what_is_kept_and_for_how_long_is_configured(self, start, clock):
        runtime = start(keep_days=2, keep_audit_days=4)
        link, _ = mint(runtime)
        for days, (is_there, rows) in enumerate([(True, 1), (True, 1), (False, 1), (False, 1)]):
            clock.tick(days and 86_400 + 300)
            bootstrap.keep_up(runtime)
            wait_for(runtime)
            assert (runtime.store.link(link.id) is not None, len(runtime.store.audit())) == (
                is_there,
                rows,
            )
        clock.tick(86_400)
        bootstrap.keep_up(runtime)
        wait_for(runtime)
        assert runtime.store.audit() == ()

    def test_after_the_end_nothing_is_due(self, start):
        runtime = start()
        stop(runtime)
        with pytest.raises(RuntimeError):
            bootstrap.keep_up(runtime)


def test_a_server_looks_after_its_store_again_and_again(start):
    from nb_presign.extension import _keep_up  # noqa: PLC0415

    runtime, later = start(), []

    class App:
        class io_loop:  # noqa: N801
            @staticmethod
            def call_later(*asked):
                later.append(asked)

    _keep_up(App, runtime)
    assert later == [(60.0, _keep_up, App, runtime)]
    stop(runtime)
    _keep_up(App, runtime)
    assert len(later) == 1
    assert isinstance(runtime.offload, Offload)


class TestAccessKeys:
    def test_those_made_beside_a_server_are_good_there(self, start, settings, clock):
        runtime = start()
        with bootstrap.kept_access_keys(settings, clock) as keys:
            made = asyncio.run(keys.create(actor=Actor("ann", "local")))
        assert asyncio.run(runtime.access_keys.find(made[0].id)) == made

    def test_a_process_that_serves_no_links_has_none(self, settings):
        runtime = bootstrap.build(settings, actor=Actor("ann"))
        assert runtime.access_keys is None
        stop(runtime)

    def test_looking_at_none_makes_no_store(self, settings, clock, tmp_path):
        with bootstrap.kept_access_keys(settings, clock):
            pass
        assert list(tmp_path.iterdir()) == []
