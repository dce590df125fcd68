"""What the operations do, a file for each kind of place; importing it fills the table."""

from __future__ import annotations

from support.aws.operations import (
    airflow,
    athena,
    emr,
    emr_serverless,
    flink,
    identity,
    instances,
    mlflow,
    partners,
    studio,
)

__all__ = [
    "airflow",
    "athena",
    "emr",
    "emr_serverless",
    "flink",
    "identity",
    "instances",
    "mlflow",
    "partners",
    "studio",
]
