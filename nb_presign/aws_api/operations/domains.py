"""SageMaker Studio's domains: the one of this server's user, whose spaces are their servers.

In policies a space goes by the server that it opens, not as a user profile: the requests of its
sessions are judged by the same names, and a user profile is none of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from nb_presign.aws_api.call import Call
from nb_presign.aws_api.operations.minting import mint, url_of
from nb_presign.aws_api.operations.pages import Key, page
from nb_presign.aws_api.operations.servers import Server, permitted, servers
from nb_presign.aws_api.refusal import RefusedError
from nb_presign.model import Target
from nb_presign.policy.arns import ACCOUNT, instance_name

INVALID = "ValidationException"
NOT_FOUND = "ResourceNotFound"
_PRESIGN = "sagemaker:CreatePresignedDomainUrl"
#: As SageMaker's lists have where nothing is said.
_PAGE = 10
#: `app:JupyterLab:lab/tree/a.ipynb`; the other kinds of pages are Studio's own.
_LANDING = re.compile(r"(?:app:(?:JupyterLab|JupyterServer):/*(?P<path>[^?#]*)|studio::/*)")


async def list_domains(call: Call) -> Mapping[str, Any]:
    """List the one domain."""
    call.authorize("sagemaker:ListDomains", ("*",))
    shown, more = _page(call, "Domains", [(_domain(call),)])
    return {
        "Domains": [
            {
                "DomainArn": f"arn:aws:sagemaker:{call.region}:{ACCOUNT}:domain/{domain}",
                "DomainId": domain,
                "DomainName": instance_name(call.local.name),
                "Status": "InService",
                "Url": call.local.url,
            }
            for (domain,) in shown
        ],
        **more,
    }


async def list_users(call: Call) -> Mapping[str, Any]:
    """List the one user."""
    call.authorize("sagemaker:ListUserProfiles", ("*",))
    asked = call.given.get("UserProfileNameContains", "")
    name = _user(call)
    here = [(name,)] if _is_here(call) and asked.lower() in name.lower() else []
    shown, more = _page(call, "UserProfiles", here)
    return {
        "UserProfiles": [
            {"DomainId": _domain(call), "UserProfileName": name, "Status": "InService"}
            for (name,) in shown
        ],
        **more,
    }


async def list_spaces(call: Call) -> Mapping[str, Any]:
    """List the user's servers."""
    call.authorize("sagemaker:ListSpaces", ("*",))
    asked = call.given.get("SpaceNameContains", "").lower()
    found = await servers(call) if _is_here(call) else []
    wanted: dict[Key, Server] = {
        (each.name, each.id): each for each in found if asked in each.name.lower()
    }
    shown, more = _page(call, "Spaces", list(wanted))
    return {
        "Spaces": [
            {
                "DomainId": _domain(call),
                "SpaceName": wanted[key].name,
                # Of a space it is told whether there is one, not whether its app runs.
                "Status": "InService" if wanted[key].status == "Stopped" else wanted[key].status,
                "OwnershipSettingsSummary": {"OwnerUserProfileName": _user(call)},
            }
            for key in shown
        ],
        **more,
    }


async def create_presigned_url(call: Call) -> Mapping[str, Any]:
    """Mint a link to a page of a server: this one, where no space is named."""
    given = call.given
    name = given.get("SpaceName", instance_name(call.local.name))
    found = [server for server in await servers(call) if _is_meant(call, server)]
    path = _landing(given.get("LandingUri", ""))
    allowed = permitted(call, _PRESIGN, name, found, path=path)
    server = _only(call, name, found, allowed)
    link = await mint(
        call,
        Target("jupyter", server.id, path),
        _PRESIGN,
        session_seconds=given.get("SessionExpirationDurationInSeconds"),
        expires_in=given.get("ExpiresInSeconds"),
    )
    return {"AuthorizedUrl": url_of(link)}


def _is_meant(call: Call, server: Server) -> bool:
    space: str | None = call.given.get("SpaceName")
    return server.id == call.local.name if space is None else server.name == space


def _only(call: Call, name: str, found: list[Server], allowed: list[Server]) -> Server:
    """Return the one server that is meant; raises `RefusedError`, which names what is allowed."""
    domain, user = call.given["DomainId"], call.given["UserProfileName"]
    if domain != _domain(call):
        raise RefusedError(NOT_FOUND, f"Domain [{domain}] not found.")
    if user != _user(call):
        raise RefusedError(NOT_FOUND, f"UserProfile [{user}] not found.")
    if not found:
        raise RefusedError(NOT_FOUND, f"Space [{name}] not found.")
    if len(found) > 1:
        written = ", ".join(server.id for server in allowed)
        raise RefusedError(INVALID, f"Several Jupyter servers are called {name}: {written}.")
    if found[0].status != "InService":
        raise RefusedError(INVALID, f"Space [{name}] cannot be opened. {found[0].failure}".strip())
    return found[0]


def _landing(uri: str) -> str:
    """Turn a landing page into a path on the server; empty for the start page."""
    if not uri:
        return ""
    match = _LANDING.fullmatch(uri)
    if match is None:
        raise RefusedError(
            INVALID,
            "LandingUri: a Jupyter server has the pages app:JupyterLab:<path> and "
            "app:JupyterServer:<path>, and studio:: is its start page.",
        )
    return unquote(match["path"] or "").rstrip("/")


def _domain(call: Call) -> str:
    return "d-" + call.local.id.removeprefix("srv_")


def _user(call: Call) -> str:
    return instance_name(call.user)


def _is_here(call: Call) -> bool:
    """Tell whether a list is asked for of the one domain."""
    asked: str = call.given.get("DomainIdEquals", _domain(call))
    return asked == _domain(call)


def _page(call: Call, members: str, keys: Sequence[Key]) -> tuple[list[Key], dict[str, str]]:
    return page(
        call.given,
        keys,
        tuple,
        name=members,
        most=_PAGE,
        refusal=INVALID,
        descending=call.given.get("SortOrder") == "Descending",
    )
