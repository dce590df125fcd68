"""SageMaker Studio."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, App, Domain, Space, User

_TIMES = {"CreationTime": BORN, "LastModifiedTime": BORN + timedelta(days=1)}


def _domain(asked: Asked) -> Domain:
    found = asked.place.domains.get(asked.parameters["DomainId"])
    if found is None:
        raise RefusedError(
            "ResourceNotFound", f"Domain [{asked.parameters['DomainId']}] not found."
        )
    return found


def _user(asked: Asked, domain: Domain) -> User:
    name = asked.parameters["UserProfileName"]
    if name not in domain.users:
        raise RefusedError("ResourceNotFound", f"UserProfile [{name}] not found.")
    return domain.users[name]


def _space(asked: Asked, domain: Domain) -> Space:
    name = asked.parameters["SpaceName"]
    if name not in domain.spaces:
        raise RefusedError("ResourceNotFound", f"Space [{name}] not found.")
    return domain.spaces[name]


@serves("sagemaker", "CreatePresignedDomainUrl", "user-profile/{DomainId}/{UserProfileName}")
def create_presigned(asked: Asked) -> dict[str, Any]:
    domain = _domain(asked)
    if domain.auth != "IAM":
        raise RefusedError(
            "ValidationException",
            f"AuthMode [{domain.auth}] is not supported: the domain must use IAM.",
        )
    user = _user(asked, domain)
    if user.status != "InService":
        raise RefusedError("ValidationException", f"UserProfile [{user.name}] is {user.status}.")
    if "SpaceName" in asked.parameters:
        _space(asked, domain)
    said = {k: v for k, v in asked.parameters.items() if k in {"SpaceName", "LandingUri"}}
    # As long as real ones, which hold the session policy.
    url = asked.mint.url(
        domain.host(asked.region), "/auth", field="token", sub=user.name, policy="0" * 1500, **said
    )
    return {"AuthorizedUrl": url}


@serves("sagemaker", "ListDomains")
def list_domains(asked: Asked) -> dict[str, Any]:
    return page(
        asked,
        list(asked.place.domains.values()),
        "Domains",
        lambda domain: {
            "DomainArn": asked.arn(f"domain/{domain.id}"),
            "DomainId": domain.id,
            "DomainName": domain.name,
            "Status": domain.status,
            **_TIMES,
            "Url": f"https://{domain.host(asked.region)}",
        },
    )


@serves("sagemaker", "DescribeDomain", "domain/{DomainId}")
def describe_domain(asked: Asked) -> dict[str, Any]:
    domain = _domain(asked)
    return {
        "DomainArn": asked.arn(f"domain/{domain.id}"),
        "DomainId": domain.id,
        "DomainName": domain.name,
        "HomeEfsFileSystemId": "fs-0a1b2c3d",
        "Status": domain.status,
        **_TIMES,
        "AuthMode": domain.auth,
        "DefaultUserSettings": {"StudioWebPortal": "ENABLED"},
        "AppNetworkAccessType": "PublicInternetOnly",
        "SubnetIds": ["subnet-0a1b2c3d"],
        "Url": f"https://{domain.host(asked.region)}",
        "VpcId": "vpc-0a1b2c3d",
    }


def _domains(asked: Asked) -> list[Domain]:
    wanted = asked.parameters.get("DomainIdEquals")
    return [each for each in asked.place.domains.values() if wanted in {None, each.id}]


@serves("sagemaker", "ListUserProfiles")
def list_users(asked: Asked) -> dict[str, Any]:
    part = asked.parameters.get("UserProfileNameContains", "")
    found = [(d, user) for d in _domains(asked) for user in d.users.values() if part in user.name]
    return page(
        asked,
        found,
        "UserProfiles",
        lambda each: {
            "DomainId": each[0].id,
            "UserProfileName": each[1].name,
            "Status": each[1].status,
            **_TIMES,
        },
    )


@serves("sagemaker", "DescribeUserProfile", "user-profile/{DomainId}/{UserProfileName}")
def describe_user(asked: Asked) -> dict[str, Any]:
    domain = _domain(asked)
    user = _user(asked, domain)
    return {
        "DomainId": domain.id,
        "UserProfileArn": asked.arn(f"user-profile/{domain.id}/{user.name}"),
        "UserProfileName": user.name,
        "HomeEfsFileSystemUid": "200005",
        "Status": user.status,
        **_TIMES,
    }


@serves("sagemaker", "ListSpaces")
def list_spaces(asked: Asked) -> dict[str, Any]:
    part = asked.parameters.get("SpaceNameContains", "")
    found = [(d, s) for d in _domains(asked) for s in d.spaces.values() if part in s.name]
    return page(
        asked,
        found,
        "Spaces",
        lambda each: {
            "DomainId": each[0].id,
            "SpaceName": each[1].name,
            "Status": each[1].status,
            **_TIMES,
            "SpaceSettingsSummary": {"AppType": each[1].app_type},
            "SpaceSharingSettingsSummary": {"SharingType": each[1].sharing},
            "OwnershipSettingsSummary": {"OwnerUserProfileName": each[1].owner},
        },
    )


@serves("sagemaker", "DescribeSpace", "space/{DomainId}/{SpaceName}")
def describe_space(asked: Asked) -> dict[str, Any]:
    domain = _domain(asked)
    space = _space(asked, domain)
    return {
        "DomainId": domain.id,
        "SpaceArn": asked.arn(f"space/{domain.id}/{space.name}"),
        "SpaceName": space.name,
        "Status": space.status,
        **_TIMES,
        "SpaceSettings": {"AppType": space.app_type},
        "OwnershipSettings": {"OwnerUserProfileName": space.owner},
        "SpaceSharingSettings": {"SharingType": space.sharing},
        "Url": f"https://{domain.host(asked.region)}/{space.app_type.lower()}/default",
    }


@serves("sagemaker", "ListApps")
def list_apps(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get

    def fits(app: App) -> bool:
        return wanted("UserProfileNameEquals") in {None, app.user} and (
            wanted("SpaceNameEquals") in {None, app.space}
        )

    found = [(domain, app) for domain in _domains(asked) for app in domain.apps if fits(app)]
    return page(
        asked,
        found,
        "Apps",
        lambda each: {
            "DomainId": each[0].id,
            "UserProfileName": each[1].user or None,
            "SpaceName": each[1].space or None,
            "AppType": each[1].type,
            "AppName": each[1].name,
            "Status": each[1].status,
            "CreationTime": BORN,
            "ResourceSpec": {"InstanceType": each[1].instance_type},
        },
    )
