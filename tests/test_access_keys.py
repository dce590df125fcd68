from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, replace

import pytest
from support.clock import FakeClock
from support.values import a_link, a_redemption

from nb_presign.access_keys import DEFAULT_POLICY, MAX_POLICY, PURPOSE, AccessKeys
from nb_presign.errors import BadPolicyError, InputError, NotFoundError, StoreError
from nb_presign.model import ACCESS_KEY, Actor, Scope, is_access_key_id
from nb_presign.offload import Offload
from nb_presign.policy.actions import KNOWN, OPERATIONS
from nb_presign.policy.document import Request
from nb_presign.policy.reading import read_text
from nb_presign.secret import Secret
from nb_presign.signing import rotation
from nb_presign.signing.keyfile import Key
from nb_presign.signing.keys import KeyRing
from nb_presign.signing.sealing import Sealer, sealing_key
from nb_presign.store.sql import SqlStore

ALICE = Actor("alice", "local")


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys.json"


@pytest.fixture
def keys(tmp_path, path, clock):
    offload = Offload(1)
    store = SqlStore(f"sqlite:///{tmp_path / 'store.sqlite'}", clock)
    yield AccessKeys(store=store, sealer=Sealer(KeyRing(path)), offload=offload, clock=clock)
    store.close()
    offload.close()


def create(keys, *policy, **facts):
    return asyncio.run(keys.create(*policy, actor=ALICE, **facts))


def find(keys, key):
    return asyncio.run(keys.find(key.id))


def policy(**statement):
    allow = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow, **statement}]})


class Meanwhile:
    """A store in which something happens at the first look at an access key, or after one more."""

    def __init__(self, store, happens, on):
        self._store, self._happens, self._on = store, happens, on

    def __getattr__(self, name):
        method = getattr(self._store, name)
        if name != self._on or self._happens is None:
            return method
        happens, self._happens = self._happens, None

        def call(*args, **kwargs):
            answer = method(*args, **kwargs)
            happens()
            return answer

        return call


@dataclass(frozen=True, slots=True)
class KeptKeys:
    """The signing keys as they once were."""

    keys: tuple[Key, ...]

    def all(self):
        return self.keys


