from __future__ import annotations

import pytest

from nb_presign import errors
from nb_presign.aws_api.refusal import TABLE, RefusedError, refused
from nb_presign.errors import PresignError


def every(cls=PresignError):
    yield cls
    for each in cls.__subclasses__():
        yield from every(each)


@pytest.mark.parametrize("cls", list(every()), ids=lambda cls: cls.__name__)
def test_every_error_of_ours_has_a_name_of_aws(cls):
    """What to do about it is told of the caller's own input, and of our faults not even what."""
    for service in ("sagemaker", "athena", ""):
        said = refused(cls("It did not work.", hint="chmod 600 /srv/ann/keys.json"), service)
        assert said.kind
        assert said.status in {400, 413, 500, 503}
        ours = said.status >= 500
        assert said.message.startswith("It did not work.") is not ours
        assert ("/srv/ann" in said.message) is issubclass(cls, errors.InputError)


@pytest.mark.parametrize(
    ("error", "sagemaker", "athena", "status"),
    [
        (errors.OutOfRangeError, "ValidationException", "InvalidRequestException", 400),
        (errors.NotAuthorizedError, "AccessDeniedException", "AccessDeniedException", 400),
        (errors.TargetNotFoundError, "ResourceNotFound", "ResourceNotFoundException", 400),
        (errors.RateLimitedError, "ThrottlingException", "ThrottlingException", 400),
        (errors.UnreachableError, "InternalFailure", "InternalServerException", 500),
        (errors.KeyRingError, "ServiceUnavailable", "ServiceUnavailable", 503),
    ],
)
def test_by_service(error, sagemaker, athena, status):
    for service, kind in (("sagemaker", sagemaker), ("athena", athena)):
        said = refused(error("No."), service)
        assert (said.kind, said.status) == (kind, status)


def test_refusals_stay_as_they_are():
    error = RefusedError("ConflictException", "No.", status=409)
    assert refused(error, "athena") is error


def test_of_other_exceptions_nothing_is_told():
    said = refused(ValueError("secret"), "athena")
    assert (said.kind, said.status) == ("InternalServerException", 500)
    assert "secret" not in str(said)


def test_the_table_has_the_branches_of_the_tree():
    assert set(PresignError.__subclasses__()) <= set(TABLE)
