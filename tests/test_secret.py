from __future__ import annotations

import copy
import json
import pickle

import msgspec
import pytest

from nb_presign.secret import Secret

WORD = "s3cr3t"


@pytest.fixture
def secret():
    return Secret(WORD)


def test_reveal_is_the_way_out(secret):
    assert secret.reveal() == WORD


def test_nothing_shows_it(secret):
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        "%s" % secret,  # noqa: UP031  # as logging does
        repr([secret]),
        repr({"url": secret}),
    ]
    assert all(WORD not in text for text in shown)
    assert str(secret) == "Secret('…')"


@pytest.mark.parametrize(
    "leak",
    [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, vars, hash, iter],
)
def test_it_is_not_copied_out(secret, leak):
    with pytest.raises(TypeError) as refused:
        leak(secret)
    assert WORD not in str(refused.value)


def test_equality(secret):
    assert secret == Secret(WORD)
    assert secret != Secret(WORD + " ")
    assert secret != WORD
    assert Secret("ü") == Secret("ü")


def test_truth(secret):
    assert secret
    assert not Secret("")
