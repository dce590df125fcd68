"""SageMaker Studio: domains, their users, the users' spaces, and what is opened in one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nb_presign.aws.gateway import AwsGateway
from nb_presign.aws.place import Place
from nb_presign.errors import (
    AccessDeniedError,
    PresignError,
    TargetNotReadyError,
)
from nb_presign.model import TargetInfo, TargetState
from nb_presign.providers import pages
from nb_presign.providers.aws.aim import Aim, target_of
from nb_presign.providers.aws.listing import each_at_once, joined, read_all, read_page
from nb_presign.providers.aws.looking import detail, text_at
from nb_presign.providers.aws.operation import Level, Listed, Look, Operation, by_state
from nb_presign.providers.aws.paths import quoted
from nb_presign.reference import format_reference

#: Of domains, user profiles and spaces alike. One that is updated, or was in vain, stays as it was.
STATES = by_state(
    {
        TargetState.READY: "InService Updating Update_Failed",
        TargetState.STARTING: "Pending",
        TargetState.FAILED: "Failed Deleting Delete_Failed",
    }
)
#: A landing page as `CreatePresignedDomainUrl` documents them, written out.
WRITTEN_OUT = re.compile(
    r"studio::.*|app:(JupyterServer|JupyterLab|RStudioServerPro|CodeEditor|Canvas):.*", re.DOTALL
)
SSO = (
    "The domain signs people in with IAM Identity Center, and AWS makes presigned URLs for domains "
    "in IAM mode only; open Studio from the access portal."
)

LOOKS = (
    Look(
        operation="DescribeDomain",
        parameters=(("DomainId", "DomainId"),),
        state="Status",
        states=STATES,
        host="Url",
        reason="FailureReason",
        must=("AuthMode", "IAM", SSO),
    ),
    Look(
        operation="DescribeUserProfile",
        parameters=(("DomainId", "DomainId"), ("UserProfileName", "UserProfileName")),
        state="Status",
        states=STATES,
        reason="FailureReason",
    ),
    Look(
        operation="DescribeSpace",
        parameters=(("DomainId", "DomainId"), ("SpaceName", "SpaceName")),
        state="Status",
        states=STATES,
        reason="FailureReason",
    ),
)

_SPACES = Level(
    operation="ListSpaces",
    items="Spaces",
    name="SpaceName",
    parameters=(("MaxResults", 100),),
    within="DomainIdEquals",
)
_APPS = Level(
    operation="ListApps",
    items="Apps",
    name="AppName",
    parameters=(("MaxResults", 100),),
    within="DomainIdEquals",
)


async def landing(gateway: AwsGateway, aim: Aim, *, guess: bool) -> dict[str, Any]:
    """Find the parameter that opens a path; raises `TargetNotReadyError` where no app runs.

    Paths are of JupyterLab in a space, and of Studio's own pages without one; a landing page can be
    written out as AWS documents it (`app:CodeEditor:…`). Which relative path opens a file is not
    documented, so that paths not written out are a guess.
    """
    if not aim.path:
        return {}
    if WRITTEN_OUT.fullmatch(aim.path):
        return {"LandingUri": aim.path}
    if not guess:
        return {}
    if "SpaceName" not in aim.names:
        return {"LandingUri": f"studio::{quoted(aim.path)}"}
    app = await _app_of(gateway, aim)
    await _check_running(gateway, aim, app)
    if app != "JupyterLab":
        return {"LandingUri": f"app:{app}:{quoted(aim.path)}"}
    page = aim.path if pages.is_page(aim.path) else f"lab/tree/{aim.path}"
    return {"LandingUri": f"app:JupyterLab:{quoted(page)}"}


async def list_page(gateway: AwsGateway, row: Operation, place: Place, token: str) -> Listed:
    """List the users and spaces of a page of domains."""
    domains, users = row.listing.levels
    page = await read_page(gateway, row, place, domains, token)
    lists = await each_at_once(_of_domain(gateway, row, place, users, each) for each in page.items)
    return joined(page, lists)


async def _of_domain(
    gateway: AwsGateway, row: Operation, place: Place, users: Level, domain: Mapping[str, Any]
) -> Listed:
    name = text_at(domain, "DomainId")
    refused = await _why_refused(gateway, row, place, name)
    levels = (users,) if refused else (users, _SPACES, _APPS)
    lists = await each_at_once(_try_all(gateway, row, place, level, name) for level in levels)
    found, spaces, apps = [*(items for items, _ in lists), (), ()][:3]
    title = text_at(domain, "DomainName") or name
    running = {text_at(app, "SpaceName"): app for app in apps if app.get("Status") == "InService"}
    return Listed(
        items=(
            *(_user(row, place, title, each, refused) for each in found),
            *(
                _space(row, place, title, each, running.get(text_at(each, "SpaceName"), {}))
                for each in spaces
                if text_at(each, "OwnershipSettingsSummary.OwnerUserProfileName")
            ),
        ),
        problems=tuple(problem for _, problems in lists for problem in problems),
    )


async def _try_all(
    gateway: AwsGateway, row: Operation, place: Place, level: Level, domain: str
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    try:
        page = await read_all(gateway, row, place, level, domain)
    except PresignError as error:
        return (), (f"Domain {domain}: {error}",)
    return page.items, page.problems


async def _why_refused(gateway: AwsGateway, row: Operation, place: Place, domain: str) -> str:
    """Say why nobody of a domain can be opened; nothing where that may not be known."""
    try:
        facts = await gateway.read(place, row.service, "DescribeDomain", DomainId=domain)
    except PresignError:
        return ""
    return SSO if text_at(facts, "AuthMode") == "SSO" else ""


def _user(
    row: Operation, place: Place, title: str, user: Mapping[str, Any], refused: str
) -> TargetInfo:
    names = (text_at(user, "DomainId"), text_at(user, "UserProfileName"))
    word = text_at(user, "Status")
    state = TargetState.FAILED if refused else STATES.get(word, TargetState.UNKNOWN)
    return TargetInfo(
        target=target_of(row, names, place),
        title=names[-1],
        state=state,
        detail=_told(f"user of {title}", refused or detail(state, word)),
    )


def _space(
    row: Operation, place: Place, title: str, space: Mapping[str, Any], app: Mapping[str, Any]
) -> TargetInfo:
    owner = text_at(space, "OwnershipSettingsSummary.OwnerUserProfileName")
    name, word = text_at(space, "SpaceName"), text_at(space, "Status")
    state = STATES.get(word, TargetState.UNKNOWN)
    kind = text_at(app, "AppType") or text_at(space, "SpaceSettingsSummary.AppType")
    doing = f"{kind} is {'running' if app else 'not running'}" if kind else ""
    shared = text_at(space, "SpaceSharingSettingsSummary.SharingType") == "Shared"
    whose = f"{'shared space' if shared else 'space'} of {owner} in {title}"
    return TargetInfo(
        target=target_of(row, (text_at(space, "DomainId"), owner, name), place),
        title=text_at(space, "SpaceDisplayName") or name,
        state=state,
        detail=_told(whose, doing, detail(state, word)),
        instance_type=text_at(app, "ResourceSpec.InstanceType"),
    )


async def _app_of(gateway: AwsGateway, aim: Aim) -> str:
    """Tell which app a space is for; JupyterLab where that may not be known."""
    try:
        space = await gateway.read(
            aim.place,
            aim.row.service,
            "DescribeSpace",
            DomainId=aim.names["DomainId"],
            SpaceName=aim.names["SpaceName"],
        )
    except AccessDeniedError:
        return "JupyterLab"
    return text_at(space, "SpaceSettings.AppType") or "JupyterLab"


async def _check_running(gateway: AwsGateway, aim: Aim, app: str) -> None:
    """Refuse a path in an app that does not run; its space can be opened without one."""
    try:
        found = await gateway.read(
            aim.place,
            aim.row.service,
            "ListApps",
            DomainIdEquals=aim.names["DomainId"],
            SpaceNameEquals=aim.names["SpaceName"],
        )
    except AccessDeniedError:
        return
    states = [text_at(each, "Status") for each in found.get("Apps", ()) if each["AppType"] == app]
    if "InService" not in states:
        whole = target_of(aim.row, tuple(aim.names.values()), aim.place)
        raise TargetNotReadyError(
            f"{app} does not run in the space {aim.names['SpaceName']!r}, so that no path in it "
            "can be opened.",
            hint=f"Open '{format_reference(whole)}', and run the space there.",
            target=aim.reference,
            state=str(TargetState.STOPPED),
        )


def _told(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