class TestCreating:
    def test_a_new_key_is_found_with_its_secret(self, keys, clock):
        key, secret = create(keys, policy(), scope=Scope.EXECUTE, note="for CI")
        assert is_access_key_id(key.id)
        assert len(secret.reveal()) == 40
        assert (key.scope, key.note, key.created_at) == (Scope.EXECUTE, "for CI", clock.now())
        assert find(keys, key) == (key, secret)
        assert asyncio.run(keys.all()) == (key,)

    def test_keys_differ(self, keys):
        made = [create(keys) for _ in range(3)]
        assert len({key.id for key, _ in made}) == 3
        assert len({secret.reveal() for _, secret in made}) == 3

    def test_the_secret_is_nowhere_on_the_disk(self, keys, tmp_path):
        _, secret = create(keys)
        for file in tmp_path.iterdir():
            assert secret.reveal().encode() not in file.read_bytes()

    def test_a_policy_is_kept_without_blanks(self, keys):
        text = json.dumps(json.loads(policy()), indent=8)
        assert create(keys, text)[0].policy == text.replace(" ", "").replace("\n", "")

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            (
                {"Action": "sagemaker:CreatePresignedNotebookInstancesUrl"},
                "Did you mean 'sagemaker:CreatePresignedNotebookInstanceUrl'?",
            ),
            ({"Action": ["athena:*", "sagemaker:DescribeEndpoint*"]}, "no action"),
            ({"Effect": "Deny", "Action": "s3:*"}, "There are: sagemaker:"),
            ({"Action": "nb-presign:Conect"}, "Did you mean 'nb-presign:Connect'?"),
            ({"Resource": "my-instance"}, "neither '*' nor an ARN"),
            ({"Condition": {"IpAddres": {"aws:SourceIp": "10.0.0.1"}}}, "'IpAddress'"),
            ({"Resource": [f"arn:aws:sagemaker:*:*:x/{'y' * 100}{n}" for n in range(60)]}, "6144"),
        ],
    )
    def test_a_policy_that_cannot_be_used_is_refused(self, keys, statement, said):
        with pytest.raises(BadPolicyError) as error:
            create(keys, policy(**statement))
        assert said in str(error.value)
        assert asyncio.run(keys.all()) == ()

    @pytest.mark.parametrize(
        "action",
        ["*", "SAGEMAKER:createpresignednotebookinstanceurl", "athena:Get*", "nb-presign:Connect"],
    )
    def test_actions_are_patterns_that_do_not_mind_case(self, keys, action):
        assert create(keys, policy(Action=action))

    def test_of_not_action_too_each_is_known(self, keys):
        statement = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}
        with pytest.raises(BadPolicyError, match="statement 1, NotAction"):
            create(keys, json.dumps({"Statement": statement}))

    def test_a_policy_may_be_exactly_so_long(self, keys):
        fill = MAX_POLICY - len(policy(Sid="").replace(" ", ""))
        long = [f"arn:aws:sagemaker:::{'x' * 900}" for _ in range(fill // 1000)]
        text = policy(Resource=["*", *long]).replace(" ", "")
        rest = MAX_POLICY - len(text)
        text = text.replace('"*",', f'"arn:aws:sagemaker:::{"x" * (rest - 19)}",')
        assert len(text) == MAX_POLICY
        assert create(keys, text)[0].policy == text
        with pytest.raises(BadPolicyError):
            create(keys, text.replace("xx", "xxx", 1))

    def test_a_note_is_one_line(self, keys):
        with pytest.raises(InputError):
            create(keys, note="a\nb")

    def test_the_default_policy_allows_the_protocol_and_nothing_else(self, keys):
        document = read_text(create(keys)[0].policy)
        assert document == read_text(DEFAULT_POLICY)
        asked = {
            action: document.decide(Request((action,), ("arn:a:b:c:d:e",), {})).allowed
            for action in (*KNOWN, "sagemaker:DeleteNotebookInstance")
        }
        assert {action for action, allowed in asked.items() if allowed} == set(OPERATIONS)


class TestFinding:
    @pytest.mark.parametrize("key_id", ["", "NBPK", "AKIAIOSFODNN7EXAMPLE", "NBPKaaaaaaaaaaaaaaaa"])
    def test_what_is_no_id_is_looked_up_nowhere(self, keys, key_id):
        closed = replace(keys, store=None)
        assert asyncio.run(closed.find(key_id)) is None

    def test_an_unknown_id(self, keys):
        assert asyncio.run(keys.find("NBPK" + "A" * 16)) is None

    def test_a_revoked_key_is_not_found(self, keys):
        key, _ = create(keys)
        asyncio.run(keys.revoke(key.id, ALICE))
        assert find(keys, key) is None

    def test_a_key_whose_signing_key_is_gone_is_none_and_told_of(self, keys, path, caplog):
        key, _ = create(keys)
        path.unlink()
        gone = replace(keys, sealer=Sealer(KeyRing(path)))
        with caplog.at_level(logging.WARNING, "nb_presign.access_keys"):
            assert find(gone, key) is None
        (record,) = caplog.records
        assert key.id in record.getMessage()
        assert "aws-keys create" in record.getMessage()

    def test_a_secret_of_another_key_is_not_taken_for_its_own(self, keys):
        key, other = (create(keys)[0] for _ in range(2))
        mine, stolen = (keys.store.access_key(one.id)[1] for one in (key, other))
        assert keys.store.reseal_access_key(key.id, stolen, was=mine)
        assert find(keys, key) is None

    def test_a_store_that_cannot_be_read_is_told_apart(self, keys, tmp_path):
        key, _ = create(keys)
        keys.store.close()
        for file in tmp_path.glob("store.sqlite*"):
            file.unlink()
        with pytest.raises(StoreError):
            find(keys, key)


class TestRevoking:
    def test_what_it_has_minted_ends_with_it(self, keys, clock):
        key, _ = create(keys)
        by = Actor(key.id, ACCESS_KEY)
        link = keys.store.add_link(a_link(clock.now(), minted_by=str(by)), by)
        session = keys.store.redeem(a_redemption(link, clock.now()))
        over = asyncio.run(keys.revoke(key.id, ALICE))
        assert (over.key.live, over.sessions) == (False, (session,))
        assert [one.id for one in over.links] == [link.id]
        assert keys.store.session(session.id).ended_at == clock.now()
        assert asyncio.run(keys.revoke(key.id, ALICE)).links == ()

    def test_an_unknown_id(self, keys):
        with pytest.raises(NotFoundError, match="aws-keys list"):
            asyncio.run(keys.revoke("NBPK" + "A" * 16, ALICE))


class TestRotation:
    def retire_all(self, keys, path):
        """Retire all but the newest, as `jupyter presign keys retire` does."""
        kept = rotation.keys_of(path)
        ids = frozenset(key.id for key in kept[:-1])
        sealer = Sealer(KeptKeys(kept))
        told = keys.reseal(sealer, ids)
        rotation.retire(path, sorted(ids))
        return told + keys.reseal(sealer, ids)

    def test_access_keys_outlive_signing_keys(self, keys, path, clock):
        made = [create(keys)]
        for _ in range(3):
            rotation.rotate(path, clock.now())
            made.append(create(keys))
            assert self.retire_all(keys, path) == len(made) - 1
            assert [find(keys, key) for key, _ in made] == made
        (newest,) = rotation.keys_of(path)
        sealed = [keys.store.access_key(key.id)[1] for key, _ in made]
        assert {sealing_key(one) for one in sealed} == {newest.id}
        assert self.retire_all(keys, path) == 0

    def test_revoked_and_broken_ones_are_passed_over(self, keys, path, clock):
        revoked, broken, good = (create(keys) for _ in range(3))
        asyncio.run(keys.revoke(revoked[0].id, ALICE))
        was = keys.store.access_key(broken[0].id)[1]
        other = keys.sealer.seal(PURPOSE, "another", Secret("x"))
        keys.store.reseal_access_key(broken[0].id, other, was=was)
        rotation.rotate(path, clock.now())
        assert self.retire_all(keys, path) == 1
        assert find(keys, good[0]) == good
        assert find(keys, broken[0]) is None

    def test_a_retirement_amid_a_look_is_not_noticed(self, keys, path, clock):
        key, secret = create(keys)
        rotation.rotate(path, clock.now())
        store = Meanwhile(keys.store, lambda: self.retire_all(keys, path), "access_key")
        assert find(replace(keys, store=store), key) == (key, secret)

    def test_a_retirement_amid_a_creation_loses_nothing(self, keys, path, clock):
        """Whoever retires has looked at the store already, and comes back when the key is out."""
        create(keys)

        def rotate_and_retire():
            before = rotation.rotate(path, clock.now())[:-1]
            rotation.retire(path, [key.id for key in before])

        store = Meanwhile(keys.store, rotate_and_retire, "add_access_key")
        key, secret = create(replace(keys, store=store))
        assert find(keys, key) == (key, secret)
