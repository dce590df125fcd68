"""Athena notebook sessions."""

from __future__ import annotations

from nb_presign.aws.least_privilege import Grant, Permission, arn
from nb_presign.providers.aws import athena
from nb_presign.providers.aws.operation import (
    AWS_HOSTS,
    Answer,
    Level,
    Listing,
    Look,
    Operation,
    Part,
    always,
)

ATHENA = Operation(
    provider="athena",
    title="Athena notebook sessions",
    noun="Athena session",
    service="athena",
    operation="CreatePresignedNotebookUrl",
    parts=(Part(parameter="SessionId", what="session-id"),),
    # The answer says when its token ends. "must be called every 10 minutes" is for programs.
    lifetime=always(600),
    answer=Answer(
        url="NotebookUrl",
        auth_token="AuthToken",  # noqa: S106  # the name of a member
        auth_token_ends="AuthTokenExpirationTime",  # noqa: S106
        hosts=(*AWS_HOSTS, ".aws"),
    ),
    looks=(
        Look(
            operation="GetSession",
            parameters=(("SessionId", "SessionId"),),
            state="Status.State",
            states=athena.STATES,
            reason="Status.StateChangeReason",
        ),
    ),
    listing=Listing(
        levels=(
            Level(
                operation="ListWorkGroups",
                items="WorkGroups",
                name="Name",
                parameters=(("MaxResults", 50),),
            ),
            Level(
                operation="ListSessions",
                items="Sessions",
                name="SessionId",
                parameters=(("MaxResults", 100),),
                within="WorkGroup",
            ),
        ),
    ),
    list_page=athena.list_page,
    listed=True,
    bare=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    permission=Permission(
        opens=Grant(
            actions=("athena:CreatePresignedNotebookUrl",),
            resources=(arn("athena", "workgroup/*"),),
        ),
        looks=(
            Grant(
                actions=("athena:GetSession",),
                resources=(arn("athena", "workgroup/*"),),
            ),
        ),
        caveats=(
            (
                "Athena's permissions are for workgroups, not for sessions: write the session's "
                "workgroup in place of the '*'."
            ),
        ),
    ),
)
