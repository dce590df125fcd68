"""A place with one of everything, so that few tests have to arrange one."""

from __future__ import annotations

from support.aws.things import Environment, FlinkApplication, MlflowApp, PartnerApp
from support.aws.world import Place


def furnish(place: Place) -> Place:
    """Put things into a place that can be opened, and some that cannot."""
    _sagemaker(place)
    _athena(place)
    _emr(place)
    for environment in (Environment("nightly"), Environment("half-built", "CREATING")):
        place.environments[environment.name] = environment
    for application in (
        FlinkApplication("clicks"),
        FlinkApplication("flink-notes", "ZEPPELIN-FLINK-3_0"),
        FlinkApplication("idle", status="READY"),
    ):
        place.flink[application.name] = application
    return place


def _sagemaker(place: Place) -> None:
    place.add_instance("my-instance")
    place.add_instance("Big-GPU", type="ml.p3.2xlarge")
    place.add_instance("sleeping", "Stopped")
    place.add_instance("broken", "Failed", failure="Insufficient capacity.")
    team = place.add_domain("team", id="d-team00000001")
    team.add_user("ada")
    team.add_user("grace")
    team.add_user("gone", "Deleting")
    team.add_space("adas-lab", "ada")
    team.add_space("shared-lab", "grace", sharing="Shared")
    team.add_space("code", "grace", app_type="CodeEditor")
    place.add_domain("single-sign-on", id="d-sso000000001", auth="SSO").add_user("ada")
    place.add_tracking_server("experiments")
    place.add_tracking_server("idle-experiments", "Stopped")
    for app in (MlflowApp("models", id="app-MODELS"), MlflowApp("half-built", "Creating")):
        place.mlflow_apps[app.id] = app
    for partner in (
        PartnerApp("comet1", id="app-COMET0000001"),
        PartnerApp("old", status="Failed"),
    ):
        place.partner_apps[partner.id] = partner


def _athena(place: Place) -> None:
    place.workgroups.append("research")
    place.add_session("Taxi fares")
    place.add_session("Churn & co.", workgroup="research", state="BUSY")
    place.add_session("Old news", state="TERMINATED")
    place.add_session(description="no notebook")


def _emr(place: Place) -> None:
    place.add_history(place.add_cluster("etl", id="j-ETL0000000001"), id="p-etl0000000001")
    place.add_cluster("old-etl", id="j-OLD0000000001", state="TERMINATED")
    spark = place.add_serverless("spark", id="00spark000000001")
    spark.add_job("daily", id="00daily000000001")
    spark.add_job("waiting", state="QUEUED")
