from __future__ import annotations

import logging
import os
import threading

import pytest
from support.clock import FakeClock

from nb_presign.aws.place import Place
from nb_presign.aws.signer.sessions import Sessions
from nb_presign.errors import ConflictError, NoRegionError

HERE = Place()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sessions(aws, clock):  # noqa: ARG001  # its environment
    sessions = Sessions(clock)
    yield sessions
    sessions.close()


def test_a_client_for_each_profile_region_and_service(aws, sessions):
    aws.add_profile("other", aws.add_key("eve"))
    places = [HERE, Place("other"), Place("", "eu-west-1"), Place("other", "eu-west-1")]
    clients = [
        sessions.client(place, service) for place in places for service in ("sagemaker", "athena")
    ]
    assert len(set(map(id, clients))) == 8
    assert [client.meta.region_name for client in clients[::2]] == [
        "us-west-2",
        "us-west-2",
        "eu-west-1",
        "eu-west-1",
    ]


def test_it_is_made_once_whoever_asks_for_it(sessions):
    inside, found = threading.Barrier(8), []

    def ask():
        inside.wait(10)
        found.append(sessions.client(HERE, "sagemaker"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_only_what_there_is_can_be_had_without_waiting(sessions):
    assert sessions.ready(HERE) is None
    client = sessions.client(HERE, "sagemaker")
    assert sessions.ready(HERE).clients == {"sagemaker": client}
    sessions.forget(HERE)
    assert sessions.ready(HERE) is None


def test_files_are_looked_at_once_a_second(aws, sessions, clock):
    client = sessions.client(HERE, "sagemaker")
    aws.files.add("other", {"region": "eu-west-1"}, {})
    clock.tick(0.9)
    assert sessions.ready(HERE).clients == {"sagemaker": client}
    clock.tick(0.2)
    assert sessions.ready(HERE) is None
    assert sessions.client(HERE, "sagemaker") is not client


def test_without_a_region_there_is_no_client(aws, sessions, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(NoRegionError):
        sessions.client(HERE, "sagemaker")
    aws.files.add("a b", {}, aws.key.variables)
    with pytest.raises(NoRegionError, match="--profile 'a b'"):
        sessions.client(Place("a b"), "sagemaker")


class Meddling(Sessions):
    """Sessions of a process that sets other variables while a client is made, and back."""

    def __init__(self, clock, variables, *, times=1, back=True):
        super().__init__(clock)
        self.variables, self.times, self.back = variables, times, back

    def _new_client(self, kept, service):
        if not self.times:
            return super()._new_client(kept, service)
        self.times -= 1
        before = {name: os.environ.get(name) for name in self.variables}
        set_variables(self.variables)
        try:
            return super()._new_client(kept, service)
        finally:
            if self.back:
                set_variables(before)


def set_variables(variables):
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


class TestChangesAmidTheMaking:
    @pytest.fixture(autouse=True)
    def _restored(self, monkeypatch):
        for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, os.environ.get(name, ""))
            if not os.environ[name]:
                monkeypatch.delenv(name)

    @pytest.mark.parametrize("back", [True, False])
    def test_a_client_has_the_keys_of_its_stamp(self, aws, clock, back):
        sessions = Meddling(clock, aws.add_key("bob").variables, back=back)
        client = sessions.client(HERE, "sts")
        expected = os.environ["AWS_ACCESS_KEY_ID"]
        client.get_caller_identity()
        assert aws.calls[-1].access_key == expected
        assert sessions.ready(HERE).clients == {"sts": client}
        sessions.close()

    def test_so_has_one_of_a_profile_that_was_chosen_meanwhile(self, aws, clock):
        aws.add_profile("bob", aws.add_key("bob"))
        keys = dict.fromkeys(aws.key.variables)
        sessions = Meddling(clock, {**keys, "AWS_PROFILE": "bob"})
        sessions.client(HERE, "sts").get_caller_identity()
        assert aws.calls[-1].access_key == aws.key.id
        sessions.close()

    def test_where_it_never_ends_nothing_is_kept(self, aws, clock):
        sessions = Meddling(clock, aws.add_key("bob").variables, times=100)
        with pytest.raises(ConflictError, match="changes while it is read"):
            sessions.client(HERE, "sts")
        assert sessions.ready(HERE) is None
        sessions.close()


class TestConfiguration:
    def test_of_our_own(self, sessions, monkeypatch):
        monkeypatch.delenv("AWS_RETRY_MODE")
        monkeypatch.delenv("AWS_MAX_ATTEMPTS")
        config = sessions.client(HERE, "sagemaker").meta.config
        assert config.retries["mode"] == "standard"
        assert (config.connect_timeout, config.read_timeout) == (5, 20)
        assert config.max_pool_connections == 16

    def test_of_the_users_variables(self, sessions, monkeypatch):
        monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "7")
        config = sessions.client(HERE, "sagemaker").meta.config
        assert config.retries == {"mode": "adaptive", "total_max_attempts": 7}

    def test_of_the_users_profile(self, aws, sessions, monkeypatch):
        monkeypatch.delenv("AWS_RETRY_MODE")
        aws.files.add("calm", {"region": "us-west-2", "retry_mode": "adaptive"}, {})
        config = sessions.client(Place("calm"), "sagemaker").meta.config
        assert config.retries["mode"] == "adaptive"

    def test_hosts_have_their_prefix_unless_they_are_addresses(self, sessions, monkeypatch):
        monkeypatch.delenv("AWS_DISABLE_HOST_PREFIX_INJECTION")
        for url, prefixed in (
            ("http://127.0.0.1:8000", False),
            ("http://localhost:8000", False),
            ("http://[::1]:8000", False),
            ("https://mwaa.example", True),
        ):
            monkeypatch.setenv("AWS_ENDPOINT_URL", url)
            client = sessions.client(HERE, "mwaa")
            assert client.meta.config.inject_host_prefix is prefixed


class TestMethods:
    def test_are_known_once_credentials_are(self, aws, sessions):
        assert sessions.method(HERE) == ""
        sessions.client(HERE, "sagemaker")
        assert sessions.method(HERE) == "env"
        aws.add_profile("other", aws.add_key("eve"))
        sessions.client(Place("other"), "sagemaker")
        assert sessions.method(Place("other")) == "shared-credentials-file"


def test_what_boto_logs_of_calls_holds_no_secret(aws, sessions, caplog):
    """The records that are kept quiet are those of our threads; see `nb_presign.reticence`."""
    caplog.set_level(logging.DEBUG)

    def mint():
        client = sessions.client(HERE, "sagemaker")
        client.create_presigned_notebook_instance_url(NotebookInstanceName="my-instance")

    thread = threading.Thread(target=mint, name="nb_presign_0")
    thread.start()
    thread.join(30)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) > 20
    assert not [text for text in told for secret in aws.secrets() if secret in text]
