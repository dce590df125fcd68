"""What words mean, and what is said when they mean nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nb_presign.commands import command
from nb_presign.commands.words.parser import parse, split
from nb_presign.commands.words.vocabulary import VERBS
from nb_presign.errors import (
    BadReferenceError,
    InputError,
    OutOfRangeError,
    UsageError,
)
from nb_presign.model import BareTarget, MintRequest, Scope, Target

REF = "jupyter:b/lab/tree/a.ipynb"
TARGET = Target("jupyter", "b", "lab/tree/a.ipynb")


def test_mint_is_what_is_meant_without_a_verb():
    assert parse([REF]) == parse(["mint", REF]) == command.Mint(request=MintRequest(target=TARGET))


def test_every_term_of_a_link():
    line = (
        "jupyter:b --path lab/tree/a.ipynb --session 1h30m --expires=5m --scope execute --uses 3"
        " --allow 192.0.2.0/24 --allow 2001:db8::/32 --within data/x --bind-ip"
        " --note 'for Ada' --json -q --server gpu"
    )
    assert parse(split(line)) == command.Mint(
        server="gpu",
        json=True,
        quiet=True,
        request=MintRequest(
            target=TARGET,
            expires_in=300,
            session_seconds=5400,
            scope=Scope.EXECUTE,
            max_uses=3,
            allowed_ips=("192.0.2.0/24", "2001:db8::/32"),
            within="data/x",
            bind_ip=True,
            note="for Ada",
        ),
    )


@pytest.mark.parametrize("line", ["-q jupyter:b", "--session 1h jupyter:b", "jupyter:b -q"])
def test_options_stand_anywhere(line):
    assert parse(split(line)).request.target == Target("jupyter", "b")


@pytest.mark.parametrize("line", ["--server b list", "list --server=b", "list --server b"])
def test_options_stand_before_the_verb_too(line):
    assert parse(split(line)) == command.ListLinks(server="b")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("targets", command.ListTargets()),
        ("targets session", command.ListTargets(provider="session")),
        ("list --all", command.ListLinks(everything=True)),
        ("show lnk_1", command.Show(id="lnk_1")),
        ("refresh lnk_1 -q", command.Refresh(id="lnk_1", quiet=True)),
        ("revoke lnk_1 --json lnk_2", command.Revoke(ids=("lnk_1", "lnk_2"), json=True)),
        ("sessions", command.ListSessions()),
        ("end ses_1", command.End(ids=("ses_1",))),
        ("doctor jupyter", command.Doctor(provider="jupyter")),
        (
            "targets athena --region eu-west-1 --profile=p",
            command.ListTargets(provider="athena", region="eu-west-1", profile="p"),
        ),
        ("doctor sagemaker --profile p", command.Doctor(provider="sagemaker", profile="p")),
        (
            "doctor sagemaker:x?region=eu-west-1 --profile p",
            command.Doctor(
                provider="sagemaker",
                region="eu-west-1",
                profile="p",
                target=Target(
                    "sagemaker", "x", options=(("profile", "p"), ("region", "eu-west-1"))
                ),
            ),
        ),
        ("link .", command.WriteLink(target=BareTarget("."))),
        (
            (
                "policy sagemaker:x --ip 192.0.2.0/24 --ip 2001:db8::/32 --vpce vpce-1 --vpc vpc-1 "
                "--account 111122223333 --region eu-west-1"
            ),
            command.WritePolicy(
                target=Target("sagemaker", "x", options=(("region", "eu-west-1"),)),
                ips=("192.0.2.0/24", "2001:db8::/32"),
                vpces=("vpce-1",),
                vpcs=("vpc-1",),
                account="111122223333",
            ),
        ),
        ("policy check --ip 192.0.2.1", command.CheckPolicy(ip="192.0.2.1")),
        (
            "link presign:jupyter:b --label B",
            command.WriteLink(target=Target("jupyter", "b"), label="B"),
        ),
        ("completion fish", command.WriteCompletion(shell="fish")),  # noqa: S604  # a field
    ],
)
def test_verbs(line, expected):
    assert parse(split(line)) == expected


def test_open_asks_for_a_link_of_ones_own():
    assert parse(["open", REF]).request == MintRequest(target=TARGET, interactive=True)


def test_where_and_whose_join_the_reference():
    asked = parse(split("sagemaker:x/lab?region=eu-west-1 --profile p --start"))
    options = (("profile", "p"), ("region", "eu-west-1"))
    assert asked.request.target == Target("sagemaker", "x", "lab", options)
    assert asked.start
    assert parse(["open", "x", "--start"]).start
    assert not parse(["open", "x"]).start


@pytest.mark.parametrize("verb", ["mint", "open", "doctor", "policy"])
def test_where_is_said_once(verb):
    with pytest.raises(BadReferenceError, match="region is given twice"):
        parse([verb, "sagemaker:x?region=eu-west-1", "--region", "us-west-2"])


def test_a_bare_name_is_a_target():
    assert parse(["my-instance"]).request.target == BareTarget("my-instance")


def test_a_target_that_is_called_like_a_verb():
    assert parse(["mint", "list"]).request.target == BareTarget("list")


@pytest.mark.parametrize(
    ("line", "error", "said"),
    [
        ("revok lnk_1", UsageError, "Did you mean 'revoke'?"),
        ("revok", UsageError, "Did you mean 'revoke'?"),
        ("xyzzy plugh", UsageError, "Unknown verb 'xyzzy'"),
        ("mint", UsageError, "'mint' takes REF."),
        ("mint jupyter:b jupyter:c", UsageError, "'jupyter:c'"),
        ("list lnk_1", UsageError, "takes no further words"),
        ("show", UsageError, "'show' takes ID."),
        ("jupyter:b --sesion 1h", UsageError, "Did you mean '--session'?"),
        ("list --frobnicate", UsageError, "See '%presign list --help'."),
        ("jupyter:b --scope reed", OutOfRangeError, "Did you mean 'read'?"),
        ("jupyter:b --session soon", OutOfRangeError, "Not a length of time: 'soon'"),
        ("jupyter:b --session", UsageError, "--session"),
        ("jupyter:b --uses many", UsageError, "whole number"),
        ("list --all=yes", UsageError, "--all"),
        ("jupyter:b/../c", BadReferenceError, "Not a path"),
        ("link b", UsageError, "'%presign link jupyter:b'"),
        ("policy x --ip 192.0.2.1", UsageError, "'%presign policy sagemaker:x'"),
        ("policy", UsageError, "'policy' takes REF."),
        ("policy check", UsageError, "In a terminal: jupyter presign policy check"),
        ("help policy check", UsageError, "Unknown verb 'check'"),
        ("targets --start", UsageError, "'targets' has no option '--start'"),
        ("help revok", UsageError, "Did you mean 'revoke'?"),
        ("completion powershell", UsageError, "Possible: bash, zsh, fish."),
        ("list 'open", UsageError, "quotation mark"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step(line, error, said):
    with pytest.raises(error) as caught:
        parse(split(line), prog="%presign")
    assert said in str(caught.value)


@pytest.mark.parametrize("line", ["https://b/?token=s3cret", "list https://b/?token=s3cret"])
def test_a_pasted_url_is_not_repeated(line):
    with pytest.raises(InputError) as caught:
        parse(split(line))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
@pytest.mark.parametrize("shape", ["help {}", "{} --help", "{} -h x y", "-h {}"])
def test_each_verb_is_explained(verb, shape):
    if verb == "help" and shape == "help {}":
        shape = "help help"
    explained = parse(split(shape.format(verb)), prog="%presign")
    assert explained.text.startswith(f"%presign {verb}")


@pytest.mark.parametrize("line", ["", "help", "-h", "--help"])
@pytest.mark.parametrize("prog", ["%presign", "jupyter presign"])
def test_the_overview_has_all_verbs_and_runnable_examples(line, prog):
    text = parse(split(line), prog=prog).text
    assert all(f"\n  {verb.name}" in text for verb in VERBS)
    examples = [row.strip() for row in text.splitlines() if row.startswith(f"  {prog} ")]
    assert len(examples) > 5
    for example in examples:
        parse(split(example.removeprefix(prog)))


def test_the_version():
    assert parse(["--version"]).text.startswith("nb_presign ")


@given(st.lists(st.text(max_size=12) | st.sampled_from(["--json", "-q", "--uses", "mint", "="])))
def test_no_words_do_worse_than_an_error_of_ours(words):
    with suppress(InputError):
        assert isinstance(parse(words), command.Command)
