"""The protocol from a request to an answer: AWS's errors, and nothing done where there is one."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.aws_desk import ANYTHING, JSON, LIST, MINT, START

from nb_presign.aws_api.incoming import MOST_HEADERS, MOST_LINES, MOST_QUERY
from nb_presign.aws_api.models import Models
from nb_presign.aws_api.pace import CALLS_AT_ONCE, MINTS_AT_ONCE
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import KeyRingError, NotStartableError, StoreError, TargetNotFoundError
from nb_presign.model import Scope
from nb_presign.policy import Visit

INVALID, UNKNOWN = "InvalidSignatureException", "UnrecognizedClientException"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TestDone:
    def test_a_link_is_minted(self, world):
        signer = world.key(scope=Scope.EXECUTE)
        said = world.ask(signer)
        assert said.status == 200
        (link,) = world.links
        assert said.body == {"AuthorizedUrl": f"https://example.org/{link.id}"}
        assert link.minted_by == f"access-key:{signer.key_id}"
        assert link.scope is Scope.EXECUTE
        assert json.loads(link.permission.policy) == json.loads(ANYTHING)
        assert link.permission.action == f"sagemaker:{MINT}"
        assert world.effects == (1, 1)

    def test_how_it_is_answered(self, world):
        answers = [world.ask(world.key()) for _ in range(2)]
        for said in answers:
            assert said.headers["Content-Type"] == JSON
            assert UUID.fullmatch(said.headers["x-amzn-RequestId"])
            assert "x-amzn-ErrorType" not in said.headers
        assert len({said.headers["x-amzn-RequestId"] for said in answers}) == 2

    def test_an_operation_without_output_answers_nothing(self, world):
        said = world.ask(world.key(), world.request(START))
        assert (said.status, said.body) == (200, None)

    def test_athena(self, world):
        signer = replace(world.key(), service="athena")
        given = {"WorkGroup": "primary"}
        said = world.ask(signer, world.request("ListSessions", given, service="athena"))
        assert (said.status, said.body) == (200, {})

    def test_what_an_operation_is_given(self, world):
        calls = []

        async def look(call):
            calls.append(call)
            return {}

        world.doing[LIST] = look
        signer = world.key()
        given = {"MaxResults": 5, "CreationTimeAfter": 1893456000.5, "Newer": 1, "NextToken": None}
        assert world.ask(signer, world.request(LIST, given)).status == 200
        (call,) = calls
        after = call.given["CreationTimeAfter"]
        assert after.isoformat() == "2030-01-01T00:00:00.500000+00:00"
        # What the model does not know is left out, as AWS does; null is nothing.
        assert set(call.given) == {"MaxResults", "CreationTimeAfter"}
        assert call.key.id == signer.key_id
        assert call.visit == world.visit
        assert (call.user, call.region) == ("alice", "us-east-1")

    def test_a_request_that_is_signed_in_its_query(self, world):
        request = world.key().presign(world.request(), world.clock.now())
        assert world.send(request, dict(request.headers)).status == 200

    def test_a_call_may_be_repeated_while_its_signature_is_good(self, world):
        """As on AWS: SDKs repeat what got no answer."""
        signer, request = world.key(), world.request()
        headers = signer.headers(request, world.clock.now())
        assert [world.send(request, headers).status for _ in range(2)] == [200, 200]
        world.clock.tick(300)
        assert world.send(request, headers).status == 200
        world.clock.tick(1)
        assert world.send(request, headers).kind == INVALID
        assert world.effects == (3, 3)

    @pytest.mark.parametrize("path", ["/nb-presign/aws", "/nb-presign/aws/", "/user/a%40b/x"])
    def test_wherever_it_is_mounted(self, world, path):
        assert world.ask(world.key(), world.request(path=path)).status == 200

    def test_a_client_that_leaves_the_port_out(self, world):
        """As Dart's does, which signs `localhost` and sends what HTTP needs."""
        request = world.request(host="localhost")
        headers = world.key().headers(request, world.clock.now())
        assert world.send(request, {**headers, "host": "localhost:8888"}).status == 200

    def test_a_proxy_that_changes_host_and_path(self, world):
        signer = world.key()
        request = world.request(host="hub.example.org", path="/lab/nb-presign/aws/")
        headers = signer.headers(request, world.clock.now())
        seen = replace(request, path="/nb-presign/aws/")
        inside = {**headers, "host": "127.0.0.1:8888"}
        assert world.send(seen, inside).kind == INVALID
        world.desk = replace(world.desk, public_url="https://hub.example.org/lab/")
        assert world.send(seen, inside).status == 200

    def test_a_charset_does_no_harm(self, world):
        request = world.request()
        headers = {**request.headers, "content-type": f"{JSON}; charset=utf-8"}
        assert world.ask(world.key(), replace(request, headers=headers)).status == 200


