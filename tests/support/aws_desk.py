"""Somebody with an access key, and the desk that answers AWS's wire protocol; no server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

from nb_presign.aws_api.desk import Desk
from nb_presign.aws_api.incoming import Incoming
from nb_presign.model import (
    AccessKey,
    MintRequest,
    Permission,
    Scope,
    Target,
    new_access_key_id,
    new_secret_access_key,
)
from nb_presign.policy import Visit
from nb_presign.store.memory import MemoryStore
from support.clock import FakeClock
from support.sigv4 import Request, Signer

MINT, LIST, START = (
    "CreatePresignedNotebookInstanceUrl",
    "ListNotebookInstances",
    "StartNotebookInstance",
)
TARGETS = {"sagemaker": "SageMaker", "athena": "AmazonAthena"}
HERE = Visit("203.0.113.7", secure=True)
ANYTHING = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
JSON = "application/x-amz-json-1.1"


async def mint(call):
    call.authorize(f"sagemaker:{MINT}", ("*",))
    link = await call.api.mint(
        MintRequest(
            target=Target("fake", "one"),
            scope=call.key.scope,
            permission=Permission(call.key.policy, f"sagemaker:{MINT}"),
        )
    )
    return {"AuthorizedUrl": link.url.reveal()}


class Keys:
    """Knows keys, and counts who asks."""

    def __init__(self):
        self.known = {}
        self.asked = []

    async def find(self, key_id):
        self.asked.append(key_id)
        return self.known.get(key_id)


@dataclass
class World:
    """Somebody with a key, and the desk they ask."""

    desk: Desk
    clock: FakeClock
    keys: Keys
    store: MemoryStore
    #: What operations are done by, by name; tests put others in their place.
    doing: dict = field(default_factory=dict)
    visit: Visit = HERE
    later: list = field(default_factory=list)
    #: Events of the audit.
    told: list = field(default_factory=list)

    def key(self, *, policy=ANYTHING, scope=Scope.READ):
        """Make a key, and who signs with it."""
        key = AccessKey(
            id=new_access_key_id(), created_at=self.clock.now(), scope=scope, policy=policy
        )
        secret = new_secret_access_key()
        self.keys.known[key.id] = key, secret
        return Signer(key.id, secret.reveal())

    def request(self, operation=MINT, given=None, *, service="sagemaker", **changed):
        """Write a request as SDKs do."""
        headers = {"content-type": JSON, "x-amz-target": f"{TARGETS[service]}.{operation}"}
        given = {"NotebookInstanceName": "one"} if given is None else given
        return replace(Request(headers=headers, body=json.dumps(given).encode()), **changed)

    def ask(self, signer, request=None, *, at=None, signed=None):
        """Sign a request, and send it."""
        request = request or self.request()
        headers = signer.headers(request, at or self.clock.now(), signed=signed)
        return self.send(request, headers)

    def send(self, request, headers):
        """Send a request as it is; headers may be pairs."""
        incoming = self.incoming(request, headers)
        return Said(asyncio.run(self.desk.answer(incoming, self.visit)))

    def incoming(self, request, headers):
        """Tell what the desk sees of a request."""
        pairs = headers.items() if isinstance(headers, dict) else headers
        return Incoming(request.method, request.path, request.query, tuple(pairs), request.body)

    @property
    def links(self):
        """List what was minted."""
        return self.store.links(since=self.clock.now() - timedelta(days=1))

    @property
    def effects(self):
        """Tell what has become of all requests: links and rows of audit."""
        return len(self.links), len(self.store.audit(limit=1000))


class Said:
    """An answer, read."""

    def __init__(self, answer):
        self.answer = answer
        self.status, self.headers, self.kind = answer.status, answer.headers, answer.refusal
        self.body = json.loads(answer.body) if answer.body else None

    @property
    def message(self):
        return self.body.get("message", self.body.get("Message", ""))

    def __repr__(self):
        return f"{self.status} {self.body}"
