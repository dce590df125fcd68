"""The table is what botocore's models are: an update that changes them is noticed here."""

from __future__ import annotations

import inspect

import botocore.session
import pytest

from nb_presign.providers.aws import athena, studio
from nb_presign.providers.aws.operation import CHOSEN, SESSION
from nb_presign.providers.aws.operations import NAMES, operation

LEVELS = {
    "athena": (athena._NOTEBOOKS, athena._OF_NOTEBOOK),
    "studio": (studio._SPACES, studio._APPS),
}


@pytest.fixture(scope="module")
def model():
    session = botocore.session.get_session()
    kept = {}

    def find(service, name):
        if service not in kept:
            kept[service] = session.get_service_model(service)
        return kept[service].operation_model(name)

    return find


@pytest.fixture(params=NAMES)
def row(request):
    return operation(request.param)


def shape_at(shape, members):
    """Follow members with dots between."""
    for member in members.split("."):
        shape = shape.members[member]
    return shape


def given(row):
    """List the parameters that a row can send."""
    parts = [part.parameter for part in row.parts]
    chosen = [choice.parameter for choice in row.choices]
    times = [name for name in (row.expires_in, row.session_seconds) if name]
    return [*parts, *chosen, *times, *dict(row.fixed)]


def test_rows_are_called_what_the_table_calls_them():
    assert [operation(name).provider for name in NAMES] == list(NAMES)


class TestPresigning:
    def test_its_parameters_are_there_and_none_that_is_required_is_left_out(self, row, model):
        shape = model(row.service, row.operation).input_shape
        assert set(given(row)) <= set(shape.members)
        sent = {part.parameter for part in row.parts if not part.optional or part.default}
        sent |= {choice.parameter for choice in row.choices if choice.default}
        assert set(shape.required_members) <= sent | set(dict(row.fixed))

    def test_its_ranges_are_the_models(self, row, model):
        members = model(row.service, row.operation).input_shape.members
        for name, range_ in ((row.expires_in, CHOSEN), (row.session_seconds, SESSION)):
            if name:
                facts = members[name].metadata
                assert (facts["min"], facts["max"]) == (range_.low, range_.high)
        assert bool(row.expires_in) == (row.lifetime == CHOSEN)

    def test_whatever_the_model_lets_one_choose_of_times_can_be_chosen(self, row, model):
        members = set(model(row.service, row.operation).input_shape.members)
        assert ("ExpiresInSeconds" in members) == bool(row.expires_in)
        assert ("SessionExpirationDurationInSeconds" in members) == bool(row.session_seconds)

    def test_what_options_and_parts_can_be_is_in_the_model(self, row, model):
        members = model(row.service, row.operation).input_shape.members
        for choice in row.choices:
            if choice.words:
                assert set(choice.words.values()) == set(members[choice.parameter].enum)
        for part in row.parts:
            if part.default:
                assert part.default in members[part.parameter].enum

    def test_its_answer_is_where_the_model_says(self, row, model):
        shape = model(row.service, row.operation).output_shape
        answer = row.answer
        texts = (answer.url, answer.host, answer.token, answer.auth_token)
        for name in texts:
            assert not name or shape.members[name].type_name == "string"
        assert not answer.ready or shape.members[answer.ready].type_name == "boolean"
        assert not answer.auth_token_ends or (
            shape.members[answer.auth_token_ends].type_name == "long"
        )
        assert bool(answer.url) != bool(answer.template)

    def test_a_landing_page_has_a_parameter(self, model):
        shape = model("sagemaker", "CreatePresignedDomainUrl").input_shape
        assert shape.members["LandingUri"].metadata["max"] == 1023


