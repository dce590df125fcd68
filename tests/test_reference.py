from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nb_presign.errors import BadReferenceError
from nb_presign.model import MAX_PART, SECRET_OPTIONS, BareTarget, Target
from nb_presign.reference import MAX_LENGTH, format_reference, parse, to_markdown, to_uri, with_path
from nb_presign.wire.fields import write_target

#: The rules by example, which the front end's tests go by as well.
VECTORS = json.loads(
    (Path(__file__).parents[1] / "labextension/tests/reference/vectors.json").read_text("utf-8")
)
#: Any text at all, half surrogates included.
anything = st.text(st.characters(), max_size=60)
printable = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\\/\u2028\u2029")
providers = st.from_regex(r"[a-z][a-z0-9-]{0,30}", fullmatch=True).filter(lambda p: p != "presign")
names = st.text(printable, min_size=1, max_size=40).filter(lambda name: name == name.strip())
segments = st.text(printable, min_size=1, max_size=20).filter(lambda s: s not in {".", ".."})
paths = st.lists(segments, max_size=5).map("/".join)
option_names = st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True).filter(
    lambda name: name not in SECRET_OPTIONS
)
option_values = st.text(printable | st.just("/"), min_size=1, max_size=30)
options = st.dictionaries(option_names, option_values, max_size=4).map(
    lambda found: tuple(sorted(found.items()))
)
targets = st.builds(Target, providers, names, paths, options)


@given(targets)
@example(Target("jupyter", "a:b@c", "lab/tree/100 %.ipynb", (("a", "b=c&d"),)))
@example(Target("jupyter", "%41", "#/?/&", (("q", "?#"),)))
@example(Target("jupyter", "..", "x"))
@example(Target("jupyter", "http:", "x"))
@example(Target("jupyter", "😀" * 250, "ü" * 780))
@example(Target("jupyter", "x" * MAX_PART, "y" * MAX_PART))
def test_what_is_written_reads_back(target):
    text = format_reference(target)
    assert parse(text) == target
    assert parse(to_uri(target)) == target
    assert format_reference(parse(text)) == text
    assert len(to_uri(target)) <= MAX_LENGTH


@given(targets)
def test_a_reference_holds_only_what_a_uri_and_a_markdown_link_bear(target):
    assert re.fullmatch(r"[A-Za-z0-9\-._~:/?@!$*+,;=&%]+", to_uri(target))


