from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.duration import format_duration, parse_duration
from nb_presign.errors import OutOfRangeError


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("90", 90),
        ("0", 0),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        (" 12H ", 43_200),
        ("1d2h3m4s", 93_784),
        ("90s", 90),
        (90, 90),
        (90.0, 90),
        (timedelta(minutes=5), 300),
    ],
)
def test_reading(value, seconds):
    found = parse_duration(value)
    assert found == seconds
    assert type(found) is int


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "h",
        "-5m",
        "5m1h",
        "1.5h",
        "1h30",
        "5 minutes",
        "1e3",
        "٣m",
        "9" * 10,
        "1_000",
        "5m\n5m",
        -1,
        1.5,
        float("nan"),
        float("inf"),
        10**9,
        True,
        False,
        None,
        [5],
        timedelta(seconds=-1),
        timedelta(milliseconds=1),
    ],
)
def test_refusing(value):
    with pytest.raises(OutOfRangeError) as refused:
        parse_duration(value)
    assert "1h30m" in refused.value.hint


@given(st.text(max_size=20))
def test_any_text_is_a_length_or_refused(text):
    with suppress(OutOfRangeError):
        assert parse_duration(text) >= 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (0.9, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (299, "4 min 59 s"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (43_200, "12 h"),
        (90_061, "1 d 1 h"),
        (86_401, "1 d 1 s"),
    ],
)
def test_writing(seconds, text):
    assert format_duration(seconds) == text
