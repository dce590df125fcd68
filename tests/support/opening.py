"""Minting and opening links over HTTP, as landing pages do it."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx

from support.servers import RunningServer


def mint(owner: httpx.Client, **terms: Any) -> dict[str, Any]:
    """Mint a link to the owner's server; returns its JSON."""
    answer = owner.post("nb-presign/api/links", json={"target": "jupyter:.", **terms})
    assert answer.status_code == 201, answer.text
    return answer.json()


def redeem(
    client: httpx.Client, link: dict[str, Any], *, nonce: str = "", **headers: str
) -> httpx.Response:
    """Open a link from the server's own page, of which `client` has the address."""
    place = urlsplit(str(client.base_url))
    return client.post(
        "nb-presign/redeem",
        json={
            "token": link["url"].partition("#")[2],
            "nonce": nonce or secrets.token_urlsafe(16),
        },
        headers={"Origin": f"{place.scheme}://{place.netloc}", **headers},
    )


def a_guest(server: RunningServer, **terms: Any) -> httpx.Client:
    """Mint a link, open it, and load a page; the caller closes the client."""
    with server.owner() as owner:
        link = mint(owner, **terms)
    client = server.stranger()
    answer = redeem(client, link)
    assert answer.status_code == 200, answer.text
    client.get("login")  # for the XSRF cookie
    return client


def guest_cookie(answer: httpx.Response) -> str:
    """Find the guest cookie that an answer sets, with its attributes; empty: none."""
    found = [line for line in answer.headers.get_list("Set-Cookie") if "nb-presign-" in line]
    assert len(found) <= 1, found
    return found[0] if found else ""
