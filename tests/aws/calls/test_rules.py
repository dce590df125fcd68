from __future__ import annotations

import warnings
from datetime import datetime, timezone

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from nb_presign.aws.calls.call import Call
from nb_presign.aws.calls.rules import check, compiled
from nb_presign.aws.place import Place
from nb_presign.errors import InputError, OutOfRangeError

#: Whatever nb_presign calls, and a few that have other types in them.
OPERATIONS = {
    "sagemaker": (
        "CreatePresignedNotebookInstanceUrl",
        "CreatePresignedDomainUrl",
        "CreatePresignedMlflowTrackingServerUrl",
        "CreatePresignedMlflowAppUrl",
        "CreatePartnerAppPresignedUrl",
        "ListNotebookInstances",
        "CreateNotebookInstance",
    ),
    "athena": ("CreatePresignedNotebookUrl", "ListSessions", "StartSession"),
    "emr": ("GetPersistentAppUIPresignedURL", "GetOnClusterAppUIPresignedURL", "ListClusters"),
    "emr-serverless": ("GetDashboardForJobRun", "StartJobRun"),
    "mwaa": ("CreateWebLoginToken", "UpdateEnvironment"),
    "kinesisanalyticsv2": ("CreateApplicationPresignedUrl",),
}
CASES = [(service, name) for service, names in OPERATIONS.items() for name in names]


@pytest.fixture(scope="module")
def models():
    session = botocore.session.Session()
    return {service: session.get_service_model(service) for service in OPERATIONS}


@pytest.fixture
def refused(models):
    """Check parameters that break a rule."""

    def refused(service, operation, cls=InputError, **parameters):
        with pytest.raises(InputError) as told:
            check(models[service], Call(service, operation, Place()), parameters)
        assert type(told.value) is cls
        assert told.value.fields.items() >= {"service": service, "operation": operation}.items()
        return told.value

    return refused


@pytest.fixture
def accepted(models):
    def accepted(service, operation, **parameters):
        check(models[service], Call(service, operation, Place()), parameters)
        return True

    return accepted


MINT = ("sagemaker", "CreatePresignedNotebookInstanceUrl")


class TestRules:
    def test_required(self, refused):
        assert refused(*MINT).fields["name"] == "NotebookInstanceName"

    def test_unknown(self, refused):
        error = refused(*MINT, NotebookInstanceName="a", ExpiresInSeconds=300)
        assert error.fields["name"] == "ExpiresInSeconds"
        assert "SessionExpirationDurationInSeconds" in str(error)

    @pytest.mark.parametrize("seconds", [1799, 43_201, 0, -1])
    def test_ranges(self, refused, seconds):
        error = refused(
            *MINT,
            OutOfRangeError,
            NotebookInstanceName="a",
            SessionExpirationDurationInSeconds=seconds,
        )
        assert (
            error.fields.items()
            >= {
                "name": "SessionExpirationDurationInSeconds",
                "low": 1800,
                "high": 43_200,
            }.items()
        )
        assert "1800 to 43200" in str(error)

    @pytest.mark.parametrize("seconds", [1800, 43_200])
    def test_the_ends_of_ranges(self, accepted, seconds):
        assert accepted(*MINT, NotebookInstanceName="a", SessionExpirationDurationInSeconds=seconds)

    @pytest.mark.parametrize("seconds", ["1800", 1800.0, True, None])
    def test_types(self, refused, seconds):
        error = refused(*MINT, NotebookInstanceName="a", SessionExpirationDurationInSeconds=seconds)
        assert "must be a whole number" in str(error)

    def test_lengths(self, refused, accepted):
        assert accepted(*MINT, NotebookInstanceName="a" * 63)
        error = refused(*MINT, OutOfRangeError, NotebookInstanceName="a" * 64)
        assert "63 characters" in str(error)
        assert len(str(error)) < 200
        assert refused("athena", "CreatePresignedNotebookUrl", OutOfRangeError, SessionId="")

    @pytest.mark.parametrize("name", ["my-instance", "a", "A--9"])
    def test_patterns_that_match(self, accepted, name):
        assert accepted(*MINT, NotebookInstanceName=name)

    @pytest.mark.parametrize("name", ["-a", "a-", "a_b", "a b", "a\n", "é", "a/../b"])
    def test_patterns_hold_for_the_whole_value(self, refused, name):
        error = refused(*MINT, NotebookInstanceName=name)
        assert error.fields["pattern"] in str(error)
        assert repr(name) in str(error)

    def test_choices(self, refused):
        error = refused("sagemaker", "ListNotebookInstances", StatusEquals="Asleep")
        assert "InService" in str(error)

    def test_lists_and_structures_say_where(self, refused):
        error = refused("emr", "ListClusters", ClusterStates=["RUNNING", "ASLEEP"])
        assert error.fields["name"] == "ClusterStates[1]"
        error = refused(
            "sagemaker",
            "CreateNotebookInstance",
            NotebookInstanceName="a",
            InstanceType="ml.t3.medium",
            RoleArn="arn:aws:iam::123456789012:role/service-role",
            Tags=[{"Key": "owner"}],
        )
        assert error.fields["name"] == "Tags[0].Value"

    def test_times(self, refused, accepted):
        assert accepted(
            "emr", "ListClusters", CreatedAfter=datetime(2030, 1, 1, tzinfo=timezone.utc)
        )
        assert "a time" in str(refused("emr", "ListClusters", CreatedAfter="2030-01-01"))

    def test_maps(self, refused):
        error = refused(
            "mwaa", "UpdateEnvironment", Name="nightly", AirflowConfigurationOptions={"a": 1}
        )
        assert error.fields["name"] == "AirflowConfigurationOptions.a"

    def test_secret_values_are_not_shown(self, refused):
        # A map that the model calls sensitive: its members are shown by name only.
        error = refused(
            "mwaa", "UpdateEnvironment", Name="nightly", AirflowConfigurationOptions=["canary"]
        )
        assert "canary" not in str(error)

    def test_an_operation_that_there_is_not(self, refused):
        assert "pip install -U boto3" in refused("sagemaker", "CreatePresignedFoo").hint


