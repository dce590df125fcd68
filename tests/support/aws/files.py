"""A home for AWS's tools, and an environment in which they find no other."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path

from support.aws.world import REGION

#: Of the machine's own environment, nothing that these begin with may be seen.
FOREIGN = ("AWS_", "BOTO_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")


class Files:
    """`config` and `credentials` in a directory, as in `~/.aws`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.config = directory / "config"
        self.credentials = directory / "credentials"
        self.config.touch()
        self.credentials.touch()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_CONFIG_FILE": str(self.config),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            # A call is a call, unless a test says otherwise.
            "AWS_RETRY_MODE": "standard",
            "AWS_MAX_ATTEMPTS": "1",
            # MWAA's would be `env.127.0.0.1`.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1,localhost",
        }

    def add(self, profile: str, config: Mapping[str, str], credentials: Mapping[str, str]) -> None:
        """Write a profile, or overwrite it; names of credentials may be those of variables."""
        section = profile if profile == "default" else f"profile {profile}"
        _write(self.config, section, config)
        _write(self.credentials, profile, {k.lower(): v for k, v in credentials.items()})


def _write(path: Path, section: str, values: Mapping[str, str]) -> None:
    parser = configparser.RawConfigParser()
    parser.read(path)
    parser.remove_section(section)
    if values:
        parser[section] = values
    with path.open("w") as file:
        parser.write(file)
