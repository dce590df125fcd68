from __future__ import annotations

import ast
import re
from typing import ClassVar

import pytest
from traitlets import TraitError
from traitlets.config import Config

from nb_presign.config import NbPresign
from nb_presign.settings import ConfiguredRoute, MintRule, RemoteServer


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    return tmp_path


def configured(**values):
    return NbPresign(config=Config({"NbPresign": values}))


class TestSettings:
    def test_the_defaults(self, data_dir):
        settings = NbPresign().settings()
        assert settings.data_dir == data_dir / "nb_presign"
        assert settings.store_url == f"sqlite:///{data_dir / 'nb_presign' / 'store.sqlite'}"
        assert settings.link_style == "fragment"
        assert (settings.server_name, settings.public_url) == ("", "")
        assert (settings.servers, settings.trusted_proxies) == ((), ())
        assert settings.self_hosted
        assert not settings.required

    def test_reading_them_touches_nothing(self, data_dir):
        NbPresign().settings()
        assert list(data_dir.iterdir()) == []

    def test_what_is_set(self):
        settings = configured(
            server_name="gpu-box",
            store_url="sqlite:////srv/x.sqlite",
            public_url="https://host/base",
            servers={"b": {"url": "https://b/", "token_env": "B"}, "c": {"url": "http://c/x"}},
            trusted_proxies=["10.0.0.0/8", "::1", "unix"],
            link_style="query",
            required=True,
        ).settings()
        assert settings.server_name == "gpu-box"
        assert settings.store_url == "sqlite:////srv/x.sqlite"
        assert settings.public_url == "https://host/base/"
        assert settings.servers == (
            RemoteServer("b", "https://b/", token_env="B"),
            RemoteServer("c", "http://c/x/"),
        )
        assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128", "unix")
        assert settings.link_style == "query"
        assert settings.required

    @pytest.mark.parametrize(
        ("value", "under_hub", "served"),
        [
            (None, False, True),
            (None, True, False),
            (True, True, True),
            (True, False, True),
            (False, False, False),
            (False, True, False),
        ],
    )
    def test_self_hosting(self, value, under_hub, served):
        found = configured(self_hosted=value).settings(under_hub=under_hub)
        assert found.self_hosted is served


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_name", "a b"),
        ("server_name", "-a"),
        ("server_name", "a/b"),
        ("server_name", "a" * 64),
        ("public_url", "host/base"),
        ("public_url", "ftp://host/"),
        ("public_url", "https:///x"),
        ("public_url", "https://host/?token=x"),
        ("public_url", "https://host/#x"),
        ("public_url", "https://me:pw@host/"),
        ("trusted_proxies", ["nonsense"]),
        ("trusted_proxies", ["10.0.0.1/8"]),
        ("trusted_proxies", ["::ffff:10.0.0.5"]),
        ("trusted_proxies", ["fe80::1%eth0"]),
        ("trusted_proxies", ["Unix"]),
        ("policy", 7),
        ("link_style", "path"),
        ("self_hosted", "maybe"),
        ("servers", {"a b": {"url": "https://b/"}}),
        ("servers", {"b": "https://b/"}),
        ("servers", {"b": {}}),
        ("servers", {"b": {"url": "b"}}),
        ("servers", {"b": {"url": "https://b/", "token": "s3cr3t"}}),
        ("aws_profiles", [""]),
        ("aws_profiles", ["a b"]),
        ("aws_profiles", ["../x"]),
        ("aws_regions", ["us west"]),
        ("aws_regions", ["*"]),
        ("aws_hosts", ["https://a.example/"]),
        ("aws_hosts", ["a.example:443"]),
        ("aws_hosts", [".example.org"]),
        ("aws_hosts", ["*.example.org"]),
        ("aws_hosts", ["com"]),
        ("aws_hosts", ["10.0.0.1"]),
        ("mint_targets", [""]),
        ("mint_targets", ["team-*"]),
        ("mint_targets", ["sagemaker:"]),
        ("mint_targets", ["sagemaker:/x"]),
        ("mint_targets", ["sagemaker:x?region=us-west-2"]),
        ("mint_targets", [7]),
        ("mint_targets", [{}]),
        ("mint_targets", [{"target": 7}]),
        ("mint_targets", [{"target": "*", "role": "x"}]),
        ("mint_targets", [{"target": "*", "profiles": "dev"}]),
        ("mint_targets", [{"target": "*", "profiles": []}]),
        ("mint_targets", [{"target": "*", "regions": [" "]}]),
        ("mint_targets", [{"target": "*", "roles": ["minter"]}]),
        ("mint_targets", [{"target": "*", "roles": ["arn:aws:iam::123456789012:role/team/*"]}]),
        (
            "mint_targets",
            [{"target": "*", "roles": ["arn:aws:sts::123456789012:assumed-role/Dev/alice"]}],
        ),
        ("mint_targets", [{"target": "*", "per_minute": 0}]),
        ("mint_targets", [{"target": "*", "per_minute": True}]),
        ("mint_targets", [{"target": "*", "per_minute": 1.5}]),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name(name, value):
    with pytest.raises(TraitError, match=name) as refused:
        configured(**{name: value})
    assert "s3cr3t" not in str(refused.value)


