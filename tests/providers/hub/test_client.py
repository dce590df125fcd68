"""What is asked of a Hub, call by call: over a transport that answers as one does."""

from __future__ import annotations

import httpx
import pytest

from nb_presign.errors import AccessDeniedError, CredentialsRefusedError
from nb_presign.providers.hub.client import HubClient
from nb_presign.providers.hub.place import HubPlace
from nb_presign.secret import Secret

pytestmark = pytest.mark.anyio

PLACE = HubPlace(api_url="https://hub.example.org/hub/api/", token=Secret("made up"))


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Hub:
    """Refuses all but to say whose token it is."""

    def __init__(self, *, knows=True):
        self.asked = []
        self._knows = knows

    def __call__(self, request):
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/hub/api/user" and self._knows:
            me = {"kind": "user", "name": "alice", "scopes": ["shares!user=alice"]}
            return httpx.Response(200, json=me)
        return httpx.Response(403)


@pytest.fixture
def mint():
    """Ask a Hub for a share code."""

    async def mint(hub):
        transport = httpx.MockTransport(hub)
        async with httpx.AsyncClient(transport=transport, base_url=PLACE.api_url) as http:
            client = HubClient(http, PLACE)
            await client.add_code("alice", "", scopes=("access:servers",), expires_in=60)

    return mint


async def test_who_is_refused_a_code_is_asked_for_once(mint):
    hub = Hub()
    with pytest.raises(AccessDeniedError) as caught:
        await mint(hub)
    assert caught.value.fields["lacking"] == ["custom:nb-presign:guest"]
    assert hub.asked == ["POST /hub/api/share-codes/alice/", "GET /hub/api/user"]


async def test_a_token_that_the_hub_does_not_know_is_told_from_one_that_lacks_something(mint):
    with pytest.raises(CredentialsRefusedError):
        await mint(Hub(knows=False))