def without(*names):
    def change(headers):
        return {name: value for name, value in headers.items() if name not in names}

    return change


def twice(name, value):
    return lambda headers: [*headers.items(), (name, value)]


def but(**values):
    return lambda headers: {**headers, **{k.replace("_", "-"): v for k, v in values.items()}}


#: Whoever signs, wrongly: signer, kind of the refusal, a part of its message.
SIGNERS = {
    "wrong secret": ({"secret": "wrong"}, INVALID, "does not match the signature you provided"),
    "no secret": ({"secret": ""}, INVALID, "does not match"),
    "other region": ({"region": "eu-west-1"}, INVALID, "scoped to a valid region"),
    "no region": ({"region": ""}, INVALID, "scoped to a valid region"),
    "other service": ({"service": "athena"}, INVALID, "correct service: 'sagemaker'"),
    "other terminator": ({"terminator": "aws3"}, INVALID, "valid terminator"),
    "other day": ({"day": "20300101"}, INVALID, "'20300101' != '20300102'"),
    "unknown key": ({"key_id": "NBPK" + "A" * 16}, UNKNOWN, "security token"),
    "a key of AWS": ({"key_id": "AKIAIOSFODNN7EXAMPLE"}, UNKNOWN, "security token"),
    "no key": ({"key_id": ""}, UNKNOWN, "security token"),
    "too many slashes": ({"key_id": "a/b"}, "IncompleteSignatureException", "exactly 5"),
}
#: What is done to the headers on the way.
HEADERS = {
    "unsigned": (without("authorization"), "MissingAuthenticationTokenException"),
    "no time": (without("x-amz-date"), "IncompleteSignatureException"),
    "no target": (without("x-amz-target"), "UnknownOperationException"),
    "no host": (without("host"), INVALID),
    "other target": (but(x_amz_target=f"SageMaker.{LIST}"), INVALID),
    "other host": (but(host="elsewhere:8888"), INVALID),
    "other time": (but(x_amz_date="20300102T030406Z"), INVALID),
    "owner's token": (but(authorization="token abc"), "MissingAuthenticationTokenException"),
    "two signatures": (twice("authorization", "x"), "IncompleteSignatureException"),
    "two targets": (twice("x-amz-target", f"SageMaker.{LIST}"), "IncompleteSignatureException"),
    "two hosts": (twice("host", "elsewhere"), "IncompleteSignatureException"),
    "two times": (twice("x-amz-date", "20300102T030405Z"), "IncompleteSignatureException"),
    "two types": (twice("content-type", JSON), "IncompleteSignatureException"),
    "session token": (but(x_amz_security_token="IQoJ"), UNKNOWN),
    "unsigned body": (but(x_amz_content_sha256="UNSIGNED-PAYLOAD"), INVALID),
}
#: What is changed of the request once it is signed.
CHANGES = {
    "body": {"body": b'{"NotebookInstanceName": "two"}'},
    "no body": {"body": b""},
    "path": {"path": "/nb-presign/aws/other"},
    "query": {"query": "a=b"},
}
#: Signed well, and still nothing that can be done.
TARGETS = {
    "unknown operation": "SageMaker.DeleteEverything",
    "other operation of AWS": "SageMaker.DeleteNotebookInstance",
    "operation of another service": "AmazonAthena.ListNotebookInstances",
    "other service": "DynamoDB_20120810.ListTables",
    "no operation": "SageMaker",
    "nothing": "",
    "a dot": ".",
    "two dots": f"SageMaker..{MINT}",
    "one dot too many": f"SageMaker.{MINT}.x",
    "other case": f"sagemaker.{MINT}",
    "whole name": f"com.amazonaws.SageMaker.{MINT}",
    "a list": f"SageMaker.{MINT},SageMaker.{LIST}",
}
BODIES = {
    "nothing": b"",
    "blanks": b" \r\n",
    "null": b"null",
    "a list": b"[]",
    "a string": b'"a"',
    "a number": b"1",
    "not JSON": b"{NotebookInstanceName: 1}",
    "single quotes": b"{'NotebookInstanceName': 'one'}",
    "two documents": b'{"NotebookInstanceName":"one"}{}',
    "said twice": b'{"NotebookInstanceName":"one","NotebookInstanceName":"one"}',
    "said twice inside": b'{"NotebookInstanceName":"one","x":{"a":1,"a":1}}',
    "NaN": b'{"NotebookInstanceName":"one","x":NaN}',
    "Infinity": b'{"NotebookInstanceName":"one","x":-Infinity}',
    "deep": b'{"NotebookInstanceName":"one","x":' + b"[" * 8000,
    "deep, and closed": b'{"NotebookInstanceName":"one","x":' + b"[" * 4000 + b"]" * 4000 + b"}",
    "Latin-1": '{"NotebookInstanceName":"é"}'.encode("latin-1"),
    "UTF-16": '{"NotebookInstanceName":"one"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"NotebookInstanceName":"one"}',
    "gzip": gzip.compress(b'{"NotebookInstanceName":"one"}'),
    "half a pair": rb'{"NotebookInstanceName":"\ud800"}',
    "number for a string": b'{"NotebookInstanceName":1}',
    "truth for a string": b'{"NotebookInstanceName":true}',
    "list for a string": b'{"NotebookInstanceName":["one"]}',
    "string for a number": (
        b'{"NotebookInstanceName":"one","SessionExpirationDurationInSeconds":"1800"}'
    ),
    "fraction for a number": (
        b'{"NotebookInstanceName":"one","SessionExpirationDurationInSeconds":1800.0}'
    ),
    "a number without end": (
        b'{"NotebookInstanceName":"one","SessionExpirationDurationInSeconds":' + b"1" * 5000 + b"}"
    ),
}