def test_the_help_is_the_manual():
    traits = NbPresign.class_traits(config=True)
    assert len(traits) == 20
    for name, trait in traits.items():
        assert len(trait.help) > 60, name


class TestAws:
    def test_the_defaults(self):
        settings = NbPresign().settings()
        assert (settings.aws_profiles, settings.aws_regions, settings.aws_hosts) == ((), (), ())
        assert settings.aws_open_paths
        assert settings.mint_targets == (MintRule(),)

    def test_what_is_set(self):
        settings = configured(
            aws_profiles=["default", "a@b.example", "default"],
            aws_regions=["us-west-2", "eu-central-1"],
            aws_open_paths=False,
            aws_hosts=["Notebooks.Example.org"],
            mint_targets=[],
        ).settings()
        assert settings.aws_profiles == ("default", "a@b.example")
        assert settings.aws_regions == ("us-west-2", "eu-central-1")
        assert not settings.aws_open_paths
        assert settings.aws_hosts == ("notebooks.example.org",)
        assert settings.mint_targets == ()

    def test_the_example_of_the_help_is_right(self):
        example = NbPresign.mint_targets.help.partition("c.NbPresign.mint_targets =")[2].strip()
        rules = configured(mint_targets=ast.literal_eval(example)).settings().mint_targets
        assert rules == (
            MintRule(target="athena:*"),
            MintRule(
                target="sagemaker:team-*",
                profiles=("team",),
                regions=("us-west-2",),
                roles=("arn:aws:iam::123456789012:role/team-*",),
                per_minute=10,
            ),
        )


class TestRoutes:
    ROW: ClassVar = {"methods": "GET POST", "path": r"my-ext/.*", "scope": "execute"}

    def test_a_row(self):
        found = configured(routes=[self.ROW]).settings().routes
        assert found == (ConfiguredRoute(("GET", "POST"), r"my-ext/.*", "execute"),)

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"methods": "GRAB"}, "'methods' are some of"),
            ({"methods": ""}, "'methods' are some of"),
            ({"methods": ["GET"]}, "a dictionary with"),
            ({"scope": "owner"}, "'scope' is"),
            ({"path": "my-ext/("}, "no regular expression"),
            ({"path": ""}, "without a slash"),
            ({"path": "/my-ext"}, "without a slash"),
            ({"path": ".*"}, "matches 'nb-presign'"),
            ({"path": r"nb-presign/api/.*"}, "matches 'nb-presign/api/links'"),
            ({"path": r"[a-z-]+/open"}, "matches 'nb-presign/open'"),
            ({"path": r"api/\w+"}, "matches 'api/me'"),
            ({"more": "x"}, "a dictionary with"),
        ],
    )
    def test_what_is_wrong_is_said_at_the_start(self, change, complaint):
        with pytest.raises(TraitError, match=re.escape(complaint)):
            configured(routes=[{**self.ROW, **change}])

    def test_the_example_of_the_help_is_right(self):
        help_text = NbPresign.routes.help
        example = help_text.partition("c.NbPresign.routes = ")[2].strip()
        assert len(configured(routes=ast.literal_eval(example)).settings().routes) == 1


class TestHub:
    def test_none_is_named_by_default(self):
        assert configured().settings().hub is None

    def test_one_is_named_by_its_url_and_where_the_token_is(self):
        entry = {"url": "https://hub.example.org/base", "token_env": "HUB_TOKEN"}
        hub = configured(hub=entry).settings().hub
        assert (hub.url, hub.token_env) == ("https://hub.example.org/base/", "HUB_TOKEN")

    @pytest.mark.parametrize(
        "entry",
        [
            {"url": "hub.example.org"},
            {"token_env": "HUB_TOKEN"},
            {"url": "https://hub.example.org/", "token": "made up"},
        ],
    )
    def test_what_cannot_be_one_is_refused_without_a_word_of_secrets(self, entry):
        with pytest.raises(TraitError, match=r"NbPresign\.hub") as caught:
            configured(hub=entry)
        assert "made up" not in str(caught.value)
