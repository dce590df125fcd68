"""What a guest's browser meets when the session is over."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def ended_guest(owner, mint, redeem, server):
    with server.stranger(headers=NAVIGATION) as guest:
        redeem(mint(scope="full")["url"], client=guest)
        assert guest.get("api/status").status_code == 200
        owner.delete("nb-presign/api/sessions")
        yield guest


@pytest.mark.parametrize("page", ["files", "view", "nbconvert/html"])
def test_pages_lead_to_the_end_and_not_to_a_login(ended_guest, page, server):
    answer = ended_guest.get(f"{page}/analysis.ipynb")
    assert answer.status_code == 302
    base = urlsplit(server.url).path
    assert answer.headers["Location"] == f"{base}nb-presign/ended?why=ended"


def test_the_page_says_what_happened_and_takes_the_cookie_back(ended_guest):
    assert [name for name in ended_guest.cookies if name.startswith("nb-presign-")]
    page = ended_guest.get("nb-presign/ended?why=ended")
    assert page.status_code == 200
    assert "Your guest session has ended" in page.text
    assert "The owner of this server has ended it." in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not [name for name in ended_guest.cookies if name.startswith("nb-presign-")]
    # From now on a stranger like any other.
    assert "/login" in ended_guest.get("view/analysis.ipynb").headers["Location"]


def test_programs_are_refused_as_before(ended_guest):
    assert ended_guest.get("api/contents").status_code == 403
    assert ended_guest.get("nb-presign/api/links").status_code == 401


@pytest.mark.parametrize("why", ["<script>alert(1)</script>", "nonsense", ""])
def test_the_page_repeats_nothing_of_its_address(server, why):
    with server.stranger() as stranger:
        page = stranger.get("nb-presign/ended", params={"why": why})
        assert page.status_code == 200
        assert "alert" not in page.text
        assert "nonsense" not in page.text
        assert stranger.head("nb-presign/ended").content == b""


def test_a_live_guest_keeps_the_cookie(mint, redeem, server):
    with server.stranger() as guest:
        redeem(mint()["url"], client=guest)
        guest.get("nb-presign/ended?why=ended")
        assert guest.get("api/status").status_code == 200


def test_an_owner_is_not_led_away(owner, mint, redeem, server):
    with server.stranger() as browser:
        redeem(mint()["url"], client=browser)
        owner.delete("nb-presign/api/sessions")
        browser.headers["Authorization"] = f"token {server.token}"
        assert browser.get("api/contents").status_code == 200
        assert "ended" not in browser.get("view/analysis.ipynb").headers.get("Location", "")
