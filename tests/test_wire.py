from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from support.values import a_link

from nb_presign import wire
from nb_presign.errors import BadReferenceError, InputError, LinkExpiredError
from nb_presign.model import (
    BareTarget,
    LinkState,
    MintRequest,
    Narrowing,
    Permission,
    ProviderInfo,
    Scope,
    ServerInfo,
    Session,
    SessionState,
    Target,
    TargetInfo,
    TargetPage,
    TargetState,
)
from nb_presign.secret import Secret
from nb_presign.wire import (
    ErrorOut,
    LinkOut,
    MintBody,
    ProviderOut,
    RedeemBody,
    ServerOut,
    SessionOut,
    TargetPageOut,
)

NOW = datetime(2030, 1, 2, 3, 4, 5, 678_901, tzinfo=timezone.utc)
LINK = a_link(
    NOW,
    target=Target("jupyter", "b", "lab/a b.ipynb", (("region", "x"),)),
    max_uses=3,
    uses=1,
    allowed_ips=("10.0.0.0/8",),
    note="n",
    minted_by="owner:alice",
    revoked_at=NOW,
    family="lnk_0",
    narrowing=Narrowing("a b.ipynb", "k", "s"),
    interactive=True,
    permission=Permission('{"Statement":{"Effect":"Deny"}}', "athena:CreatePresignedNotebookUrl"),
)
SESSION = Session(
    id="ses_1",
    link_id="lnk_1",
    family="lnk_0",
    target=Target("jupyter", "b"),
    scope=Scope.EXECUTE,
    audience="srv_1",
    created_at=NOW,
    expires_at=NOW + timedelta(hours=1),
    narrowing=Narrowing("a.ipynb"),
    allowed_ips=("::/0",),
    address="192.0.2.7",
    note="n",
    ended_at=NOW,
    permission=Permission('{"Id":"\\u00fc"}'),
)


def sent(value):
    """Write a value and read it back, as the other side would."""
    return wire.decode(wire.encode(value), type(value))


class TestLink:
    @pytest.mark.parametrize("link", [LINK, a_link(NOW)])
    def test_round_trip(self, link):
        assert sent(LinkOut.of(link, NOW)).link() == link

    def test_its_url_is_told_only_where_it_is_asked_for(self):
        link = replace(LINK, url=Secret("https://host/s3cr3t"))
        assert b"s3cr3t" not in wire.encode(LinkOut.of(link, NOW))
        assert "url" not in wire.builtins(LinkOut.of(link, NOW))
        assert "url" not in wire.builtins(LinkOut.brief(link, NOW))
        revealed = LinkOut.of(link, NOW, reveal=True)
        assert revealed.url == "https://host/s3cr3t"
        assert sent(revealed).link().url == Secret("https://host/s3cr3t")
        assert "url" not in wire.builtins(LinkOut.of(LINK, NOW, reveal=True))

    def test_how_it_looks(self):
        found = json.loads(wire.encode(LinkOut.of(LINK, NOW)))
        assert found["target"] == "jupyter:b/lab/a%20b.ipynb?region=x"
        assert found["provider"] == "jupyter"
        assert found["created_at"] == "2030-01-02T03:04:05.678901Z"
        assert (found["scope"], found["state"]) == ("read", "revoked")

    def test_its_state_is_that_of_now(self):
        link = a_link(NOW)
        assert LinkOut.of(link, NOW).state is LinkState.LIVE
        assert LinkOut.of(link, link.expires_at).state is LinkState.EXPIRED

    @pytest.mark.parametrize("text", ["", "[]", "7", "null"])
    def test_a_policy_that_is_none_any_more_is_told_as_an_empty_one(self, text):
        broken = replace(LINK, permission=Permission(text, "a:B"))
        found = json.loads(wire.encode(LinkOut.of(broken, NOW)))
        assert (found["policy"], found["policy_action"]) == ({}, "a:B")

    def test_a_list_tells_only_that_there_is_a_policy(self):
        held = Permission('{"Statement":[]}', "a:B")
        brief = LinkOut.brief(replace(LINK, permission=held), NOW)
        assert "Statement" not in wire.encode(brief).decode()
        assert sent(brief).link().permission == Permission("", "a:B")
        # What was read from a list is written as it was.
        assert LinkOut.brief(sent(brief).link(), NOW) == brief
        assert sent(LinkOut.brief(replace(LINK, permission=None), NOW)).link().permission is None

    def test_an_older_servers_has_no_policy(self):
        link = a_link(NOW)
        text = json.loads(wire.encode(LinkOut.of(link, NOW)))
        del text["policy"], text["policy_action"], text["has_policy"]
        assert wire.decode(json.dumps(text).encode(), LinkOut).link() == link

    def test_what_a_newer_server_adds_is_passed_over(self):
        text = json.loads(wire.encode(LinkOut.of(LINK, NOW))) | {"colour": "red"}
        assert wire.decode(json.dumps(text).encode(), LinkOut).link() == LINK

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("created_at", "2030-01-02T03:04:05"),
            ("created_at", 5),
            ("scope", "root"),
            ("uses", "1"),
            ("uses", True),
            ("id", None),
        ],
    )
    def test_a_bad_answer_is_refused(self, name, value):
        text = json.loads(wire.encode(LinkOut.of(LINK, NOW))) | {name: value}
        with pytest.raises(InputError):
            wire.decode(json.dumps(text).encode(), LinkOut)

    def test_a_reference_without_provider_is_refused(self):
        bad = LinkOut.of(LINK, NOW)
        bad.target = "just-a-name"
        with pytest.raises(BadReferenceError):
            bad.link()