@given(anything | anything.map("jupyter:".__add__) | anything.map("presign:a:b/".__add__))
def test_reading_anything_gives_a_target_or_says_what_is_wrong(text):
    try:
        found = parse(text)
    except BadReferenceError as error:
        str(error).encode()  # can be written to any log
    else:
        if isinstance(found, Target):
            assert parse(format_reference(found)) == found


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("jupyter:b", Target("jupyter", "b")),
        ("jupyter:.", Target("jupyter", ".")),
        ("jupyter:b/", Target("jupyter", "b")),
        ("  jupyter:b/lab/tree/a.ipynb ", Target("jupyter", "b", "lab/tree/a.ipynb")),
        ("presign:jupyter:b/lab", Target("jupyter", "b", "lab")),
        ("jupyter:b/lab/", Target("jupyter", "b", "lab")),
        ("session:5f-6@gpu", Target("session", "5f-6@gpu")),
        ("jupyter:b/a%20b/%C3%BC", Target("jupyter", "b", "a b/ü")),
        ("jupyter:b/a b/ü", Target("jupyter", "b", "a b/ü")),
        ("jupyter:b/a+b", Target("jupyter", "b", "a+b")),
        (
            "sagemaker:i/lab?region=us-west-2&profile=p",
            Target("sagemaker", "i", "lab", (("profile", "p"), ("region", "us-west-2"))),
        ),
        ("studio:d/u?x=a%26b/c", Target("studio", "d", "u", (("x", "a&b/c"),))),
        ("my-instance", BareTarget("my-instance")),
        ("my-instance/lab?region=x", BareTarget("my-instance", "lab", (("region", "x"),))),
        ("My:instance", BareTarget("My:instance")),
    ],
)
def test_reading(text, target):
    assert parse(text) == target


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("presign:", "empty"),
        ("   ", "empty"),
        ("jupyter:", "Not a name"),
        ("jupyter:/lab", "Not a name"),
        ("https://host/lab", "URL"),
        ("jupyter:b/lab#x", "%23"),
        ("jupyter:b/../c", "Not a path"),
        ("jupyter:b/%2e%2e/c", "Not a path"),
        ("jupyter:b/.", "Not a path"),
        ("jupyter:b//c", "Not a path"),
        ("jupyter:b/a%2Fb", "%2F"),
        ("jupyter:b/a%5Cb", "Not a path"),
        ("jupyter:b/a%00b", "Not a path"),
        ("jupyter:b/%", "two hex digits"),
        ("jupyter:b/%zz", "two hex digits"),
        ("jupyter:b/%ff", "UTF-8"),
        ("jupyter:b/\ud800", "UTF-8"),
        ("jupyter:b?region", "name=value"),
        ("jupyter:b?region=", "Not an option"),
        ("jupyter:b?Region=x", "Not an option"),
        ("jupyter:b?a=1&a=2", "given twice"),
        ("jupyter:b?token=abc", "no secrets"),
        ("jupyter:b?password=abc", "no secrets"),
        ("presign:presign:b", "Not a provider"),
        ("x" * (MAX_LENGTH + 1), "at most"),
    ],
)
def test_refusing(text, says):
    with pytest.raises(BadReferenceError, match=re.escape(says)):
        parse(text)


def test_a_refused_secret_is_not_repeated():
    with pytest.raises(BadReferenceError) as refused:
        parse("jupyter:b?token=s3cr3t")
    assert "s3cr3t" not in str(refused.value)


def test_markdown():
    target = Target("jupyter", "b", "lab/tree/a [1].ipynb")
    assert to_markdown(target) == r"[a \[1\].ipynb](presign:jupyter:b/lab/tree/a%20%5B1%5D.ipynb)"
    assert to_markdown(target, "see *this*").startswith(r"[see \*this\*](")
    assert to_markdown(Target("jupyter", "b")) == "[b](presign:jupyter:b)"


class TestPathBeside:
    def test_none(self):
        target = Target("jupyter", "b", "lab")
        assert with_path(target, "") == with_path(target, "/") == target

    def test_the_same_again(self):
        target = Target("jupyter", "b", "lab")
        assert with_path(target, "/lab/") == target

    def test_twice(self):
        with pytest.raises(BadReferenceError, match="twice"):
            with_path(Target("jupyter", "b", "lab"), "tree")

    def test_of_a_bare_target(self):
        assert with_path(BareTarget("b"), "lab") == BareTarget("b", "lab")

    def test_a_bad_one(self):
        with pytest.raises(BadReferenceError):
            with_path(Target("jupyter", "b"), "a/../b")


class TestTheFrontEndsRules:
    """Both sides keep the same examples, so that neither can change alone."""

    @pytest.mark.parametrize("vector", VECTORS["written"], ids=lambda vector: vector["text"])
    def test_what_is_written(self, vector):
        parts = vector["id"], vector["path"], tuple(map(tuple, vector["options"]))
        provider = vector["provider"]
        target = Target(provider, *parts) if provider else BareTarget(*parts)
        assert parse(vector["text"]) == parse(f"presign:{vector['text']}") == target
        assert write_target(target) == vector["text"]

    @pytest.mark.parametrize("text", VECTORS["refused"])
    def test_what_is_refused(self, text):
        with pytest.raises(BadReferenceError):
            parse(text)

    def test_the_longest(self):
        assert VECTORS["maxLength"] == MAX_LENGTH

    @pytest.mark.parametrize("vector", VECTORS["markdown"])
    def test_labels(self, vector):
        assert to_markdown(parse(vector["reference"]), vector["label"]) == vector["written"]
