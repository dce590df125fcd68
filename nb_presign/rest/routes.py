"""The table of everything that is mounted below `<base_url>nb-presign/`."""

from __future__ import annotations

import re
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from tornado.web import Application

from nb_presign.model import MAX_PART
from nb_presign.providers.merging import LONGEST_CURSOR
from nb_presign.reference import MAX_LENGTH
from nb_presign.rest.ended import EndedEndpoint
from nb_presign.rest.links import LinkEndpoint, LinksEndpoint, RefreshEndpoint
from nb_presign.rest.openapi import DESCRIPTION, OpenApiEndpoint, describe
from nb_presign.rest.opening import OpenEndpoint
from nb_presign.rest.operation import OWNER_ERRORS, Operation, Parameter, Route
from nb_presign.rest.providers import FindingsEndpoint, ProvidersEndpoint
from nb_presign.rest.redeem import RedeemEndpoint
from nb_presign.rest.server import ServerEndpoint
from nb_presign.rest.sessions import SessionEndpoint, SessionsEndpoint
from nb_presign.rest.targets import (
    NotebooksEndpoint,
    StartEndpoint,
    TargetEndpoint,
    TargetsEndpoint,
)
from nb_presign.wire import (
    FindingOut,
    FolderOut,
    LinkOut,
    MintBody,
    ProviderOut,
    RedeemBody,
    RedeemOut,
    ServerOut,
    SessionOut,
    TargetBody,
    TargetOut,
    TargetPageOut,
)

PREFIX = "nb-presign/"
#: What may go wrong where other servers are asked.
_UPSTREAM = (404, 409, 429, 502, 504)
_TARGET = Parameter("target", "Reference of what to open.", required=True, max_length=MAX_LENGTH)

