from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sigv4 import Request, Signer, signing_key

from nb_presign.aws_api.claim import Claim
from nb_presign.aws_api.incoming import Incoming
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.aws_api.signature import WINDOW, _sign, check_scope, check_signature
from nb_presign.secret import Secret

#: Of AWS's examples (General Reference, "Signature Version 4 test suite" and "Deriving a signing
#: key"); the secret is documented, and nobody's.
DOCUMENTED = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=timezone.utc)
STAMP = "20150830T123600Z"
FORM = "application/x-www-form-urlencoded"
VECTORS = {
    "get-vanilla": (
        "GET", "", {}, b"",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-vanilla-query-order-key-case": (
        "GET", "Param2=value2&Param1=value1", {}, b"",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-header-value-trim": (
        "GET", "", {"my-header1": " value1", "my-header2": ' "a   b   c"'}, b"",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "post-vanilla": (
        "POST", "", {}, b"",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "post-x-www-form-urlencoded": (
        "POST", "", {"content-type": FORM}, b"Param1=value1",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}  # fmt: skip


def claim(**changed):
    facts = {
        "key_id": "AKIDEXAMPLE",
        "day": STAMP[:8],
        "region": "us-east-1",
        "service": "service",
        "terminator": "aws4_request",
        "signed_headers": ("host", "x-amz-date"),
        "signature": "0" * 64,
        "stamp": STAMP,
    }
    return Claim(**{**facts, **changed})


@pytest.mark.parametrize("name", VECTORS)
def test_published_vectors(name):
    method, query, headers, body, wanted = VECTORS[name]
    sent = {"host": "example.amazonaws.com", "x-amz-date": STAMP, **headers}
    incoming = Incoming(method, "/", query, tuple(sent.items()), body)
    made = _sign(
        incoming,
        claim(signed_headers=tuple(sorted(sent))),
        DOCUMENTED,
        host="example.amazonaws.com",
        path="/",
        digest=hashlib.sha256(body).hexdigest(),
    )
    assert made == wanted
    # And the tests' own signer, which the others rely on.
    signer = Signer("AKIDEXAMPLE", DOCUMENTED.reveal(), service="service")
    request = Request(method, "example.amazonaws.com", "/", query, headers, body)
    assert wanted in signer.headers(request, NOW)["authorization"]


def test_the_documented_signing_key():
    made = signing_key(DOCUMENTED.reveal(), "20150830", "us-east-1", "iam")
    assert made.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def signed(request, *, secret=DOCUMENTED, names=None):
    """Sign for our target; returns what comes in and what it claims."""
    headers = {"x-amz-target": "SageMaker.X", **request.headers}
    request = replace(request, headers=headers)
    signer = Signer("AKIDEXAMPLE", secret.reveal(), service="service")
    sent = signer.headers(request, NOW, signed=names)
    authorization = sent.pop("authorization")
    _, _, rest = authorization.partition("SignedHeaders=")
    made = claim(
        signed_headers=tuple(rest.partition(",")[0].split(";")), signature=authorization[-64:]
    )
    incoming = Incoming(
        request.method, request.path, request.query, tuple(sent.items()), request.body
    )
    return incoming, made


def judge(incoming, made, *, secret=DOCUMENTED, places=None):
    """Tell what AWS would call it; empty: it is good."""
    places = places or ((incoming.header("host"), incoming.path),)
    try:
        check_signature(incoming, made, secret, places=places)
    except RefusedError as error:
        return error.kind
    return ""


INVALID = "InvalidSignatureException"


def test_a_good_one():
    assert judge(*signed(Request())) == ""


def test_a_place_that_the_client_knows_us_by_is_enough():
    incoming, made = signed(Request(host="hub.example.org", path="/user/ann/nb-presign/aws"))
    places = (
        ("localhost:8888", "/nb-presign/aws"),
        ("hub.example.org", "/user/ann/nb-presign/aws"),
    )
    assert judge(incoming, made, places=places) == ""
    assert judge(incoming, made, places=places[:1]) == INVALID


@pytest.mark.parametrize("name", ["host", "x-amz-target"])
def test_what_says_where_and_what_has_to_be_signed(name):
    names = tuple(each for each in ("host", "x-amz-date", "x-amz-target") if each != name)
    incoming, made = signed(Request(), names=names)
    with pytest.raises(RefusedError, match="must be a 'SignedHeader'") as refused:
        check_signature(incoming, made, DOCUMENTED, places=[("localhost:8888", "/nb-presign/aws")])
    assert refused.value.kind == INVALID


def test_the_body_is_hashed_whatever_a_header_says_of_it():
    for said in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64):
        incoming, made = signed(Request(headers={"x-amz-content-sha256": said}))
        assert judge(incoming, made) == INVALID
    digest = hashlib.sha256(b"{}").hexdigest()
    assert judge(*signed(Request(headers={"x-amz-content-sha256": digest}))) == ""


def test_names_of_headers_are_each_there_once_and_in_order():
    incoming, made = signed(Request())
    names = made.signed_headers
    for wrong in (names[::-1], (*names, names[-1]), (), ("",), tuple(map(str.upper, names))):
        assert judge(incoming, replace(made, signed_headers=wrong)) == INVALID


def test_more_headers_than_anybody_signs():
    many = {f"x-amz-meta-{n:02}": "v" for n in range(70)}
    assert judge(*signed(Request(headers=many))) == INVALID


@pytest.mark.parametrize("name", ["bad name", "x:y", "x\n", "(x)", "é", "\x00"])
def test_what_is_no_name_of_a_header(name):
    """Whoever holds headers in Python's `email` may hear of it in an exception."""
    incoming, made = signed(Request(headers={name: "v"}))
    assert judge(incoming, made) == INVALID
    assert judge(incoming, made, secret=None) == "UnrecognizedClientException"


def test_an_unknown_key_is_told_last():
    incoming, made = signed(Request())
    assert judge(incoming, made, secret=None) == "UnrecognizedClientException"
    assert judge(incoming, made, secret=Secret("another")) == INVALID


def test_values_of_one_name_are_joined():
    """As the description of SigV4 has it: in the order of arrival, with commas."""
    request = Request(headers={"x-amz-target": "SageMaker.X", "x-amz-meta": "a,b"})
    incoming, made = signed(request)
    pairs = [pair for pair in incoming.headers if pair[0] != "x-amz-meta"]
    twice = replace(incoming, headers=(*pairs, ("x-amz-meta", "a"), ("x-amz-meta", " b ")))
    assert judge(twice, made) == ""
    other = replace(incoming, headers=(*pairs, ("x-amz-meta", "b"), ("x-amz-meta", "a")))
    assert judge(other, made) == INVALID


_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
_NAME = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True).map(lambda name: f"x-amz-m-{name}")
_PART = st.text(st.sampled_from("abAB09-._~"), max_size=8)
_PATH = st.lists(_PART.filter(lambda part: part not in {"", ".", ".."}), max_size=4)


@given(
    headers=st.dictionaries(_NAME, _TEXT, max_size=5),
    query=st.lists(st.tuples(_PART, _PART), max_size=4),
    path=_PATH,
    body=st.binary(max_size=200),
)
@settings(max_examples=150, deadline=None)
def test_what_botocore_signs_is_good(headers, query, path, body):
    url = "http://localhost:8888/" + "/".join(path)
    written = "&".join(f"{name}={value}" for name, value in query)
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", DOCUMENTED.reveal()), "service", "us-east-1")
    request = AWSRequest(
        "POST",
        f"{url}?{written}" if written else url,
        {"X-Amz-Target": "SageMaker.X", "X-Amz-Date": STAMP, **headers},
        body,
    )
    request.context["timestamp"] = STAMP
    text = signer.string_to_sign(request, signer.canonical_request(request))
    sent = {name.lower(): value for name, value in request.headers.items()}
    sent["host"] = "localhost:8888"
    made = claim(signed_headers=tuple(sorted(sent)), signature=signer.signature(text, request))
    incoming = Incoming("POST", "/" + "/".join(path), written, tuple(sent.items()), body)
    assert judge(incoming, made) == ""
    assert judge(replace(incoming, body=body + b" "), made) == INVALID


class TestScope:
    def check(self, *, now=NOW, **changed):
        """Return what is told; empty: nothing is wrong."""
        try:
            check_scope(claim(**changed), region="us-east-1", service="service", now=now)
        except RefusedError as error:
            return error.message
        return ""

    def test_one_that_fits(self):
        assert self.check() == ""

    def test_the_kind(self):
        with pytest.raises(RefusedError) as refused:
            check_scope(claim(), region="eu-west-1", service="service", now=NOW)
        assert (refused.value.kind, refused.value.status) == (INVALID, 400)

    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            (
                {"region": "eu-west-1"},
                "valid region, not 'eu-west-1': this server's is 'us-east-1'",
            ),
            ({"service": "s3"}, "correct service: 'service'"),
            ({"terminator": "aws4"}, "valid terminator"),
            ({"day": "20150829"}, "'20150829' != '20150830', from '20150830T123600Z'"),
        ],
    )
    def test_one_that_is_about_something_else(self, changed, said):
        assert said in self.check(**changed)

    def test_all_that_is_wrong_is_told(self):
        told = self.check(region="x" * 500, service="y", day="z")
        assert told.count("Credential") == 3
        assert "x" * 41 not in told

    @pytest.mark.parametrize("seconds", [-300, 0, 300])
    def test_clocks_may_differ_by_five_minutes(self, seconds):
        assert self.check(now=NOW + timedelta(seconds=seconds)) == ""

    def test_and_no_more(self):
        assert self.check(now=NOW + WINDOW + timedelta(seconds=1)) == (
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z "
            "(20150830T124101Z - 5 min.)"
        )
        assert self.check(now=NOW - WINDOW - timedelta(seconds=1)) == (
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z "
            "(20150830T123059Z + 5 min.)"
        )

    def test_a_query_says_itself_how_long_it_is_good(self):
        lasts = timedelta(hours=1)
        assert self.check(now=NOW + lasts, lasts=lasts) == ""
        assert "expired" in self.check(now=NOW + lasts + timedelta(seconds=1), lasts=lasts)
        assert "not yet current" in self.check(now=NOW - lasts, lasts=lasts)
