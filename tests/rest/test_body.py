"""A refusal before the body is read must not cost the client its connection."""

import http.client
from urllib.parse import urlsplit

import pytest
from guest import Guest


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_refused_guest_keeps_the_connection(server, method):
    with server.owner() as owner:
        minted = owner.post("nb-presign/api/links", json={"target": "jupyter:."})
    guest = Guest(minted.json()["url"])
    assert guest.redeem().status_code == 200
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.connect()
    socket = connection.sock
    for _ in range(2):
        path = f"{address.path}nb-presign/api/links"
        connection.request(method, path, headers=guest.cookie_headers())
        answer = connection.getresponse()
        assert answer.status in {401, 403, 404, 405}
        answer.read()
        assert connection.sock is socket
    # Closed or not: a closed one gives an end of file at once, an open one nothing to read.
    socket.settimeout(0.2)
    with pytest.raises(TimeoutError):
        socket.recv(1)
    connection.close()
    guest.close()
