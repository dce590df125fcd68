"""Pages are put together of their files, and their policy names what is inside."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from nb_presign.rest.page import Page, fill, load

NAMES = ("confirm", "ended", "redeem", "refused")


def between(tag, html):
    return re.findall(f"<{tag}>(.*?)</{tag}>", html, re.DOTALL)


def digests(texts):
    hashes = (hashlib.sha256(text.encode()).digest() for text in texts)
    return [f"'sha256-{base64.b64encode(each).decode()}'" for each in hashes]


def sources(page, directive):
    named = dict(each.split(" ", 1) for each in page.policy.split("; "))
    return named.get(directive, "").split()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_to_put_in_but_texts(name):
    html = load(name).html
    assert "<!--" not in html
    assert "/*s" not in html
    assert html.count('<svg class="mark"') == html.count('rel="icon"') == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_policy_allows_the_style_and_script_that_are_inside_and_no_others(name):
    page = load(name)
    styles, scripts = between("style", page.html), between("script", page.html)
    assert all(len(text) > 500 for text in styles + scripts)
    assert (len(styles), len(scripts)) == (1, 1 if name == "redeem" else 0)
    assert sources(page, "style-src") == digests(styles)
    assert sources(page, "script-src") == digests(scripts)
    assert sources(page, "default-src") == ["'none'"]
    assert sources(page, "connect-src") == (["'self'"] if scripts else [])


@pytest.mark.parametrize("name", NAMES)
def test_the_first_bytes_tell_the_encoding(name):
    # Browsers look for it in 1,024 bytes (HTML standard).
    assert b'<meta charset="utf-8">' in load(name).html.encode()[:1024]


def test_only_a_page_with_a_form_sends_its_address_to_its_own_server():
    # Under `no-referrer` a form comes with "Origin: null".
    without = {name for name in NAMES if 'content="no-referrer"' not in load(name).html}
    assert without == {name for name in NAMES if "<form" in load(name).html} == {"confirm"}


def test_forms_are_sent_where_that_is_asked_for():
    assert sources(load("confirm"), "form-action") == ["'none'"]
    assert sources(load("confirm", forms=True), "form-action") == ["'self'", "http:", "https:"]


def test_a_page_that_is_not_there_is_an_error():
    with pytest.raises(FileNotFoundError):
        load("elsewhere")


def test_texts_are_shown_as_they_are():
    page = Page("<p>{{why}}</p><p>{{why}} {{who}}</p>", "")
    assert fill(page, why='<b> & "', who="<!--mark-->") == (
        "<p>&lt;b&gt; &amp; &quot;</p><p>&lt;b&gt; &amp; &quot; &lt;!--mark--&gt;</p>"
    )


def test_a_text_is_no_place_for_another():
    texts = {"target": "jupyter:x/{{xsrf}}", "xsrf": "{{target}}"}
    for order in (texts, dict(reversed(texts.items()))):
        html = fill(load("confirm", forms=True), **order)
        assert html.count('value="jupyter:x/{{xsrf}}"') == 1
        assert html.count('value="{{target}}"') == 1


def test_a_text_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        fill(load("ended"), title="x", why="y")
