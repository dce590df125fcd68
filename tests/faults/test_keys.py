"""The key file under attack: made twice at once, changed by who is killed, spoilt, taken away."""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from faults.onlooker import looking_on
from faults.patient import Patient
from faults.troubles import unprivileged
from support.servers import World, free_port, jupyter_server
from support.tally import Tally, record

from nb_presign.clock import SystemClock
from nb_presign.signing import rotation

TESTS = Path(__file__).parents[1]
LONG = [pytest.mark.faults, pytest.mark.timeout(1200)]
FEW, MANY = 20, 1000


class Maker:
    """A process that makes and changes key files."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self.hear() == "ready"

    def say(self, *words: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def makers(how: str, number: int):
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, TESTS / "faults" / "keymakers.py", how],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(number)
        ]
        yield [Maker(process) for process in processes]
        for process in processes:
            process.stdin.close()


def made_differently(how: str, directory: Path, rounds: int) -> int:
    """Have two processes make one file at the same moment; count when they did not agree."""
    bad = 0
    with makers(how, 2) as two:
        for number in range(rounds):
            path, moment = directory / how / str(number) / "keys.json", time.monotonic() + 0.01
            path.parent.mkdir(parents=True)
            for each in two:
                each.say("make", moment, path)
            got = {each.hear() for each in two}
            left = {name.name for name in path.parent.iterdir()}
            # Where they agree on an error they agree on nothing.
            bad += len(got) != 1 or got.pop().endswith("Error") or left != {"keys.json"}
    return bad


@pytest.mark.parametrize(
    "rounds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=LONG)]
)
def test_two_who_make_the_file_at_once_agree(tmp_path, rounds):
    # On a busy machine they seldom come at the same moment: until it is seen what happens then.
    naive = naive_rounds = 0
    while not naive and naive_rounds < 100 * FEW:
        naive += made_differently("naive", tmp_path / str(naive_rounds), rounds)
        naive_rounds += rounds
    record(
        Tally(
            what="key files made by two processes at once that were not one and the same",
            bad=made_differently("real", tmp_path, rounds),
            tried=rounds,
            baseline="looking whether it is there, then writing it",
            baseline_bad=naive,
            baseline_tried=naive_rounds,
        )
    )


def broken_by_kills(how: str, path: Path, rounds: int) -> int:
    """Kill whoever changes the file; count when it could not be used as it was then left."""
    bad = 0
    path.parent.mkdir()
    with makers(how, 1) as (maker,):
        for _ in range(rounds):
            path.unlink(missing_ok=True)
            maker.say("make", 0, path)
            maker.hear()
            maker.say("change", path)
            child = int(maker.hear().removeprefix("pid "))
            time.sleep(random.uniform(0.002, 0.04))  # noqa: S311  # any moment will do
            os.kill(child, signal.SIGKILL)
            said = []
            while (word := maker.hear()) != "over":
                said.append(word.removeprefix("made "))
            bad += not (is_whole(path) if how == "naive" else is_as_said(path, said))
    return bad


def is_whole(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text())["keys"])
    except ValueError:
        return False


def is_as_said(path: Path, said: list[str]) -> bool:
    """Tell whether the file has the last key that was said to be made, and can be changed."""
    ids = [key.id for key in rotation.keys_of(path)]
    kept = not said or said[-1] in ids
    after = [key.id for key in rotation.rotate(path, SystemClock().now())]
    left = {name.name for name in path.parent.iterdir()}
    return kept and after[:-1] == ids and left == {"keys.json", "keys.json.lock"}


@pytest.mark.parametrize(
    "rounds", [pytest.param(FEW, id="few"), pytest.param(MANY, id="many", marks=LONG)]
)
def test_the_file_survives_who_is_killed_changing_it(tmp_path, rounds):
    # Not each moment is a bad one: until it is seen what happens then.
    naive = naive_rounds = 0
    while not naive and naive_rounds < 50 * FEW:
        path = tmp_path / str(naive_rounds) / "keys.json"
        naive += broken_by_kills("naive", path, rounds)
        naive_rounds += rounds
    record(
        Tally(
            what="kills (-9) amid a rotation that spoilt the key file or lost a key",
            bad=broken_by_kills("real", tmp_path / "real" / "keys.json", rounds),
            tried=rounds,
            baseline="writing the file in place",
            baseline_bad=naive,
            baseline_tried=naive_rounds,
        )
    )


@pytest.mark.parametrize("rounds", [15, pytest.param(200, marks=LONG)])
def test_links_are_redeemed_while_keys_are_added(patient, rounds):
    stop = threading.Event()

    def rotate() -> None:
        while not stop.wait(0.02):
            keys = rotation.rotate(patient.keys, SystemClock().now())
            if len(keys) > 40:  # those of links that were redeemed long ago
                rotation.retire(patient.keys, [key.id for key in keys[:10]])

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        with looking_on(patient.server, patient.kernel):
            for _ in range(rounds):
                link = patient.mint(max_uses=1)
                first, again = patient.redeem(link), patient.redeem(link)
                assert (first.status_code, again.status_code) == (200, 200)
                # The same page gets the same cookie, whichever key is the newest by now.
                names = [sorted(answer.cookies.items()) for answer in (first, again)]
                ours = [[pair for pair in found if "presign" in pair[0]] for found in names]
                assert ours[0] == ours[1] != []
                assert patient.facts(link) == (1, 1, 1)
    finally:
        stop.set()
        thread.join()
    assert len(rotation.keys_of(patient.keys)) > 2


def others_can_read(keys: Path) -> None:
    keys.chmod(0o644)


def nobody_can_read(keys: Path) -> None:
    keys.chmod(0)


def a_link_elsewhere(keys: Path) -> None:
    elsewhere = keys.with_name("elsewhere.json")
    keys.rename(elsewhere)
    keys.symlink_to(elsewhere)


def nonsense(keys: Path) -> None:
    keys.write_bytes(secrets.token_bytes(200))


def a_directory(keys: Path) -> None:
    keys.unlink()
    keys.mkdir()


def nothing(keys: Path) -> None:
    keys.unlink()


SPOILT = {
    "readable by others": others_can_read,
    "unreadable": nobody_can_read,
    "a symbolic link": a_link_elsewhere,
    "damaged": nonsense,
    "a directory": a_directory,
}
SHORT = {"readable by others"}


@pytest.fixture
def made(tmp_path):
    """Make a home whose key file is there already."""
    keys = tmp_path / "data" / "nb_presign" / "keys.json"
    rotation.rotate(keys, SystemClock().now())
    return keys


@pytest.mark.parametrize(
    "how", [pytest.param(name, marks=[] if name in SHORT else LONG) for name in SPOILT]
)
def test_a_server_without_usable_keys_has_an_owner_and_no_guests(tmp_path, made, how):
    SPOILT[how](made)
    python = unprivileged(tmp_path)
    with jupyter_server(World(tmp_path), tmp_path / "files", python=python) as server:
        with server.owner() as owner:
            body = {"type": "file", "format": "text", "content": "owner"}
            assert owner.put("api/contents/a.txt", json=body).status_code == 201
            answer = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
            assert answer.status_code == 503, answer.text
            assert "its signing keys cannot be used" in answer.json()["message"]
            # Where the file is, is nobody's business but the log's.
            assert str(tmp_path) not in answer.text
            assert owner.get("api/contents").status_code == 200
        with server.stranger(headers={"Origin": server.url.rstrip("/")}) as stranger:
            body = {"token": "nbp1." + "a" * 40 + "." + "b" * 43, "nonce": "n" * 22}
            assert stranger.post("nb-presign/redeem", json=body).status_code == 503
        said = [line for line in server.logged().splitlines() if line.startswith("[C")]
        assert any("nb_presign serves no links: its signing keys" in line for line in said), said
        assert any(str(made) in line for line in said), said  # and what to do


@pytest.mark.faults
def test_a_server_that_must_serve_links_stops_without_usable_keys(tmp_path, made):
    others_can_read(made)
    command = [
        *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser"),
        *(f"--port={free_port()}", f"--ServerApp.root_dir={tmp_path}"),
        "--NbPresign.required=True",
    ]
    env = World(tmp_path).env
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"chmod 600 {made}" in done.stderr
    assert "the server stops" in done.stderr


@pytest.mark.parametrize("how", [*SPOILT, "away"])
def test_keys_that_are_spoilt_later_end_nothing(patient, how):
    """What was read last is kept; with the file mended all is as before."""
    guest, link = patient.let_in(), patient.mint()
    content = patient.keys.read_bytes()
    {**SPOILT, "away": nothing}[how](patient.keys)
    try:
        assert guest.status() == 200
        assert patient.redeem(link).status_code == 200
        assert guest.status("api/kernels") == 200
        with patient.server.owner() as owner:
            assert owner.get("api/contents").status_code == 200
    finally:
        if patient.keys.is_dir() and not patient.keys.is_symlink():
            patient.keys.rmdir()
        patient.keys.unlink(missing_ok=True)
        patient.keys.touch(mode=0o600)
        patient.keys.write_bytes(content)
    other = patient.mint()
    assert patient.redeem(other).status_code == 200
    assert guest.status() == 200


@pytest.mark.faults
def test_two_servers_that_start_at_once_share_one_key(tmp_path):
    """What one mints the other redeems, whichever made the file."""
    config = {"NbPresign": {"server_name": "both"}}
    world = World(tmp_path)
    with ExitStack() as stack:
        two = [
            Patient(
                stack.enter_context(jupyter_server(world, tmp_path / name, config=config)), tmp_path
            )
            for name in ("one", "two")
        ]
        start, minted = threading.Barrier(2), {}

        def mint(number: int) -> None:
            start.wait()
            minted[number] = two[number].mint()

        threads = [threading.Thread(target=mint, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(rotation.keys_of(two[0].keys)) == 1
        assert two[0].redeem(minted[1]).status_code == 200
        assert two[1].redeem(minted[0]).status_code == 200
