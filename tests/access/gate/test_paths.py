"""Paths as they are sent: plain ones are taken, and what plays tricks is refused."""

from __future__ import annotations

import pytest

from nb_presign.access.gate.paths import BadPathError, decoded, plain, segment


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("", ""),
        ("/", ""),
        ("//", ""),
        ("a", "a"),
        ("/a/b/", "a/b"),
        ("a/b/", "a/b"),
        (".hidden/..x/y..", ".hidden/..x/y.."),
        ("100% a", "100% a"),
        ("\u00e9 ~", "\u00e9 ~"),
    ],
)
def test_a_plain_path_loses_one_slash_at_either_end(sent, found):
    assert plain(sent) == found


TRICKS = [".", "..", "a/.", "a/..", "./a", "../a", "a/./b", "a/../b", "//a", "a//", "a//b"]


@pytest.mark.parametrize("path", TRICKS)
def test_tricks_are_refused_whatever_hides_files(path):
    for refuse in (plain, decoded):
        with pytest.raises(BadPathError):
            refuse(path)
    with pytest.raises(BadPathError):
        decoded(path.replace(".", "%2e"))


@pytest.mark.parametrize(
    "path", ["a\\b", "a\0", "a\n", "\x1f", "\x7f", "%2e", "a%2Fb", "%fF", None, 1, b"a", ["a"]]
)
def test_what_is_no_path_is_refused(path):
    with pytest.raises(BadPathError):
        plain(path)


def test_an_url_is_decoded_once():
    assert decoded("a%20b%2Fc/%C3%A9") == "a b/c/\u00e9"
    for path in ("%252e", "%ff", "%C3", "a%00", "a%5Cb"):
        with pytest.raises(BadPathError):
            decoded(path)


@pytest.mark.parametrize("name", ["", "a", "a.txt", ".a", "a."])
def test_a_segment_is_one_name(name):
    assert segment(name) == name


@pytest.mark.parametrize("name", ["a/b", "/", "/a", "a/", "..", "a..b", ".", "a\0", None, 1])
def test_whatever_else_is_none(name):
    with pytest.raises(BadPathError):
        segment(name)
