"""The table: every operation of AWS that presigns a URL for a person to open.

Rows are loaded one by one, so that who mints for one pays for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nb_presign.providers.aws.operation import Operation

#: By the name of the provider: the module of `rows` that has it, and its name there.
_ROWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "sagemaker": ("notebook_instance", "NOTEBOOK_INSTANCE"),
        "studio": ("studio", "STUDIO"),
        "athena": ("athena", "ATHENA"),
        "mlflow": ("mlflow", "MLFLOW"),
        "mlflow-app": ("mlflow", "MLFLOW_APPS"),
        "partner-app": ("partner_app", "PARTNER_APPS"),
        "emr": ("emr", "EMR"),
        "emr-history": ("emr", "EMR_HISTORY"),
        "emr-serverless": ("emr_serverless", "EMR_SERVERLESS"),
        "airflow": ("airflow", "AIRFLOW"),
        "flink": ("flink", "FLINK"),
    }
)
#: Names of the providers.
NAMES = tuple(_ROWS)


def operation(name: str) -> Operation:
    """Load the row of a provider; raises `KeyError` for one that is not of AWS."""
    module, attribute = _ROWS[name]
    row: Operation = getattr(import_module(f"nb_presign.providers.aws.rows.{module}"), attribute)
    return row