class TestOthers:
    def test_session(self):
        out = SessionOut.of(SESSION, NOW)
        assert sent(out).session() == SESSION
        assert out.state is SessionState.ENDED

    def test_targets(self):
        info = TargetInfo(
            target=Target("jupyter", "b"),
            title="b",
            state=TargetState.NOT_INSTALLED,
            detail="d",
            mend="pip install nb_presign",
        )
        page = TargetPage(items=(info,), cursor="c", problems=("p",))
        assert sent(TargetPageOut.of(page)).page() == page

    def test_provider(self):
        info = ProviderInfo(name="n", title="t", usable=False, reason="r", mend="m")
        assert sent(ProviderOut.of(info)).info() == info

    def test_server(self):
        info = ServerInfo(name="n", id="srv_1", version="1", self_hosted=True)
        assert sent(ServerOut.of(info)).info() == info

    def test_error(self):
        error = LinkExpiredError("It has expired.", hint="Mint.", id="lnk_1")
        assert wire.builtins(ErrorOut.of(error)) == {
            "code": "link-expired",
            "message": "It has expired.",
            "hint": "Mint.",
            "fields": {"id": "lnk_1"},
        }


class TestMintBody:
    @pytest.mark.parametrize(
        "request_",
        [
            MintRequest(target=Target("jupyter", "b")),
            MintRequest(target=BareTarget("a:b", "c d", (("x", "y"),))),
            MintRequest(
                target=Target("jupyter", "b", "lab"),
                expires_in=60,
                session_seconds=3600,
                scope=Scope.FULL,
                max_uses=1,
                allowed_ips=("10.0.0.0/8",),
                note="n",
                interactive=True,
            ),
            MintRequest(
                target=Target("jupyter", "b"),
                permission=Permission('{"Statement": []}', "a:B"),
            ),
        ],
    )
    def test_round_trip(self, request_):
        assert sent(MintBody.of(request_)).request() == request_

    def test_what_an_older_server_does_not_know_is_left_out(self):
        sent_ = json.loads(wire.encode(MintBody.of(MintRequest(target=Target("jupyter", "b")))))
        assert not {"policy", "policy_action"} & set(sent_)

    def test_a_policy_is_handed_on_as_it_was_sent(self):
        policy = b'{"Statement": 1, "Statement": 2, "Id": "\xc3\xbc"}'
        body = wire.decode(b'{"target": "jupyter:b", "policy": ' + policy + b"}", MintBody)
        assert body.request().permission == Permission(policy.decode())

    def test_no_policy(self):
        body = wire.decode(b'{"target": "jupyter:b", "policy": null}', MintBody)
        assert body.request().permission is None

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (b'"policy_action": "a:B"', "there is none"),
            (b'"policy": null, "policy_action": "a:B"', "there is none"),
            (b'"policy": {"Id": "\xff"}', "UTF-8"),
        ],
    )
    def test_what_says_nothing_is_refused(self, more, said):
        body = wire.decode(b'{"target": "jupyter:b", ' + more + b"}", MintBody)
        with pytest.raises(InputError, match=said):
            body.request()

    def test_the_path_beside_the_reference(self):
        body = MintBody(target="jupyter:b", path="/lab/tree/a b.ipynb")
        assert body.request().target == Target("jupyter", "b", "lab/tree/a b.ipynb")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"target": ""},
            {"target": 5},
            {"target": "jupyter:b", "more": 1},
            {"target": "jupyter:b", "Path": "x"},
            {"target": "jupyter:b", "scope": "Read"},
            {"target": "jupyter:b", "scope": "rwx"},
            {"target": "jupyter:b", "scope": ""},
            {"target": "jupyter:b", "interactive": 1},
            {"target": "jupyter:b", "note": "x" * 201},
            {"target": "jupyter:b", "allowed_ips": "10.0.0.0/8"},
            {"target": "jupyter:b", "allowed_ips": ["10.0.0.0/8"] * 65},
            {"target": "jupyter:b", "allowed_ips": ["x" * 61]},
            *(
                {"target": "jupyter:b", name: value}
                for name in ("expires_in", "session_seconds", "max_uses")
                for value in (True, False, 1.5, "5", 0, -1, 10**10, [1])
            ),
        ],
    )
    def test_strictness(self, body):
        with pytest.raises(InputError) as refused:
            wire.decode(json.dumps(body).encode(), MintBody)
        assert refused.value.hint

    @pytest.mark.parametrize(
        "text",
        [b"", b"{", b"\xff", b"NaN", b'{"target": "\xff"}', b"[]", b"null", b'{"target": NaN}'],
    )
    def test_nonsense(self, text):
        with pytest.raises(InputError):
            wire.decode(text, MintBody)

    @pytest.mark.parametrize("target", ["jupyter:b/../c", "jupyter:b?token=x", "https://b/"])
    def test_bad_references(self, target):
        with pytest.raises(BadReferenceError):
            MintBody(target=target).request()


@pytest.mark.parametrize(
    ("nonce", "good"),
    [
        ("A" * 22, True),
        ("a-_9" * 5 + "zz", True),
        ("A" * 21, False),
        ("A" * 23, False),
        ("A" * 21 + "=", False),
        ("A" * 22 + "\n", False),
        ("", False),
    ],
)
def test_nonces(nonce, good):
    text = json.dumps({"token": "t", "nonce": nonce}).encode()
    if good:
        assert wire.decode(text, RedeemBody).nonce == nonce
    else:
        with pytest.raises(InputError):
            wire.decode(text, RedeemBody)


def test_each_type_has_a_schema():
    types = [
        LinkOut,
        SessionOut,
        MintBody,
        RedeemBody,
        TargetPageOut,
        ProviderOut,
        ServerOut,
        ErrorOut,
    ]
    _, found = msgspec.json.schema_components(types)
    assert {kind.__name__ for kind in types} <= set(found)
    assert found["MintBody"]["additionalProperties"] is False