ROUTES = (
    Route(
        "api/server",
        ServerEndpoint,
        {"get": Operation(summary="Say which server answers.", answers={200: ServerOut})},
    ),
    Route(
        "api/providers",
        ProvidersEndpoint,
        {"get": Operation(summary="List providers.", answers={200: list[ProviderOut]})},
    ),
    Route(
        "api/providers/{provider}/findings",
        FindingsEndpoint,
        {
            "get": Operation(
                summary="Look step by step for what keeps a provider from minting.",
                answers={200: list[FindingOut]},
                errors=(*OWNER_ERRORS, *_UPSTREAM),
                query=(
                    Parameter("region", "Where to look; default: as configured."),
                    Parameter("profile", "With whose credentials; default: as configured."),
                    Parameter(
                        "target", "Reference of what is to be opened.", max_length=MAX_LENGTH
                    ),
                ),
            )
        },
    ),
    Route(
        "api/target",
        TargetEndpoint,
        {
            "get": Operation(
                summary="Look at one target.",
                answers={200: TargetOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM),
                query=(_TARGET,),
            )
        },
    ),
    Route(
        "api/target/start",
        StartEndpoint,
        {
            "post": Operation(
                summary="Start a stopped target, which may cost money.",
                answers={202: TargetOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM, 413, 415),
                body=TargetBody,
            )
        },
    ),
    Route(
        "api/targets",
        TargetsEndpoint,
        {
            "get": Operation(
                summary="List a page of targets.",
                answers={200: TargetPageOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM),
                query=(
                    Parameter("provider", "Only this provider's."),
                    Parameter("region", "Region, where the provider has several."),
                    Parameter("profile", "Profile of credentials, where the provider has several."),
                    Parameter("cursor", "Where the page before ended.", max_length=LONGEST_CURSOR),
                ),
            )
        },
    ),
    Route(
        "api/notebooks",
        NotebooksEndpoint,
        {
            "get": Operation(
                summary="List the folders and notebooks in one folder on a target.",
                answers={200: FolderOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM),
                query=(
                    Parameter(
                        "target",
                        "Reference of the place; its path does not matter.",
                        required=True,
                        max_length=MAX_LENGTH,
                    ),
                    Parameter(
                        "folder",
                        "Path below the place's root directory; default: that itself.",
                        max_length=MAX_PART,
                    ),
                ),
            )
        },
    ),
    Route(
        "api/links",
        LinksEndpoint,
        {
            "get": Operation(
                summary="List links, without their URLs and the texts of policies.",
                answers={200: list[LinkOut]},
            ),
            "post": Operation(
                summary="Mint a link.",
                answers={201: LinkOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM, 413, 415),
                body=MintBody,
            ),
        },
    ),
    Route(
        "api/links/{link_id}",
        LinkEndpoint,
        {
            "get": Operation(
                summary="Show a link, without its URL.",
                answers={200: LinkOut},
                errors=(*OWNER_ERRORS, 404),
            ),
            "put": Operation(
                summary="Keep the facts of a link that was minted elsewhere; never its URL.",
                answers={200: LinkOut},
                errors=(*OWNER_ERRORS, 404, 409, 410, 413, 415, 502),
                body=LinkOut,
            ),
            "delete": Operation(
                summary="Revoke a link, its whole family, and their sessions.",
                answers={200: LinkOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM),
            ),
        },
    ),
    Route(
        "api/links/{link_id}/refresh",
        RefreshEndpoint,
        {
            "post": Operation(
                summary="Mint the successor of a link.",
                answers={201: LinkOut},
                errors=(*OWNER_ERRORS, *_UPSTREAM, 410, 413),
            )
        },
    ),
    Route(
        "api/sessions",
        SessionsEndpoint,
        {
            "get": Operation(
                summary="List the guests on this server.", answers={200: list[SessionOut]}
            ),
            "delete": Operation(
                summary="End the sessions of all guests on this server; answers with those ended.",
                answers={200: list[SessionOut]},
            ),
        },
    ),
    Route(
        "api/sessions/{session_id}",
        SessionEndpoint,
        {
            "delete": Operation(
                summary="End a guest's session.",
                answers={200: SessionOut},
                errors=(*OWNER_ERRORS, 404),
            )
        },
    ),
    Route(
        "api/openapi.json",
        OpenApiEndpoint,
        {"get": Operation(summary="Show this description.", answers={200: dict[str, Any]})},
    ),
    Route(
        "open",
        OpenEndpoint,
        {
            "get": Operation(
                summary="Mint an interactive link and follow it, or ask first.",
                answers={200: None, 303: None},
                errors=(302, *OWNER_ERRORS, *_UPSTREAM),
                query=(_TARGET,),
                media_type="text/html",
                refuses_in_html=True,
            ),
            "head": Operation(
                summary="Mint nothing.",
                answers={200: None},
                errors=(302, 401, 403, 500),
                media_type="text/html",
                refuses_in_html=True,
            ),
            "post": Operation(
                summary="Mint an interactive link and follow it.",
                answers={303: None},
                errors=(*OWNER_ERRORS, *_UPSTREAM, 413),
                form=(_TARGET,),
                refuses_in_html=True,
            ),
        },
    ),
    Route(
        "ended",
        EndedEndpoint,
        {
            method: Operation(
                summary=summary,
                answers={200: None},
                errors=(500,),
                media_type="text/html",
                owner=False,
            )
            for method, summary in (
                ("get", "Show the page that a guest meets when the session is over."),
                ("head", "Show nothing."),
            )
        },
    ),
    Route(
        "redeem",
        RedeemEndpoint,
        {
            "get": Operation(
                summary="Show the page on which a link is opened; uses nothing.",
                answers={200: None},
                errors=(500,),
                media_type="text/html",
                owner=False,
            ),
            "head": Operation(
                summary="Use nothing.",
                answers={200: None},
                errors=(500,),
                media_type="text/html",
                owner=False,
            ),
            "post": Operation(
                summary="Exchange a token for a session, whose cookie is in the answer's header.",
                answers={200: RedeemOut},
                errors=(400, 403, 404, 410, 413, 415, 429, 500, 503),
                body=RedeemBody,
                owner=False,
            ),
        },
    ),
)


def add_handlers(web_app: Application, base_url: str) -> None:
    """Mount everything.

    In `web_app.settings`, "nb_presign" is the `Runtime` and "nb_presign_access" the `Access`.
    """
    web_app.settings[DESCRIPTION] = cache(
        partial(describe, ROUTES, base_url=base_url, version=version("nb_presign"))
    )
    prefix = re.escape(base_url.rstrip("/") + "/") + PREFIX
    web_app.add_handlers(".*$", [(prefix + pattern(route), route.handler) for route in ROUTES])


def pattern(route: Route) -> str:
    """Write a route's path as a regular expression."""
    return re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(route.path))
