"""The use cases of access keys: make, list, revoke, and find one to check a signature by.

An access key is not the owner: it does what its policy document allows, and what it has minted is
held to that document as long as it lasts.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass

from nb_presign.clock import Clock
from nb_presign.errors import BadPolicyError, NotFoundError, SealError
from nb_presign.model import (
    AccessKey,
    Actor,
    Scope,
    is_access_key_id,
    new_access_key_id,
    new_secret_access_key,
)
from nb_presign.offload import Offload
from nb_presign.policy.actions import OPERATIONS, check_actions
from nb_presign.policy.reading import VERSIONS, read_text
from nb_presign.secret import Secret
from nb_presign.signing.sealing import Sealer, sealing_key
from nb_presign.store.base import RevokedKey, Store

PURPOSE = "access-key"
#: Characters without needless blanks, as of IAM's managed policies (IAM User Guide, "IAM and STS
#: quotas"): each link that is minted has a copy, and takes it to the server that redeems it.
MAX_POLICY = 6_144
#: Each operation of AWS's wire protocol, on whatever there is, and nothing else.
DEFAULT_POLICY = json.dumps(
    {
        "Version": VERSIONS[0],
        "Statement": [{"Effect": "Allow", "Action": list(OPERATIONS), "Resource": "*"}],
    }
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeys:
    """Keeps access keys in a store, with their secrets encrypted.

    All methods raise `StoreError`, and those that need a secret `KeyRingError`.
    """

    store: Store
    sealer: Sealer
    offload: Offload
    clock: Clock

    async def create(
        self,
        policy: str = DEFAULT_POLICY,
        *,
        scope: Scope = Scope.READ,
        note: str = "",
        actor: Actor,
    ) -> tuple[AccessKey, Secret]:
        """Make a key with a policy document, given as JSON; its secret is told here and only here.

        Raises `BadPolicyError` for a document that cannot be used, `InputError` for a note.
        """
        key = AccessKey(
            id=new_access_key_id(),
            created_at=self.clock.now(),
            scope=scope,
            policy=checked_policy(policy),
            note=note,
        )
        secret = new_secret_access_key()
        await self.offload(self._keep, key, secret, actor)
        return key, secret

    async def all(self) -> tuple[AccessKey, ...]:
        """List all keys, newest first, those that were revoked included."""
        return await self.offload(self.store.access_keys)

    async def revoke(self, key_id: str, actor: Actor) -> RevokedKey:
        """End a key, the links that it has minted, and their sessions on servers of this store.

        Raises `NotFoundError`. To revoke twice is as good as once.
        """
        revoked = await self.offload(
            self.store.revoke_access_key, key_id, now=self.clock.now(), actor=actor
        )
        if revoked is None:
            raise NotFoundError(
                f"There is no access key {key_id[:60]!r}.", hint="See 'presign aws-keys list'."
            )
        return revoked

    async def find(self, key_id: str) -> tuple[AccessKey, Secret] | None:
        """Find a key and its secret; None where there is no such key, or none that is good."""
        if not is_access_key_id(key_id):
            return None
        return await self.offload(self._find, key_id)

    def reseal(self, sealer: Sealer, ids: frozenset[str]) -> int:
        """Encrypt anew what was encrypted with some signing keys; blocks.

        `sealer` still has these keys, and one to take their place. Returns how many secrets it was;
        one that cannot be opened is passed over.
        """
        return sum(self._reseal(sealer, key.id, ids) for key in self.store.access_keys())

    def _keep(self, key: AccessKey, secret: Secret, actor: Actor) -> None:
        sealed = self.sealer.seal(PURPOSE, key.id, secret)
        self.store.add_access_key(key, sealed, actor)
        try:
            self.sealer.open(PURPOSE, key.id, sealed)
        except SealError:
            # The signing key was retired in between, and whoever did that saw no secret to save.
            again = self.sealer.seal(PURPOSE, key.id, secret)
            self.store.reseal_access_key(key.id, again, was=sealed)

    def _find(self, key_id: str) -> tuple[AccessKey, Secret] | None:
        # Again: a signing key may have been retired between the look at the store and the keys.
        with suppress(SealError):
            return self._open(key_id)
        try:
            return self._open(key_id)
        except SealError as error:
            _log.warning(
                "%s Make another access key: jupyter presign aws-keys create", error.message
            )
            return None

    def _open(self, key_id: str) -> tuple[AccessKey, Secret] | None:
        kept = self.store.access_key(key_id)
        if kept is None or not kept[0].live:
            return None
        return kept[0], self.sealer.open(PURPOSE, key_id, kept[1])

    def _reseal(self, sealer: Sealer, key_id: str, ids: frozenset[str]) -> bool:
        kept = self.store.access_key(key_id)
        if kept is None or sealing_key(kept[1]) not in ids:
            return False
        try:
            secret = sealer.open(PURPOSE, key_id, kept[1])
        except SealError as error:
            _log.warning("%s", error.message)
            return False
        anew = sealer.seal(PURPOSE, key_id, secret)
        return self.store.reseal_access_key(key_id, anew, was=kept[1])


def checked_policy(text: str) -> str:
    """Check a policy document, and write it without needless blanks; raises `BadPolicyError`."""
    check_actions(read_text(text))
    short = json.dumps(json.loads(text), separators=(",", ":"))
    if len(short) > MAX_POLICY:
        raise BadPolicyError(
            f"The policy has {len(short)} characters, and {MAX_POLICY} is the most of a key's.",
            hint="Write names with wildcards, or give each task a key of its own.",
        )
    return short