#: Input, and what AWS says of it.
INPUTS = {
    "nothing": ({}, "null at 'notebookInstanceName'", "Member must not be null"),
    "pattern": (
        {"NotebookInstanceName": "a b"},
        "'a b' at 'notebookInstanceName'",
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9])*",
    ),
    "range": (
        {"NotebookInstanceName": "one", "SessionExpirationDurationInSeconds": 1799},
        "'1799' at 'sessionExpirationDurationInSeconds'",
        "Member must have value greater than or equal to 1800",
    ),
}


class TestRefused:
    """Nothing is minted, and nothing is written."""

    @pytest.fixture(autouse=True)
    def nothing_done(self, world):
        yield
        assert world.effects == (0, 0)

    def check(self, said, kind, status=400):
        assert (said.status, said.kind) == (status, kind)
        assert said.body["__type"] == kind
        assert said.headers["x-amzn-ErrorType"] == kind
        assert said.headers["Content-Type"] == JSON
        assert UUID.fullmatch(said.headers["x-amzn-RequestId"])

    @pytest.mark.parametrize("name", SIGNERS)
    def test_signed_by_somebody_else(self, world, name):
        changed, kind, message = SIGNERS[name]
        said = world.ask(replace(world.key(), **changed))
        self.check(said, kind)
        assert message in said.message

    @pytest.mark.parametrize("name", HEADERS)
    def test_headers_changed_on_the_way(self, world, name):
        change, kind = HEADERS[name]
        request = world.request()
        headers = world.key().headers(request, world.clock.now())
        self.check(world.send(request, change(headers)), kind)

    @pytest.mark.parametrize("name", CHANGES)
    def test_changed_on_the_way(self, world, name):
        request = world.request()
        headers = world.key().headers(request, world.clock.now())
        self.check(world.send(replace(request, **CHANGES[name]), headers), INVALID)

    @pytest.mark.parametrize("minutes", [-60, -6, 6, 60, 60 * 24 * 365])
    def test_signed_at_another_time(self, world, minutes):
        said = world.ask(world.key(), at=world.clock.now() + timedelta(minutes=minutes))
        self.check(said, INVALID)
        assert ("not yet current" if minutes > 0 else "expired") in said.message

    def test_a_query_whose_time_is_over(self, world):
        request = world.key().presign(world.request(), world.clock.now(), seconds=30)
        world.clock.tick(31)
        self.check(world.send(request, dict(request.headers)), INVALID)

    def test_a_query_that_would_be_good_for_a_week(self, world):
        week = 7 * 24 * 3600
        request = world.key().presign(world.request(), world.clock.now(), seconds=week)
        world.clock.tick(15 * 60 + 1)
        self.check(world.send(request, dict(request.headers)), INVALID)

    @pytest.mark.parametrize("name", ["host", "x-amz-target"])
    def test_a_header_that_must_be_signed(self, world, name):
        names = {"host", "x-amz-date", "x-amz-target", "content-type"} - {name}
        said = world.ask(world.key(), signed=tuple(names))
        self.check(said, INVALID)
        assert "must be a 'SignedHeader'" in said.message

    @pytest.mark.parametrize("name", TARGETS)
    def test_malformed_targets(self, world, name):
        request = world.request()
        headers = {**request.headers, "x-amz-target": TARGETS[name]}
        self.check(
            world.ask(world.key(), replace(request, headers=headers)), "UnknownOperationException"
        )

    @pytest.mark.parametrize(
        "kind",
        [
            "",
            "application/json",
            "application/x-amz-json-1.0",
            "application/x-amz-cbor-1.1",
            "application/cbor",
            "application/x-www-form-urlencoded",
            "text/plain",
        ],
    )
    def test_other_protocols(self, world, kind):
        request = world.request()
        headers = {**request.headers, "content-type": kind}
        said = world.ask(world.key(), replace(request, headers=headers))
        self.check(said, "UnknownOperationException", 404)

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "X"])
    def test_other_methods(self, world, method):
        said = world.ask(world.key(), world.request(method=method))
        self.check(said, "UnknownOperationException", 404)

    @pytest.mark.parametrize("name", BODIES)
    def test_bodies_that_are_no_input(self, world, name):
        said = world.ask(world.key(), world.request(body=BODIES[name]))
        self.check(said, "SerializationException")

    @pytest.mark.parametrize("name", INPUTS)
    def test_input_that_the_model_does_not_allow(self, world, name):
        given, what, rule = INPUTS[name]
        said = world.ask(world.key(), world.request(given=given))
        self.check(said, "ValidationException")
        told = f"1 validation error detected: Value {what} failed to satisfy constraint: {rule}"
        assert said.message == told

    def test_athena_has_its_own_name_for_it(self, world):
        signer = replace(world.key(), service="athena")
        said = world.ask(signer, world.request("ListSessions", {}, service="athena"))
        self.check(said, "InvalidRequestException")
        assert said.body["AthenaErrorCode"] == "INVALID_INPUT"
        assert "at 'workGroup'" in said.body["Message"]

    def test_what_no_policy_allows(self, world):
        policy = json.dumps(
            {"Statement": [{"Effect": "Allow", "Action": "athena:*", "Resource": "*"}]}
        )
        signer = world.key(policy=policy)
        said = world.ask(signer)
        self.check(said, "AccessDeniedException")
        assert said.message == (
            f"User: arn:aws:iam::000000000000:access-key/{signer.key_id} is not authorized to "
            f"perform: sagemaker:{MINT} on resource: * because no identity-based policy allows "
            f"the sagemaker:{MINT} action"
        )

    def test_a_key_that_was_revoked(self, world):
        signer = world.key()
        del world.keys.known[signer.key_id]
        self.check(world.ask(signer), UNKNOWN)

    @pytest.mark.parametrize(
        "more",
        [
            {"headers": {f"x-{n}": "" for n in range(MOST_LINES)}},
            {"headers": {"x": "v" * MOST_HEADERS}},
            {"query": "a" * (MOST_QUERY + 1)},
        ],
        ids=["many headers", "long headers", "long query"],
    )
    def test_what_no_sdk_sends(self, world, more):
        request = world.request()
        changed = {"headers": {**request.headers, **more["headers"]}} if "headers" in more else more
        said = world.ask(world.key(), replace(request, **changed))
        self.check(said, "RequestEntityTooLargeException", 413)
        assert world.keys.asked == []

    def test_nothing_is_loaded_for_who_does_not_know_where_this_is(self, world):
        world.desk = replace(world.desk, models=Models({"sagemaker": [MINT]}))
        signer = world.key()
        for changed in ({"region": "eu-west-1"}, {"service": "athena"}, {"terminator": "x"}):
            self.check(world.ask(replace(signer, **changed)), INVALID)
        assert not world.desk.models.ready

    def test_nothing_of_a_body_is_read_before_it_is_known_whose_it_is(self, world):
        signer = replace(world.key(), secret="wrong")
        for body in (b"{", b"[" * 8000, b'{"NotebookInstanceName": 1}'):
            self.check(world.ask(signer, world.request(body=body)), INVALID)

    def test_keys_are_looked_for_only_where_there_may_be_one(self, world):
        signer = world.key()
        for changed in (
            {"key_id": "AKIAIOSFODNN7EXAMPLE"},
            {"key_id": "NBPK"},
            {"key_id": signer.key_id.lower()},
            {"key_id": signer.key_id + "A"},
            {"region": "eu-west-1"},
            {"service": "athena"},
        ):
            world.ask(replace(signer, **changed))
        world.ask(signer, at=world.clock.now() - timedelta(hours=1))
        assert world.keys.asked == []

    def test_every_bit_counts(self, world):
        """Whatever is turned over of what is signed, or of the signature, nothing is done."""
        request = world.request()
        headers = world.key().headers(request, world.clock.now())
        tried = 0
        for name, value in headers.items():
            for place in range(len(value)):
                turned = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
                tried += 1
                assert world.send(request, {**headers, name: turned}).status != 200, (name, turned)
        for part in ("path", "body"):
            value = getattr(request, part)
            value = value.encode() if isinstance(value, str) else value
            for place in range(len(value)):
                turned = bytearray(value)
                turned[place] ^= 1
                new = bytes(turned) if part == "body" else turned.decode()
                tried += 1
                assert world.send(replace(request, **{part: new}), headers).status != 200, new
        assert tried > 300

    def test_every_truncation_and_insertion_of_a_signature(self, world):
        request = world.request()
        headers = world.key().headers(request, world.clock.now())
        good = headers["authorization"]
        for place in range(len(good)):
            for wrong in (good[:place], good[:place] + "0" + good[place:]):
                said = world.send(request, {**headers, "authorization": wrong})
                assert said.status != 200, wrong
        assert world.send(request, {**headers, "authorization": good + "0"}).status != 200


