"""Outcomes as text, table and JSON: complete, aligned, harmless, with a URL only if asked for."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from support.presign_api import CANARY

from nb_presign.commands.outcome import Diagnosis
from nb_presign.commands.showing.document import document, error_document
from nb_presign.commands.showing.table import Table, one_line
from nb_presign.commands.showing.text import complain, essentials, summary, table
from nb_presign.errors import AccessDeniedError, LinkNotFoundError
from nb_presign.model import Finding, Target, TargetInfo, TargetState

LINES = [
    "jupyter:b --note 'for Ada' --uses 2 --allow 192.0.2.1",
    "list --all",
    "targets",
    "sessions",
]


class Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    @classmethod
    def of(cls, html):
        parser = cls()
        parser.feed(html)
        return parser.seen


def test_a_summary_says_what_matters(do):
    minted = do(LINES[0])
    lines = dict(line.split(None, 1) for line in summary(minted.link, minted.at).splitlines())
    assert lines["opens"] == "jupyter:b"
    assert lines["expires"] == "in 5 min (2030-01-02 03:09:05 UTC)"
    assert lines["session"] == "12 h after it is opened"
    assert lines["uses"] == "0 of 2"
    assert lines["from"] == "192.0.2.1"
    assert lines["note"] == "for Ada"


def test_a_summary_says_how_it_ended(do, clock):
    link = do("jupyter:b").link
    clock.tick(301)
    assert "state    expired 1 s ago" in summary(link, clock.now())
    revoked = do(f"revoke {link.id}").links[0]
    clock.tick(60)
    assert "state    revoked 1 min ago" in summary(revoked, clock.now())


def test_targets_with_machine_region_and_profile(do, api):
    assert table(do("targets")).columns == ("target", "state", "title", "detail")
    api.known.append(
        TargetInfo(
            target=Target("sagemaker", "x", options=(("profile", "p"), ("region", "eu-west-1"))),
            title="x",
            state=TargetState.STOPPED,
            instance_type="ml.t3.medium",
            mend="presign mint sagemaker:x --start",
        )
    )
    api.problems = ("us-west-2 did not answer: see 'presign doctor sagemaker'.",)
    shown = table(do("targets"), "%presign")
    assert shown.columns[3:6] == ("machine", "region", "profile")
    assert shown.rows[2] == (
        "sagemaker:x?profile=p&region=eu-west-1",
        "stopped",
        "x",
        "ml.t3.medium",
        "eu-west-1",
        "p",
        "",
        "%presign mint sagemaker:x --start",
    )
    assert shown.notes == (
        "us-west-2 did not answer: see '%presign doctor sagemaker'.",
        "The list is not complete.",
    )


@pytest.mark.parametrize("line", LINES)
def test_no_text_holds_the_url(do, api, line):
    api.guest(do("jupyter:b").link)
    result = do(line)
    texts = [document(result, reveal=False), *essentials(result), repr(result)]
    if shown := table(result):
        texts += [shown.plain(), shown.html()]
    else:
        texts.append(summary(result.link, result.at))
    assert not any(CANARY in text for text in texts)


def test_json_of_a_new_link_has_the_keys_of_rest(do):
    written = json.loads(document(do(LINES[0]), reveal=True))
    assert CANARY in written["url"]
    assert written["target"] == "jupyter:b"
    assert written["expires_at"] == "2030-01-02T03:09:05Z"
    assert (written["session_seconds"], written["state"]) == (43200, "live")


def test_json_of_lists(do, api):
    guest = api.guest(do("jupyter:b").link)
    assert [link["state"] for link in json.loads(document(do("list"), reveal=True))] == ["live"]
    assert json.loads(document(do("sessions"), reveal=True))[0]["id"] == guest.id
    page = json.loads(document(do("targets"), reveal=True))
    assert page["items"][0]["target"] == "jupyter:b"
    assert page["cursor"] == ""
    written = json.loads(document(do("link jupyter:b"), reveal=True))
    assert written["markdown"] == "[b](presign:jupyter:b)"


def test_json_of_a_diagnosis_and_an_error():
    found = Diagnosis(checks=(Finding(name="store", ok=False, message="Away.", mend="Free it."),))
    assert json.loads(document(found, reveal=True)) == [
        {"check": "store", "ok": False, "message": "Away.", "mend": "Free it."}
    ]
    error = json.loads(error_document(LinkNotFoundError("None.", hint="Look.", id="x")))
    assert (error["code"], error["hint"], error["fields"]) == (
        "link-not-found",
        "Look.",
        {"id": "x"},
    )


def test_what_mends_it_may_have_lines_of_its_own():
    mend = "Add this:\nc.Some.thing = [\n    1 < 2,\n]"
    below = "Add this:\n    c.Some.thing = [\n        1 < 2,\n    ]"
    error = AccessDeniedError("No.", hint=mend)
    assert complain(error) == f"No.\n{below}"
    found = table(Diagnosis(checks=(Finding(name="hub", ok=False, message="No.", mend=mend),)))
    assert found.rows == (("hub", "problem", "No.", "see below"),)
    assert found.plain().endswith(f"\n1 of 1 checks failed.\nhub: {below}")
    assert "<p>hub: Add this:</p><pre>c.Some.thing = [\n    1 &lt; 2,\n]</pre>" in found.html()


def test_columns_are_aligned_for_wide_letters_and_marks():
    rows = (("日本", "x"), ("e\u0301", "x"), ("abcdef", "x"))
    lines = Table("c", ("a", "b"), rows, "none").plain().splitlines()
    assert lines == ["a       b", "日本    x", "e\u0301       x", "abcdef  x"]


def test_what_would_drive_a_terminal_is_taken_out():
    assert one_line("a\x1b[2Jb\nc\u202ed") == "a\ufffd[2Jb\ufffdc\ufffdd"
    assert "\x1b" not in complain(LinkNotFoundError("\x1b[31m", hint="\x9b\n\x1b"))


def test_a_table_in_html_escapes_and_can_be_heard(do, api):
    api.known = [
        TargetInfo(
            target=Target("jupyter", "<script>alert(1)<"),
            title="<img src=x onerror=alert(1)>",
            state=TargetState.READY,
            detail="&\"'",
        )
    ]
    api.problems = ("<b>",)
    html = table(do("targets")).html()
    seen = Elements.of(html)
    assert {tag for tag, _ in seen} == {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    scopes = [attributes["scope"] for tag, attributes in seen if tag == "th"]
    assert scopes == ["col"] * 4 + ["row"]


def test_an_empty_table_says_so(do):
    shown = table(do("sessions"))
    assert shown.plain() == "No guests' sessions."
    assert shown.html() == "<p>No guests&#x27; sessions.</p>"


def test_essentials_are_ids_and_references(do):
    first = do("jupyter:b").link
    assert essentials(do("list")) == (first.id,)
    assert essentials(do("targets")) == ("jupyter:b", "session:5e55/lab/tree/a%20b.ipynb")
    assert essentials(do("link jupyter:b")) == ("[b](presign:jupyter:b)",)
