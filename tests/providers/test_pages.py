from __future__ import annotations

import pytest

from nb_presign.errors import BadReferenceError
from nb_presign.providers.pages import check_page, file_of, is_page


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("lab/tree/a.ipynb", "a.ipynb"),
        ("lab/tree/sub/a b.ipynb", "sub/a b.ipynb"),
        ("lab/workspaces/mine/tree/sub/a.ipynb", "sub/a.ipynb"),
        ("lab/workspaces/mine", ""),
        ("lab", ""),
        ("lab/tree", ""),
        ("tree/sub", "sub"),
        ("notebooks/a.ipynb", "a.ipynb"),
        ("doc/tree/a.md", "a.md"),
        ("doc", ""),
        ("edit/a.py", "a.py"),
        ("view/a.html", "a.html"),
        ("files/a.csv", "a.csv"),
        ("consoles/a.ipynb", "a.ipynb"),
        ("nbclassic/notebooks/a.ipynb", "a.ipynb"),
        ("nbclassic/tree/sub", "sub"),
        ("terminals/1", ""),
        ("", ""),
    ],
)
def test_a_page_shows_a_file(page, file):
    assert is_page(page)
    assert file_of(page) == file


@pytest.mark.parametrize("path", ["a.ipynb", "sub/lab/a.ipynb", "labs/a.ipynb", "Lab/tree/a"])
def test_anything_else_is_the_path_of_a_file(path):
    assert not is_page(path)
    assert file_of(path) == ""
    check_page(path)


@pytest.mark.parametrize(
    "path", ["nb-presign/redeem", "nb-presign", "api/contents", "login", "logout", "API/kernels"]
)
def test_what_acts_or_signs_in_is_refused_and_the_way_to_such_a_folder_named(path):
    with pytest.raises(BadReferenceError, match="no page") as caught:
        check_page(path)
    assert f"lab/tree/{path}" in caught.value.hint