class TestLooking:
    def test_what_is_described_is_named_by_its_parameters(self, row, model):
        for look in row.looks:
            shape = model(row.service, look.operation).input_shape
            assert set(shape.required_members) <= {name for name, _ in look.parameters}
            parts = {part.parameter for part in row.parts}
            assert {part for _, part in look.parameters} <= parts

    def test_its_members_are_there(self, row, model):
        for look in row.looks:
            shape = model(row.service, look.operation).output_shape
            for members in (look.state, look.host, look.instance_type, look.reason, look.must[0]):
                assert not members or shape_at(shape, members).type_name == "string"

    def test_every_state_of_the_model_is_known_or_tried(self, row, model):
        """States that AWS adds are noticed: those left out of a row are named here."""
        tried = {
            "mlflow": {
                "UpdateFailed",
                "DeleteFailed",
                "StopFailed",
                "Updating",
                "MaintenanceInProgress",
                "MaintenanceFailed",
            },
            "mlflow-app": {"Updating", "UpdateFailed", "DeleteFailed"},
            "partner-app": {"Updating", "UpdateFailed"},
            "airflow": {"UPDATING", "ROLLING_BACK", "CREATING_SNAPSHOT", "MAINTENANCE"},
            "flink": {"UPDATING", "AUTOSCALING", "ROLLING_BACK", "MAINTENANCE", "ROLLED_BACK"},
        }
        for look in row.looks:
            states = shape_at(model(row.service, look.operation).output_shape, look.state)
            enum = set(getattr(states, "enum", ()))
            assert enum - set(look.states) == (tried.get(row.provider, set()) if enum else set())
            assert set(look.states) <= enum
            assert look.startable <= set(look.states)

    def test_what_starts_it_takes_the_same_name(self, row, model):
        if row.start:
            shape = model(row.service, row.start).input_shape
            names = {name for name, _ in row.looks[0].parameters}
            assert set(shape.required_members) == names


class TestListing:
    def test_levels_are_lists_with_names_and_pages(self, row, model):
        for level in (*row.listing.levels, *LEVELS.get(row.provider, ())):
            operation_model = model(row.service, level.operation)
            sent = {*dict(level.parameters), level.cursor, *filter(None, [level.within])}
            assert sent <= set(operation_model.input_shape.members)
            assert set(operation_model.input_shape.required_members) <= sent
            assert level.cursor in operation_model.output_shape.members
            items = operation_model.output_shape.members[level.items]
            assert items.type_name == "list"
            if level.name:
                assert items.member.members[level.name].type_name == "string"
            else:
                assert items.member.type_name == "string"

    def test_pages_are_as_long_as_they_may_be(self, row, model):
        for level in (*row.listing.levels, *LEVELS.get(row.provider, ())):
            shape = model(row.service, level.operation).input_shape
            for name, value in level.parameters:
                if isinstance(value, int):
                    assert shape.members[name].metadata["max"] == value

    def test_what_is_told_of_an_item_is_there(self, row, model):
        if row.listing.levels:
            level = row.listing.levels[-1]
            items = model(row.service, level.operation).output_shape.members[level.items]
            listing = row.listing
            for members in (listing.title, listing.state, listing.instance_type, listing.detail):
                assert not members or shape_at(items.member, members).type_name == "string"

    def test_a_row_without_a_list_says_why(self, row):
        assert bool(row.listing.levels) != bool(row.listing.missing)


class TestPermissions:
    def test_actions_are_the_operations(self, row):
        prefix = {
            "emr": "elasticmapreduce",
            "mwaa": "airflow",
            "kinesisanalyticsv2": "kinesisanalytics",
        }.get(row.service, row.service)
        assert row.permission.opens.actions == (f"{prefix}:{row.operation}",)
        looks = {f"{prefix}:{look.operation}" for look in row.looks}
        assert {a for grant in row.permission.looks for a in grant.actions} == looks

    def test_the_models_say_so_where_policies_are_asked_again(self, row, model):
        told = model(row.service, row.operation).documentation
        assert row.permission.asked_again == ("also enforced for every HTTP request" in told)

    def test_a_lifetime_is_documented_or_marked(self, row, model):
        told = inspect.cleandoc(model(row.service, row.operation).documentation)
        undocumented = {"emr", "emr-history"}
        assert row.lifetime_documented == (row.provider not in undocumented)
        if row.provider == "sagemaker":
            assert "valid only for 5 minutes" in told
        if row.provider == "emr-serverless":
            assert "valid for one hour" in told
        if row.provider == "flink":
            assert "within 3 minutes" in told

    def test_what_opens_once_is_said_to(self, row, model):
        members = model(row.service, row.operation).input_shape.members
        told = row.expires_in and members[row.expires_in].documentation
        assert row.single_use == ("used only once" in (told or ""))
