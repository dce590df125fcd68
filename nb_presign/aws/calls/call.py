"""What AWS is asked: said in every error, so that people and programs know which call it was."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nb_presign.aws.place import Place


@dataclass(frozen=True, slots=True)
class Call:
    """One operation of one service, at a place."""

    #: As botocore spells it: `sagemaker`, `emr-serverless`.
    service: str
    #: As the API reference spells it: `CreatePresignedNotebookInstanceUrl`.
    operation: str
    place: Place

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"

    def at(self, region: str) -> Call:
        """Return the same call with the region that its place turned out to have."""
        return replace(self, place=replace(self.place, region=region or self.place.region))

    def fields(self) -> dict[str, str]:
        """List what an error carries of it."""
        return {
            "service": self.service,
            "operation": self.operation,
            "profile": self.place.profile,
            "region": self.place.region,
        }
