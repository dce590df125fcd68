"""What stays behind of links, guests and failures: logs, database, processes, runtime files.

`lived` does everything that leaves a trace, once; each test then looks at one place, and shows that
it would find a secret there.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from support.canaries import Canaries

BROKEN_TOKENS = ("nbp1.x.y", "nbp1." + "a" * 40 + "." + "b" * 43, "z" * 900)


def fail_in_every_way(place):
    """Mint where providers fail, and redeem where nothing may be redeemed."""
    with place.server.owner() as owner:
        for target in ("planted:raises", "planted:translates"):
            answer = owner.post("nb-presign/api/links", json={"target": target})
            assert answer.status_code in {500, 502}
        answer = owner.post("nb-presign/api/links", json={"target": "planted:good"})
        assert place.canaries.in_bytes(answer.content) == {"AWS URL"}
        owner.get("nb-presign/api/links", params={"token": place.server.token})
        # What is wrong in the URI of a request is printed with it.
        owner.get(f"api/contents/%ff?token={place.server.token}")
        owner.get(f"planted/raise?token={place.server.token}")
        owner.get("planted/routes", headers={"Referer": f"http://x/?token={place.server.token}"})
    for token in (*BROKEN_TOKENS, *place.tokens):
        place.redeem(token)
        place.redeem(token, Origin="https://evil.example")
        with place.server.stranger() as client:
            client.get("nb-presign/redeem", params={"authToken": token})
            client.get(f"nb-presign/api/links/{token}", params={"authToken": token})
            client.get(
                "no/such/page", params={"x": token}, headers={"Referer": f"http://x#{token}"}
            )
            client.post("nb-presign/redeem", content=token, headers={"User-Agent": token})


def raise_everything(place):
    """Have every canary raised, logged and printed by what does not know what it does."""
    with place.server.owner() as owner:
        token = place.server.token
        cookie, name = next(iter(place.cookies.items()))
        url = (Path(place.home).parent / "site" / "url").read_text()
        for text in (token, place.tokens[0], f"{name}={cookie}", url, *place.values.values()):
            for way in ("raise", "log"):
                owner.post(f"planted/{way}", content=text.encode())


def sign_in_every_way(place):
    """Mint by AWS's wire protocol; and with a wrong secret, in the other's place too."""
    key_id, secret = place.access_key
    for given in ((key_id, secret), (key_id, secret[::-1]), (secret, key_id)):
        client = boto3.client(
            "sagemaker",
            endpoint_url=place.server.url + "nb-presign/aws",
            region_name="us-east-1",
            aws_access_key_id=given[0],
            aws_secret_access_key=given[1],
        )
        with suppress(ClientError):
            made = client.create_presigned_notebook_instance_url(NotebookInstanceName="b")
            place.canaries.plant("token by protocol", made["AuthorizedUrl"].rpartition(".")[2])


@pytest.fixture(scope="module")
def lived(place):
    """The server after all that, with a kernel and a terminal as its children."""
    guests = [place.guest(scope) for scope in ("read", "execute", "full")]
    for guest in guests:
        for path in ("lab", "api/contents", "api/kernels", "nb-presign/api/links", "logout?x=%00"):
            guest.ask("GET", path)
    with place.server.owner() as owner:
        owner.post("api/kernels", json={})
        owner.post("api/terminals", json={})
        links = owner.get("nb-presign/api/links").json()
        owner.delete(f"nb-presign/api/links/{links[-1]['id']}")
    fail_in_every_way(place)
    sign_in_every_way(place)
    assert "token by protocol" in place.canaries
    raise_everything(place)
    return place


def test_the_log_at_debug_holds_no_secret(lived):
    log = lived.server.log.read_bytes()
    assert log.count(b"[D ") > 100
    assert b"Response body" in log
    assert b"Traceback" in log
    assert lived.canaries.in_bytes(log) == set()


def test_a_leak_into_the_log_would_be_found(lived):
    value = secrets.token_hex(20)
    lived.owners("print", value)
    assert Canaries({"it": value}).in_bytes(lived.server.log.read_bytes()) == {"it"}


def test_events_hold_no_secret(lived):
    events = (lived.home / "events.log").read_bytes()
    kinds = set(re.findall(rb'"event": "([\w.]+)"', events))
    assert kinds >= {b"link.minted", b"link.redeemed", b"link.refused", b"link.revoked"}
    assert lived.canaries.in_bytes(events) == set()


def database(place):
    return sorted((place.home / "data" / "nb_presign").glob("store.sqlite*"))


def test_the_database_files_hold_no_secret(lived):
    files = database(lived)
    assert len(files) >= 2  # the write-ahead log too
    assert lived.canaries.in_files(files) == {}


def test_a_leak_into_the_database_would_be_found(lived):
    note = secrets.token_hex(20)
    canaries = Canaries({"it": note})
    lived.mint(note=note)
    assert canaries.in_files(database(lived)) != {}
    main = lived.home / "data" / "nb_presign" / "store.sqlite"
    with closing(sqlite3.connect(main)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert canaries.in_files([main]) == {str(main): {"it"}}


#: The owner's own, which their kernels are to have.
INHERITED = {"AWS secret key", "AWS session token"}


def test_processes_show_no_secret(lived):
    server = psutil.Process(lived.server.process.pid)
    family = [server, *server.children(recursive=True)]
    assert len(family) >= 3  # a kernel and a shell at least
    for process in family:
        assert lived.canaries.in_bytes("\n".join(process.cmdline()).encode()) == set()
        environment = "\n".join(process.environ().values()).encode()
        assert lived.canaries.in_bytes(environment) <= INHERITED
    # And it is there that they would be found.
    assert lived.canaries.in_bytes("\n".join(server.environ().values()).encode()) == INHERITED


def test_files_with_secrets_are_those_that_must_have_them_and_closed_to_others(lived):
    found = lived.canaries.in_files([lived.home])
    names = {re.sub(r"\d{3,}", "N", str(Path(p).relative_to(lived.home))) for p in found}
    assert names == {
        "home-N.json",  # the configuration
        "data/nb_presign/keys.json",
        "runtime/jpserver-N.json",
        "runtime/jpserver-N-open.html",
        "runtime/jupyter_cookie_secret",
    }
    for path in map(Path, found):
        # jupyter_server's page for the browser is open, in a directory that is not.
        private = [
            (path if n < 0 else path.parents[n]).stat().st_mode & 0o077 == 0 for n in (-1, 0)
        ]
        assert any(private)