def texts(shape, _):
    low, high = int(shape.metadata.get("min", 0)), int(shape.metadata.get("max", 40))
    right = st.text(st.sampled_from("ab9-_/:. é"), min_size=low, max_size=max(low, min(high, 80)))
    if choices := shape.metadata.get("enum"):
        right = right | st.sampled_from(choices)
    if (pattern := compiled(shape.metadata.get("pattern", ""))) is not None:
        right = right | st.from_regex(pattern, fullmatch=True)
    return right


def numbers(shape, _):
    low = int(shape.metadata.get("min", 0))
    return st.integers(low - 2, int(shape.metadata.get("max", low + 9)) + 2)


def maps(shape, depth):
    keys = values(shape.key, depth + 1).filter(lambda key: isinstance(key, str))
    return st.dictionaries(keys, values(shape.value, depth + 1), max_size=2)


def structures(shape, depth=0):
    members = {name: values(each, depth + 1) for name, each in shape.members.items()}
    required = {name: members[name] for name in shape.required_members}
    optional = {name: each for name, each in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


DRAWN = {
    "string": texts,
    "integer": numbers,
    "long": numbers,
    "float": lambda *_: st.floats(allow_nan=False),
    "double": lambda *_: st.floats(allow_nan=False),
    "boolean": lambda *_: st.booleans(),
    "timestamp": lambda *_: st.datetimes(),
    "list": lambda shape, depth: st.lists(values(shape.member, depth + 1), max_size=3),
    "map": maps,
    "structure": structures,
}
WRONG = [None, "", 0, True, 1.5, [], {}, b"x", ["a"], {"a": 1}]


def values(shape, depth=0):
    """Draw values for a shape: right ones, nearly right ones, and a few wrong ones."""
    right = DRAWN[shape.type_name](shape, depth) if depth < 5 else st.none()
    return st.integers(0, 19).flatmap(lambda n: st.sampled_from(WRONG) if n == 0 else right)


@pytest.mark.parametrize(("service", "operation"), CASES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_accepted_botocore_accepts_too(models, service, operation, data):
    shape = models[service].operation_model(operation).input_shape
    parameters = data.draw(structures(shape))
    try:
        check(models[service], Call(service, operation, Place()), parameters)
    except InputError:
        return
    assert not ParamValidator().validate(parameters, shape).has_errors()


@pytest.mark.parametrize(("service", "operation"), CASES)
def test_patterns_of_what_is_called_can_be_checked(models, service, operation):
    shape = models[service].operation_model(operation).input_shape
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        patterns = {
            name: member.metadata["pattern"]
            for name, member in shape.members.items()
            if member.type_name == "string" and "pattern" in member.metadata
        }
        unreadable = [name for name, pattern in patterns.items() if compiled(pattern) is None]
    # EMR's XmlString: a range of surrogates that Python takes for a mistake.
    assert unreadable in ([], ["Marker"]) or service == "emr"


@pytest.mark.parametrize("pattern", [r"\p{L}+", r"[\w&&[^_]]+", r"(?<name>a)", "[["])
def test_patterns_that_python_cannot_read_are_left_to_aws(pattern):
    assert compiled(pattern) is None


def test_every_pattern_of_every_service_compiles_or_is_left_out():
    session = botocore.session.Session()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for service in (*OPERATIONS, "sts", "iam"):
            model = session.get_service_model(service)
            for name in model.shape_names:
                compiled.__wrapped__(model.shape_for(name).metadata.get("pattern", ""))
