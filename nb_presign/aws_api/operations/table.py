"""All operations, by service and name: `OPERATIONS["athena"]["GetSession"]`."""

from __future__ import annotations

from collections.abc import Mapping

from nb_presign.aws_api.call import Operation
from nb_presign.aws_api.operations import domains, instances, notebooks, sessions

_TABLE = (
    ("sagemaker", "CreatePresignedNotebookInstanceUrl", instances.create_presigned_url),
    ("sagemaker", "ListNotebookInstances", instances.list_instances),
    ("sagemaker", "DescribeNotebookInstance", instances.describe_instance),
    ("sagemaker", "StartNotebookInstance", instances.start_instance),
    ("sagemaker", "StopNotebookInstance", instances.stop_instance),
    ("sagemaker", "CreatePresignedDomainUrl", domains.create_presigned_url),
    ("sagemaker", "ListDomains", domains.list_domains),
    ("sagemaker", "ListUserProfiles", domains.list_users),
    ("sagemaker", "ListSpaces", domains.list_spaces),
    ("athena", "CreatePresignedNotebookUrl", sessions.create_presigned_url),
    ("athena", "ListSessions", sessions.list_sessions),
    ("athena", "GetSession", sessions.get_session),
    ("athena", "GetSessionStatus", sessions.get_session_status),
    ("athena", "ListNotebookMetadata", notebooks.list_notebook_metadata),
    ("athena", "ListNotebookSessions", notebooks.list_notebook_sessions),
)

OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    service: {
        name: Operation(service=service, name=name, perform=perform)
        for row_service, name, perform in _TABLE
        if row_service == service
    }
    for service in ("sagemaker", "athena")
}
