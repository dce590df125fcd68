"""Athena's notebooks: the files of the open ones."""

from __future__ import annotations

import pytest
from aws_api.operations.conftest import notebook

from nb_presign.aws_api.refusal import RefusedError
from nb_presign.errors import NotAllowedError


def names(answer):
    return {each["Name"]: each["NotebookId"] for each in answer["NotebookMetadataList"]}


@pytest.fixture
def four(desk):
    """Have four notebooks open, one of them twice."""
    paths = ["a.ipynb", "a.ipynb", "sub/a.ipynb", "sub/weather.ipynb", "x:y\\z.ipynb"]
    desk.here.open += [notebook(number, path) for number, path in enumerate(paths)]
    return desk


def test_a_notebook_is_told_of_once(four):
    listed = four.ask("ListNotebookMetadata", WorkGroup="my_lab")["NotebookMetadataList"]
    # What Athena allows in no name is not in one.
    assert sorted(each["Name"] for each in listed) == ["a", "a", "weather", "x-y-z"]
    assert len({each["NotebookId"] for each in listed}) == 4
    assert {(each["WorkGroup"], each["Type"]) for each in listed} == {("my_lab", "IPYNB")}


def test_an_id_stays_the_same_and_is_this_servers(four):
    first = names(four.ask("ListNotebookMetadata", WorkGroup="my_lab"))["weather"]
    four.here.open = [notebook(9, "sub/weather.ipynb", "busy")]
    assert names(four.ask("ListNotebookMetadata", WorkGroup="my_lab")) == {"weather": first}
    four.here.id = "srv_other"
    assert names(four.ask("ListNotebookMetadata", WorkGroup="my_lab")) != {"weather": first}


def test_names_are_searched(four):
    found = four.ask("ListNotebookMetadata", WorkGroup="my_lab", Filters={"Name": "eat"})
    assert list(names(found)) == ["weather"]


@pytest.mark.parametrize("size", [1, 3])
def test_pages_hold_all_of_the_list_once(four, size):
    found, more = [], {}
    while more is not None:
        answer = four.ask("ListNotebookMetadata", WorkGroup="my_lab", MaxResults=size, **more)
        found += [each["NotebookId"] for each in answer["NotebookMetadataList"]]
        more = {"NextToken": answer["NextToken"]} if "NextToken" in answer else None
    assert len(found) == len(set(found)) == 4


def test_the_sessions_of_a_notebook(desk):
    desk.here.open += [notebook(number) for number in range(12)]
    desk.here.open.append(notebook(12, "other.ipynb"))
    (book,) = {
        each["NotebookId"]
        for each in desk.ask("ListNotebookMetadata", WorkGroup="my_lab")["NotebookMetadataList"]
        if each["Name"] == "a"
    }
    # No more than ten fit into an answer.
    first = desk.ask("ListNotebookSessions", NotebookId=book, MaxResults=100)
    assert len(first["NotebookSessionsList"]) == 10
    second = desk.ask("ListNotebookSessions", NotebookId=book, NextToken=first["NextToken"])
    shown = first["NotebookSessionsList"] + second["NotebookSessionsList"]
    assert [each["SessionId"] for each in shown] == [notebook(n).id for n in range(12)]
    assert "NextToken" not in second


def test_one_that_is_not_open(four):
    with pytest.raises(RefusedError, match="not found among the open ones") as caught:
        four.ask("ListNotebookSessions", NotebookId="00000000-0000-0000-0000-000000000000")
    assert caught.value.kind == "ResourceNotFoundException"


def test_the_policy_is_asked_first(four):
    four.allow({"Effect": "Allow", "Action": "athena:Get*", "Resource": "*"})
    with pytest.raises(NotAllowedError):
        four.ask("ListNotebookSessions", NotebookId="00000000-0000-0000-0000-000000000000")
