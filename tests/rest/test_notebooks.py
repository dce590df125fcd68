"""`GET api/notebooks`: one folder at a time, for who chooses where a link leads."""

from __future__ import annotations

import pytest

NOTEBOOKS = "nb-presign/api/notebooks"


@pytest.fixture(scope="module", autouse=True)
def files(server):
    """Put a folder with some of everything below the root directory."""
    root = server.root / "listed"
    for folder in (root / "sub é", root / ".hidden"):
        folder.mkdir(parents=True)
        (folder / "x.ipynb").write_text("{}")
    for name in ("b.ipynb", "A.ipynb", ".secret.ipynb", "data.csv"):
        (root / name).write_text("{}")


def test_one_folder_is_listed_with_references(owner):
    answer = owner.get(NOTEBOOKS, params={"target": "jupyter:.", "folder": "listed"})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["folder"], told["problems"]) == ("listed", [])
    assert [(item["name"], item["kind"]) for item in told["items"]] == [
        ("sub é", "folder"),
        ("A.ipynb", "notebook"),
        ("b.ipynb", "notebook"),
    ]
    assert told["items"][0]["path"] == "listed/sub é"
    reference = told["items"][1]["reference"]
    assert reference.startswith("jupyter:b/")
    assert reference.endswith("/listed/A.ipynb")
    assert owner.post("nb-presign/api/links", json={"target": reference}).status_code == 201


def test_folders_are_walked_down(owner):
    told = owner.get(NOTEBOOKS, params={"target": "jupyter:b", "folder": "listed/sub é"}).json()
    assert [item["path"] for item in told["items"]] == ["listed/sub é/x.ipynb"]


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"target": "jupyter:.", "folder": "gone"}, 404, "target-not-found"),
        ({"target": "jupyter:.", "folder": "listed/A.ipynb"}, 404, "target-not-found"),
        ({"target": "jupyter:.", "folder": "listed/.hidden"}, 404, "target-not-found"),
        ({"target": "jupyter:.", "folder": "../.."}, 400, "bad-reference"),
        ({"target": "jupyter:.", "folder": "a\\b"}, 400, "bad-reference"),
        ({"target": "jupyter:.", "folder": "x" * 1025}, 400, "bad-input"),
        ({"target": "jupyter:nowhere"}, 404, "target-not-found"),
        ({"target": "b"}, 400, "bad-reference"),
        ({"folder": "listed"}, 400, "bad-reference"),
        ({"target": "session:5e55"}, 409, "not-listable"),
        ({"target": "sagemaker:gpu?region=us-west-2"}, 409, "not-listable"),
    ],
)
def test_what_cannot_be_listed_says_why_and_what_to_do(owner, params, status, code):
    answer = owner.get(NOTEBOOKS, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    if status != 400 or code == "bad-reference":
        assert answer.json()["hint"]


def test_who_cannot_list_files_is_told_to_type_the_path(owner):
    answer = owner.get(NOTEBOOKS, params={"target": "sagemaker:gpu"})
    assert "Type the path" in answer.json()["hint"]


def test_nobody_else_is_told(stranger, server, mint, redeem):
    assert stranger.get(NOTEBOOKS, params={"target": "jupyter:."}).status_code == 401
    answer = redeem(mint(scope="full")["url"])
    ((name, value),) = answer.cookies.items()
    with server.stranger(cookies={name: value}) as guest:
        told = guest.get(NOTEBOOKS, params={"target": "jupyter:."})
    assert told.status_code in {401, 403}
    assert "a.ipynb" not in told.text