class TestFailures:
    def test_our_errors_are_told_in_aws_s_words(self, world, caplog):
        raised = {
            TargetNotFoundError("No such thing.", hint="List them."): (400, "ResourceNotFound"),
            NotStartableError("Not from here."): (400, "ValidationException"),
            RefusedError("ResourceLimitExceeded", "Too many."): (400, "ResourceLimitExceeded"),
            StoreError("The store is locked.", hint="Wait."): (503, "ServiceUnavailable"),
        }
        for error, (status, kind) in raised.items():

            async def fail(_, error=error):
                raise error

            world.doing[LIST] = fail
            said = world.ask(world.key(), world.request(LIST, {}))
            assert (said.status, said.kind) == (status, kind)
        # Of what is not their fault they hear no more than that; its owner reads it in the log.
        assert "locked" not in said.message
        assert "sagemaker:ListNotebookInstances failed: The store is locked. Wait." in caplog.text

    def test_of_a_bug_nothing_is_told(self, world, caplog):
        async def fail(call):
            msg = f"a secret: {call.key.policy}"
            raise RuntimeError(msg)

        world.doing[LIST] = fail
        said = world.ask(world.key(), world.request(LIST, {}))
        assert (said.status, said.kind) == (500, "InternalFailure")
        assert said.message == "Something went wrong in the server."
        assert "sagemaker:ListNotebookInstances failed: RuntimeError" in caplog.text
        assert "a secret" not in caplog.text

    def test_an_output_that_the_model_does_not_have_is_a_bug(self, world, caplog):
        async def stray(_):
            return {"Instances": []}

        world.doing[LIST] = stray
        assert world.ask(world.key(), world.request(LIST, {})).status == 500
        assert "TypeError" in caplog.text

    def test_a_store_that_is_away(self, world, caplog):
        async def away(_):
            raise KeyRingError("The keys cannot be read.", hint="chmod 600 /srv/ann/keys.json")

        signer = world.key()
        world.keys.find = away
        for each in (signer, replace(signer, secret="wrong"), signer):
            said = world.ask(each)
            assert (said.status, said.kind) == (503, "ServiceUnavailable")
            assert "keys" not in said.message
        assert world.later == []  # that is no failure of theirs
        assert caplog.text.count("chmod 600 /srv/ann/keys.json") == 1

    def test_a_key_that_calls_too_often_is_told_so_and_no_other(self, world):
        signer, listing = world.key(), world.request(LIST, {})
        kinds = [world.ask(signer, listing).kind for _ in range(int(CALLS_AT_ONCE) + 2)]
        assert kinds == [""] * int(CALLS_AT_ONCE) + ["ThrottlingException"] * 2
        assert world.ask(signer, listing).message == "Rate exceeded"
        assert world.ask(world.key(), listing).status == 200
        world.clock.tick(1)
        assert world.ask(signer, listing).status == 200

    def test_a_key_mints_some_links_a_minute(self, world):
        signer, listing = world.key(), world.request(LIST, {})
        for _ in range(int(MINTS_AT_ONCE)):
            assert world.ask(signer).status == 200
        assert world.ask(signer).kind == "ThrottlingException"
        assert world.ask(signer, listing).status == 200
        assert len(world.links) == MINTS_AT_ONCE

    def test_who_knows_no_secret_does_not_use_up_a_key(self, world):
        signer, listing = world.key(), world.request(LIST, {})
        for _ in range(int(CALLS_AT_ONCE) + 1):
            world.ask(replace(signer, secret="wrong"), listing)
        assert world.ask(signer, listing).status == 200

    def test_who_fails_too_often_is_told_so_and_nobody_else(self, world):
        signer = world.key()
        wrong = replace(signer, secret="wrong")
        kinds = [world.ask(wrong).kind for _ in range(80)]
        assert kinds[:60] == [INVALID] * 60
        assert kinds[60:] == ["ThrottlingException"] * 20
        assert world.ask(signer).status == 200
        world.visit = Visit("198.51.100.1")
        assert world.ask(wrong).kind == INVALID

    def test_the_secret_and_the_signature_are_in_no_log(self, world, caplog):
        signer, request = world.key(), world.request()
        headers = signer.headers(request, world.clock.now())
        world.send(request, headers)
        world.send(replace(request, body=b"{}"), headers)
        presigned = signer.presign(request, world.clock.now())
        world.send(presigned, dict(presigned.headers))
        for _, report in world.later:
            report()
        for secret in (signer.secret, headers["authorization"][-64:], presigned.query[-64:]):
            assert secret not in caplog.text

    def test_two_calls_at_once_load_the_models_once(self, world, models):
        loads = []

        class Slow(Models):
            def load(self):
                loads.append(1)
                super().load()

        slow = Slow(models._wanted)
        world.desk = replace(world.desk, models=slow)
        signer = world.key()

        request = world.request()
        incoming = world.incoming(request, signer.headers(request, world.clock.now()))

        async def at_once():
            answers = [world.desk.answer(incoming, world.visit) for _ in range(3)]
            return await asyncio.gather(*answers)

        assert [answer.status for answer in asyncio.run(at_once())] == [200] * 3
        assert loads == [1]
