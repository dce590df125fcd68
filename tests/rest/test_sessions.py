from __future__ import annotations

SESSIONS = "nb-presign/api/sessions"


def test_a_guest_is_listed_and_ended(owner, mint, redeem, server):
    link = mint(note="for Bo")
    with server.stranger() as guest:
        redeem(link["url"], client=guest)
        assert guest.get("api/status").status_code == 200
        (session,) = [s for s in owner.get(SESSIONS).json() if s["link_id"] == link["id"]]
        assert (session["state"], session["note"]) == ("live", "for Bo")
        assert session["address"] == "127.0.0.1"
        ended = owner.delete(f"{SESSIONS}/{session['id']}")
        assert (ended.status_code, ended.json()["state"]) == (200, "ended")
        assert guest.get("api/status").status_code == 403


def test_all_guests_are_ended_at_once(owner, mint, redeem, server):
    with server.stranger() as one, server.stranger() as two:
        for guest in (one, two):
            redeem(mint()["url"], client=guest)
            assert guest.get("api/status").status_code == 200
        ended = owner.delete(SESSIONS)
        assert ended.status_code == 200
        assert len(ended.json()) >= 2
        assert {session["state"] for session in ended.json()} == {"ended"}
        assert {guest.get("api/status").status_code for guest in (one, two)} == {403}
    assert "live" not in {session["state"] for session in owner.get(SESSIONS).json()}
    assert owner.delete(SESSIONS).json() == []


def test_a_guest_ends_nobody(owner, mint, redeem, server):
    with server.stranger() as guest, server.stranger() as other:
        redeem(mint(scope="full")["url"], client=guest)
        redeem(mint()["url"], client=other)
        guest.get("login")
        xsrf = {"X-XSRFToken": guest.cookies.get("_xsrf", "")}
        assert guest.delete(SESSIONS, headers=xsrf).status_code in {401, 403}
        assert other.get("api/status").status_code == 200
    owner.delete(SESSIONS)


def test_an_unknown_session_is_not_found(owner):
    answer = owner.delete(f"{SESSIONS}/ses_0000000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "session-not-found")


def test_the_server_says_who_it_is(owner):
    answer = owner.get("nb-presign/api/server").json()
    assert (answer["name"], answer["self_hosted"]) == ("b", True)
    assert answer["id"].startswith("srv_")


def test_providers_are_listed(owner):
    found = {p["name"]: p["usable"] for p in owner.get("nb-presign/api/providers").json()}
    assert found["jupyter"] is True
