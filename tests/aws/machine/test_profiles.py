from __future__ import annotations

import botocore.session
import pytest

from nb_presign.aws.machine.profiles import profile_names, regions_named


@pytest.fixture
def files(tmp_path, monkeypatch):
    def write(config="", credentials=""):
        for name, text, variable in (
            ("config", config, "AWS_CONFIG_FILE"),
            ("credentials", credentials, "AWS_SHARED_CREDENTIALS_FILE"),
        ):
            (tmp_path / name).write_text(text)
            monkeypatch.setenv(variable, str(tmp_path / name))

    return write


CONFIG = """
[default]
region = us-west-2
[profile work]
region = eu-west-1
s3 =
  max_concurrent_requests = 20
[profile "with space"]
region = us-west-2
[profile too many words]
[sso-session work]
sso_region = ap-south-1
[services mine]
[preview]
cloudfront = true
"""
CREDENTIALS = """
[default]
aws_access_key_id = id
aws_secret_access_key = secret
[keys-only]
aws_access_key_id = id
[work]
aws_access_key_id = id
"""


@pytest.mark.parametrize(
    ("config", "credentials"),
    [(CONFIG, CREDENTIALS), ("", CREDENTIALS), (CONFIG, ""), ("", "")],
)
def test_the_names_are_those_that_botocore_finds(files, config, credentials):
    files(config, credentials)
    found = profile_names()
    assert sorted(found) == sorted(botocore.session.Session().available_profiles)
    assert len(set(found)) == len(found)


def test_which_they_are(files):
    files(CONFIG, CREDENTIALS)
    assert set(profile_names()) == {"default", "keys-only", "work", "with space"}


def test_regions_are_each_named_once(files):
    files(CONFIG, CREDENTIALS)
    assert sorted(regions_named()) == ["eu-west-1", "us-west-2"]


@pytest.mark.parametrize("text", ["no section", "[a\n", "[profile 'a]\n", "\x00", "= 1"])
def test_a_broken_file_names_nobody(files, text):
    files(text)
    assert profile_names() == ()


def test_there_need_not_be_any(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path))
    assert profile_names() == regions_named() == ()
