from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sigv4 import Request, Signer

from nb_presign.aws_api.claim import MOST_AUTHORIZATION, read_claim
from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.refusal import RefusedError

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
STAMP = "20300102T030405Z"
SIGNER = Signer("NBPKAAAAAAAAAAAAAAAA", "secret")
GOOD = (
    "AWS4-HMAC-SHA256 Credential=NBPKAAAAAAAAAAAAAAAA/20300102/us-east-1/sagemaker/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


def read(*headers, query=""):
    return read_claim(Incoming("POST", "/", query, headers, b""))


def refused(*headers, query=""):
    with pytest.raises(RefusedError) as error:
        read(*headers, query=query)
    assert error.value.status == 400
    return error.value


class TestHeader:
    def test_what_sdks_send(self):
        claim = read(("authorization", GOOD), ("x-amz-date", STAMP))
        assert claim.key_id == "NBPKAAAAAAAAAAAAAAAA"
        assert (claim.day, claim.region, claim.service) == ("20300102", "us-east-1", "sagemaker")
        assert claim.terminator == "aws4_request"
        assert claim.signed_headers == ("host", "x-amz-date")
        assert claim.signature == "0" * 64
        assert (claim.signed_at, claim.lasts) == (NOW, None)

    def test_no_blanks_and_another_order(self):
        head, _, rest = GOOD.replace(", ", ",").partition(" ")
        parts = ",".join(reversed(rest.split(",")))
        again = read(("authorization", f"{head} {parts}"), ("x-amz-date", STAMP))
        assert again == read(("authorization", GOOD), ("x-amz-date", STAMP))

    def test_the_signature_is_not_shown(self):
        assert "0" * 64 not in repr(read(("authorization", GOOD), ("x-amz-date", STAMP)))

    @pytest.mark.parametrize("value", ["", "token abc", "Bearer abc", "Basic YTpi", "AWS a:b"])
    def test_other_ways_to_sign_in(self, value):
        error = refused(("authorization", value), ("x-amz-date", STAMP))
        assert error.kind == "MissingAuthenticationTokenException"
        assert error.message == "Missing Authentication Token"

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("AWS4-HMAC-SHA256", "no key=value pair"),
            ("AWS4-HMAC-SHA256 ", "no key=value pair"),
            ("AWS4-HMAC-SHA256 Credential", "no key=value pair"),
            (GOOD + ", Signature=1", "or twice"),
            (GOOD.replace("Credential=", "Credential=,X="), "requires 'Credential' parameter"),
            (GOOD.replace("/aws4_request", ""), "exactly 5 slash-delimited elements"),
            (GOOD.replace("Credential=", "Credential=a/"), "exactly 5 slash-delimited elements"),
            (GOOD.replace("SHA256", "SHA512"), "Unsupported AWS 'algorithm'"),
            (GOOD + "," * MOST_AUTHORIZATION, "requires 'Credential' parameter"),
        ],
    )
    def test_what_cannot_be_read(self, value, said):
        error = refused(("authorization", value), ("x-amz-date", STAMP))
        assert error.kind == "IncompleteSignatureException"
        assert said in error.message
        assert "0" * 64 not in error.message

    def test_without_a_time(self):
        error = refused(("authorization", GOOD))
        assert error.kind == "IncompleteSignatureException"
        assert error.message == (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )

    def test_the_time_of_http_will_do(self):
        claim = read(("authorization", GOOD), ("date", "Wed, 02 Jan 2030 03:04:05 GMT"))
        assert claim.stamp == STAMP
        both = (("date", "Wed, 02 Jan 2019 03:04:05 GMT"), ("x-amz-date", STAMP))
        assert read(("authorization", GOOD), *both).stamp == STAMP

    @pytest.mark.parametrize(
        "date",
        ["now", "2030-01-02T03:04:05Z", "20300102T030405", "20301302T030405Z", "20300102T036405Z"],
    )
    def test_no_time_at_all(self, date):
        error = refused(("authorization", GOOD), ("x-amz-date", date))
        assert error.kind == "IncompleteSignatureException"
        assert "ISO-8601 'basic format'" in error.message

    def test_temporary_credentials(self):
        """There are none here, so that a token of some session is nobody's."""
        token = ("x-amz-security-token", "IQoJ")
        error = refused(("authorization", GOOD), ("x-amz-date", STAMP), token)
        assert error.kind == "UnrecognizedClientException"

    @pytest.mark.parametrize("name", ["authorization", "x-amz-date", "x-amz-security-token"])
    def test_headers_that_are_there_twice(self, name):
        sent = {"authorization": GOOD, "x-amz-date": STAMP, name: "20300102T030405Z"}
        error = refused(*sent.items(), (name, STAMP))
        assert error.kind == "IncompleteSignatureException"
        assert "twice" in error.message

    @given(st.text(max_size=300), st.sampled_from(["", "AWS4-HMAC-SHA256 ", GOOD]))
    def test_anything_is_read_or_refused(self, text, before):
        with suppress(RefusedError):
            assert read(("authorization", before + text), ("x-amz-date", STAMP)).stamp == STAMP

    @given(st.text(max_size=40))
    def test_any_time_is_read_or_refused(self, text):
        try:
            claim = read(("authorization", GOOD), ("x-amz-date", text or "x"))
        except RefusedError:
            return
        assert claim.signed_at.tzinfo is timezone.utc


class TestQuery:
    def query(self, **changed):
        made = SIGNER.presign(Request(), NOW, seconds=60).query
        pairs = [pair.split("=") for pair in made.split("&")]
        kept = [(name, changed.get(name.replace("-", ""), value)) for name, value in pairs]
        return "&".join(f"{name}={value}" for name, value in kept if value is not None)

    def test_what_sdks_send(self):
        claim = read(("host", "x"), query=self.query())
        assert (claim.key_id, claim.region, claim.stamp) == (SIGNER.key_id, "us-east-1", STAMP)
        assert claim.signed_headers == ("host",)
        assert claim.lasts == timedelta(minutes=1)

    @pytest.mark.parametrize("seconds", ["901", "604800", "999999"])
    def test_a_quarter_of_an_hour_at_most(self, seconds):
        assert read(query=self.query(XAmzExpires=seconds)).lasts == timedelta(minutes=15)

    @pytest.mark.parametrize("expires", ["", "x", "-1", "1.5", "1e3", "٣", "9999999"])
    def test_no_number_of_seconds(self, expires):
        assert refused(query=self.query(XAmzExpires=expires)).kind == "IncompleteSignatureException"

    @pytest.mark.parametrize(
        "name", ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"]
    )
    def test_each_part_has_to_be_there(self, name):
        error = refused(query=self.query(**{f"XAmz{name}": None}))
        assert error.kind == "IncompleteSignatureException"
        assert f"must include 'X-Amz-{name}'" in error.message

    def test_a_part_that_is_there_twice(self):
        error = refused(query=self.query() + f"&X-Amz-Signature={'0' * 64}")
        assert error.kind == "IncompleteSignatureException"

    def test_signed_in_both_places(self):
        error = refused(("authorization", GOOD), query=self.query())
        assert error.kind == "InvalidSignatureException"
        assert error.message.startswith("Found both 'X-Amz-Algorithm'")

    def test_temporary_credentials(self):
        error = refused(query=self.query() + "&X-Amz-Security-Token=IQoJ")
        assert error.kind == "UnrecognizedClientException"

    def test_another_query_is_no_signature(self):
        assert refused(query="Action=List").kind == "MissingAuthenticationTokenException"
