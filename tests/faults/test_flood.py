"""A flood of everything at once from one address, while a good link is opened from it."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from faults.onlooker import LONGEST, Onlooker, looking_on
from support.raw import send

REDEEM = "/nb-presign/redeem"
LONG = [pytest.mark.faults, pytest.mark.timeout(600)]
#: Bytes that one attempt may leave in the log and the database, whatever it sent.
PER_ATTEMPT = 400
#: Good links that are opened in the middle of it.
GOOD = 5


class Flood:
    """Threads that send what nobody should; each kind in a few of them."""

    def __init__(self, server, spent: str) -> None:
        self.answers: Counter[str] = Counter()
        self._url = server.url
        self._origin = server.url.rstrip("/")
        self._spent = spent
        self._lock = threading.Lock()
        kinds = (self.forged, self.forged, self.used_up, self.huge, self.slow, self.cut_off)
        self._threads = [Onlooker(kind.__name__, kind, every=0.001) for kind in kinds]

    def __enter__(self):
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_):
        for each in self._threads:
            each.stop()
        assert [each.trouble for each in self._threads] == [[]] * len(self._threads)

    def forged(self) -> None:
        self._post("nbp1." + secrets.token_urlsafe(60) + "." + secrets.token_urlsafe(32))

    def used_up(self) -> None:
        self._post(self._spent)

    def huge(self) -> None:
        self._count("huge", self._send(b"x" * 3_000_000))

    def slow(self) -> None:
        """Say that much is coming, and let it trickle."""
        with self._connection() as connection:
            connection.sendall(self._head(8000) + b'{"token":"')
            for _ in range(5):
                time.sleep(0.1)
                connection.sendall(b"a")
        self._count("slow", 0)

    def cut_off(self) -> None:
        """Come in crowds, begin a request, and leave."""
        crowd = [self._connection() for _ in range(40)]
        for connection in crowd:
            connection.sendall(self._head(100)[:60])
        for connection in crowd:
            connection.close()
        self._count("cut off", 0)

    def _post(self, token: str) -> None:
        body = json.dumps({"token": token, "nonce": secrets.token_urlsafe(16)})
        self._count("token", self._send(body.encode()))

    def _send(self, body: bytes) -> int:
        headers = {"Origin": self._origin, "Content-Type": "application/json"}
        # A body that is too large is cut while it is being sent.
        with contextlib.suppress(ConnectionError):
            return send(self._url, "POST", REDEEM, headers=headers, body=body).status
        return 0

    def _count(self, kind: str, status: int) -> None:
        with self._lock:
            self.answers[f"{kind} {status}"] += 1

    def _connection(self) -> socket.socket:
        place = urlsplit(self._url)
        return socket.create_connection((place.hostname, place.port), 20)

    def _head(self, length: int) -> bytes:
        host = urlsplit(self._url).netloc
        lines = (
            f"POST {REDEEM} HTTP/1.1",
            f"Host: {host}",
            f"Origin: {self._origin}",
            "Content-Type: application/json",
            f"Content-Length: {length}",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def kept_bytes(patient) -> int:
    """Count what is on the disk: log and database."""
    files = [patient.server.log, *patient.directory.glob("store.sqlite*")]
    return sum(file.stat().st_size for file in files)


@pytest.mark.parametrize("seconds", [3, pytest.param(60, id="long", marks=LONG)])
def test_a_flood_of_everything_locks_nobody_out(patient, seconds):
    spent = patient.mint(max_uses=1)
    assert patient.redeem(spent).status_code == 200
    good = [patient.mint(max_uses=1) for _ in range(GOOD)]
    with looking_on(patient.server, patient.kernel) as before:
        time.sleep(1)
    start, refused = kept_bytes(patient), 0
    with Flood(patient.server, spent.token) as flood:
        # The owner's requests are logged at DEBUG, which is not the flood's doing.
        opened = []
        for link in good:
            time.sleep(seconds / GOOD)
            began = time.monotonic()
            opened.append((link, patient.redeem(link)))
            refused += opened[-1][1].status_code != 200
            assert time.monotonic() - began < 5
    grown, attempts = kept_bytes(patient) - start, sum(flood.answers.values())
    with (
        Flood(patient.server, spent.token) as again,
        looking_on(patient.server, patient.kernel) as waits,
    ):
        time.sleep(seconds / 2)
    assert again.answers
    # All were refused, in all the ways there are.
    statuses = {name.rpartition(" ")[2] for name in flood.answers if name.startswith("token")}
    assert statuses <= {"404", "410", "429"}, flood.answers
    assert "429" in statuses
    assert {n for n in flood.answers if n.startswith("huge")} <= {"huge 0", "huge 400", "huge 413"}
    assert flood.answers["slow 0"] > 0
    assert flood.answers["cut off 0"] > 0
    # Good links opened, each with its one session, while failures were let fall.
    assert refused == 0, [answer.text for _, answer in opened]
    assert {patient.facts(link) for link in good} == {(1, 1, 1)}
    assert patient.facts(spent) == (1, 1, 1)
    # The owner works on.
    for name, many in waits.items():
        assert max(many) < max(2 * LONGEST, 5 * max(before[name])), (name, max(many))
    assert grown < PER_ATTEMPT * attempts + 200_000, (grown, attempts)
