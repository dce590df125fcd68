"""A link's three clocks, as text, tables and JSON tell them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from support.presign_api import CANARY

from nb_presign.commands.showing.document import document
from nb_presign.commands.showing.text import summary, table
from nb_presign.model import Scope
from nb_presign.secret import Secret


@pytest.fixture
def signed(api, clock):
    """Have links minted as AWS's are: with credentials that end before the URL does."""
    now = clock.now()
    api.facts = {
        "session_seconds": 0,
        "scope": Scope.FULL,
        "credentials_expire_at": now + timedelta(minutes=3),
        "renew_by": now + timedelta(minutes=2),
        "auth_token": Secret(f"{CANARY}-auth"),
    }


@pytest.mark.usefixtures("signed")
def test_a_summary_has_three_clocks_and_names_the_first_to_end(do, clock):
    minted = do("athena:x")
    lines = dict(line.split(None, 1) for line in summary(minted.link, minted.at).splitlines())
    assert lines["expires"] == (
        "in 3 min (2030-01-02 03:07:05 UTC), with the credentials that signed it"
    )
    assert lines["url"] == "in 5 min (2030-01-02 03:09:05 UTC)"
    assert lines["session"] == "\N{EN DASH} (the service does not say how long)"
    assert lines["signer"] == "credentials end in 3 min (2030-01-02 03:07:05 UTC)"
    assert lines["renew"].startswith("in 2 min (2030-01-02 03:06:05 UTC)")
    assert lines["scope"] == "full: what the service lets its user do"
    assert "auth_token" in lines["token"]
    assert "uses" not in lines
    clock.tick(200)
    shown = summary(minted.link, clock.now())
    assert "state    expired 20 s ago" in shown
    assert "with the credentials" in shown


def test_credentials_that_last_longer_do_not_end_the_link(do, api, clock):
    api.facts = {"credentials_expire_at": clock.now() + timedelta(hours=1)}
    link = do("sagemaker:x").link
    lines = dict(line.split(None, 1) for line in summary(link, clock.now()).splitlines())
    assert lines["expires"] == "in 5 min (2030-01-02 03:09:05 UTC)"
    assert lines["signer"].startswith("credentials end in 1 h ")
    assert "url" not in lines


@pytest.mark.usefixtures("signed")
def test_a_list_has_three_clocks(do, api):
    do("athena:x")
    api.facts = {}
    do("jupyter:b")
    shown = table(do("list"))
    assert shown.columns[3:7] == ("ends", "url", "session", "credentials")
    jupyter, athena = (row[3:7] for row in shown.rows)
    assert athena == ("in 3 min, by credentials", "in 5 min", "\N{EN DASH}", "in 3 min")
    assert jupyter == ("in 5 min", "in 5 min", "12 h", "\N{EN DASH}")


def test_a_list_without_credentials_has_no_column_for_them(do):
    do("jupyter:b")
    assert table(do("list")).columns[3:6] == ("ends", "session", "scope")


@pytest.mark.usefixtures("signed")
def test_json_has_the_clocks_and_the_token_only_where_the_url_is(do):
    minted = do("athena:x")
    written = json.loads(document(minted, reveal=True))
    assert written["credentials_expire_at"] == "2030-01-02T03:07:05Z"
    assert written["renew_by"] == "2030-01-02T03:06:05Z"
    assert written["session_seconds"] == 0
    assert CANARY in written["auth_token"]
    assert "auth_token" not in json.loads(document(minted, reveal=False))
    assert "auth_token" not in json.loads(document(do("list"), reveal=True))[0]


@pytest.mark.usefixtures("signed")
@pytest.mark.parametrize("line", ["athena:x", "list", "show lnk_a"])
def test_no_text_holds_the_token_for_programs(do, line):
    do("athena:x")
    result = do(line)
    shown = table(result)
    text = shown.plain() + shown.html() if shown else summary(result.link, result.at)
    assert CANARY not in text + repr(result)
