from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.errors import BadAnswerError
from nb_presign.providers.aws.answers import auth_token_of, end_of, url_of
from nb_presign.providers.aws.operations import operation

SAGEMAKER, ATHENA = operation("sagemaker"), operation("athena")
AIRFLOW = operation("airflow")
HOST = "gpu-ab12.notebook.us-west-2.sagemaker.aws"
NOW = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
CANARY = "s3cr3t-c4n4ry"


def url(text, *, host=HOST, allowed=(), row=SAGEMAKER):
    return url_of(row, {row.answer.url: text}, host=host, allowed=allowed)


class TestUrls:
    @pytest.mark.parametrize(
        "text",
        [
            f"https://{HOST}?authToken=x",
            f"https://{HOST}/?authToken=x",
            f"https://{HOST}:443/?authToken=x",
            f"https://{HOST.upper()}?authToken=x",
        ],
    )
    def test_one_of_the_target_is_handed_out_as_it_is(self, text):
        assert url(text) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            None,
            17,
            f"http://{HOST}?authToken={CANARY}",
            f"//{HOST}?authToken={CANARY}",
            f"javascript:alert('{CANARY}')",
            f"https://evil.example?authToken={CANARY}",
            f"https://{HOST}.evil.example?authToken={CANARY}",
            f"https://evil{HOST}?authToken={CANARY}",
            f"https://other-ab12.notebook.us-west-2.sagemaker.aws?authToken={CANARY}",
            f"https://{HOST}@evil.example?authToken={CANARY}",
            f"https://user:{CANARY}@{HOST}?authToken=x",
            f"https://{HOST}:8443?authToken={CANARY}",
            f"https://{HOST}:port?authToken={CANARY}",
            f"https://{HOST}\\@evil.example?authToken={CANARY}",
            f"https://{HOST}?authToken={CANARY}\n",
            f"https://{HOST}?authToken={CANARY} x",
            f"https://{HOST}?authToken={CANARY}é",
            f"https://[::1]?authToken={CANARY}",
            f"https://127.0.0.1?authToken={CANARY}",
            f"https://?authToken={CANARY}",
            f"https://{HOST}?authToken={CANARY}" + "x" * 20_000,
        ],
    )
    def test_any_other_is_not_and_no_error_tells_it(self, text):
        with pytest.raises(BadAnswerError) as caught:
            url(text)
        assert CANARY not in f"{caught.value} {caught.value.fields}"
        assert caught.value.hint

    def test_where_the_host_is_not_known_it_is_one_of_the_services(self):
        assert url(f"https://{HOST}?authToken=x", host="")
        with pytest.raises(BadAnswerError):
            url("https://evil-sagemaker.aws?authToken=x", host="")
        with pytest.raises(BadAnswerError):
            url("https://sagemaker.aws.evil.example?authToken=x", host="")

    @pytest.mark.parametrize("allowed", ["corp.example", ".corp.example", "Corp.Example"])
    def test_a_deployer_adds_hosts(self, allowed):
        for host in ("a.corp.example", "corp.example"):
            assert url(f"https://{host}?authToken=x", allowed=(allowed,))
        with pytest.raises(BadAnswerError):
            url("https://evilcorp.example?authToken=x", allowed=(allowed,))
        with pytest.raises(BadAnswerError):
            url("http://a.corp.example?authToken=x", allowed=(allowed,))

    def test_nothing_is_added_by_an_empty_name(self):
        with pytest.raises(BadAnswerError):
            url("https://evil.example", allowed=("", "."))

    def test_one_is_put_together_where_aws_gives_its_parts(self):
        host = "5e55.c2.us-west-2.airflow.amazonaws.com"
        made = url_of(
            AIRFLOW, {"WebServerHostname": host, "WebToken": "t.0_k-en"}, host="", allowed=()
        )
        assert made == f"https://{host}/aws_mwaa/aws-console-sso?login=true#t.0_k-en"

    @pytest.mark.parametrize(
        "answer",
        [
            {},
            {"WebServerHostname": "a.amazonaws.com"},
            {"WebToken": CANARY},
            {"WebServerHostname": "evil.example/.amazonaws.com", "WebToken": CANARY},
            {"WebServerHostname": "evil.example#.amazonaws.com", "WebToken": CANARY},
            {"WebServerHostname": "a@b.amazonaws.com", "WebToken": CANARY},
            {"WebServerHostname": "evil.example", "WebToken": CANARY},
            {"WebServerHostname": "a.amazonaws.com", "WebToken": f"{CANARY} x"},
        ],
    )
    def test_nor_are_parts_that_make_another_url_put_together(self, answer):
        with pytest.raises(BadAnswerError) as caught:
            url_of(AIRFLOW, answer, host="", allowed=())
        assert CANARY not in f"{caught.value} {caught.value.fields}"


class TestEnds:
    @pytest.mark.parametrize("unit", [1, 1000])
    @pytest.mark.parametrize("make", [int, float, lambda n: str(int(n))])
    def test_seconds_and_milliseconds_are_told_apart(self, unit, make):
        ends = NOW + timedelta(minutes=30)
        assert (
            end_of(ATHENA, {"AuthTokenExpirationTime": make(ends.timestamp() * unit)}, NOW) == ends
        )

    def test_a_time_is_a_time_and_without_a_zone_utc(self):
        ends = NOW + timedelta(minutes=30)
        assert end_of(ATHENA, {"AuthTokenExpirationTime": ends}, NOW) == ends
        naive = ends.replace(tzinfo=None)
        assert end_of(ATHENA, {"AuthTokenExpirationTime": naive}, NOW) == ends

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            "",
            "soon",
            [],
            0,
            -1,
            600,
            float("nan"),
            float("inf"),
            10**30,
            NOW.timestamp(),
            (NOW - timedelta(seconds=1)).timestamp(),
            (NOW + timedelta(days=8)).timestamp(),
            NOW.timestamp() * 1_000_000,
        ],
    )
    def test_what_is_no_end_of_a_token_is_refused(self, value):
        with pytest.raises(BadAnswerError):
            end_of(ATHENA, {"AuthTokenExpirationTime": value}, NOW)

    @given(st.integers(1, 7 * 86_400), st.sampled_from([1, 1000]))
    def test_any_end_within_days_is_read(self, seconds, unit):
        epoch = int(NOW.timestamp()) + seconds
        found = end_of(ATHENA, {"AuthTokenExpirationTime": epoch * unit}, NOW)
        assert found == NOW + timedelta(seconds=seconds)

    def test_rows_that_give_none_have_none(self):
        assert end_of(SAGEMAKER, {}, NOW) is None


class TestTokens:
    def test_it_is_a_secret(self):
        token = auth_token_of(ATHENA, {"AuthToken": CANARY})
        assert token.reveal() == CANARY
        assert CANARY not in repr(token)

    @pytest.mark.parametrize("token", [None, "", 7, f"{CANARY}\r\nHost: evil"])
    def test_what_is_no_token_is_refused(self, token):
        with pytest.raises(BadAnswerError) as caught:
            auth_token_of(ATHENA, {"AuthToken": token})
        assert CANARY not in str(caught.value)

    def test_rows_that_give_none_have_none(self):
        assert auth_token_of(SAGEMAKER, {"AuthToken": CANARY}) is None
