"""SageMaker notebook instances."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.aws.exchange import Asked
from support.aws.operations.table import serves
from support.aws.pages import page
from support.aws.refusal import RefusedError
from support.aws.things import BORN, Instance

_RESOURCE = "notebook-instance/{NotebookInstanceName}"
_ROLE = "arn:aws:iam::{}:role/service-role/AmazonSageMaker-ExecutionRole"


def _found(asked: Asked) -> Instance:
    # Names are told apart by case, and in ARNs and hosts they are not.
    found = asked.place.instances.get(asked.parameters["NotebookInstanceName"])
    if found is None:
        raise RefusedError("ValidationException", "RecordNotFound")
    return found


def _arn(asked: Asked, instance: Instance) -> str:
    return asked.arn(f"notebook-instance/{instance.name.lower()}")


def _refuse_unless(asked: Asked, instance: Instance, *, one_of: tuple[str, ...], to: str) -> None:
    if instance.status not in one_of:
        raise RefusedError(
            "ValidationException",
            f"Status ({instance.status}) not in ([{', '.join(one_of)}]). Unable to transition to "
            f"({to}) for Notebook Instance ({_arn(asked, instance)})",
        )


@serves("sagemaker", "CreatePresignedNotebookInstanceUrl", _RESOURCE)
def create_presigned(asked: Asked) -> dict[str, Any]:
    instance = _found(asked)
    if instance.status != "InService":
        # AWS's words are not documented; nobody may decide by them.
        raise RefusedError("ValidationException", f"Notebook Instance is {instance.status}.")
    # No slash before the question mark.
    return {"AuthorizedUrl": asked.mint.url(instance.host(asked.region), sub=instance.name)}


@serves("sagemaker", "DescribeNotebookInstance", _RESOURCE)
def describe(asked: Asked) -> dict[str, Any]:
    instance = _found(asked)
    instance.life.look()
    return {
        **_told(asked, instance),
        "FailureReason": instance.failure or None,
        "SubnetId": "subnet-0a1b2c3d",
        "SecurityGroups": ["sg-0a1b2c3d"],
        "RoleArn": _ROLE.format(asked.place.account),
        "NetworkInterfaceId": "eni-0a1b2c3d",
        "DirectInternetAccess": "Enabled",
        "VolumeSizeInGB": 5,
        "RootAccess": "Enabled",
        "PlatformIdentifier": "notebook-al2023-v1",
    }


def _told(asked: Asked, instance: Instance) -> dict[str, Any]:
    return {
        "NotebookInstanceName": instance.name,
        "NotebookInstanceArn": _arn(asked, instance),
        "NotebookInstanceStatus": instance.status,
        "Url": instance.host(asked.region),
        "InstanceType": instance.type,
        "CreationTime": BORN,
        "LastModifiedTime": BORN + timedelta(days=1),
    }


@serves("sagemaker", "ListNotebookInstances")
def list_instances(asked: Asked) -> dict[str, Any]:
    wanted = asked.parameters.get
    found = [
        each
        for each in asked.place.instances.values()
        if wanted("StatusEquals") in {None, each.status}
        and wanted("NameContains", "").lower() in each.name.lower()
    ]
    if wanted("SortBy", "Name") == "Name":
        found.sort(key=lambda each: each.name, reverse=wanted("SortOrder") == "Descending")
    return page(asked, found, "NotebookInstances", lambda each: _told(asked, each))


@serves("sagemaker", "StartNotebookInstance", _RESOURCE)
def start(asked: Asked) -> dict[str, Any]:
    instance = _found(asked)
    _refuse_unless(asked, instance, one_of=("Stopped", "Failed"), to="Pending")
    instance.failure = ""
    instance.life.head("Pending", "InService")
    return {}


@serves("sagemaker", "StopNotebookInstance", _RESOURCE)
def stop(asked: Asked) -> dict[str, Any]:
    instance = _found(asked)
    _refuse_unless(asked, instance, one_of=("InService",), to="Stopping")
    instance.life.head("Stopping", "Stopped")
    return {}
