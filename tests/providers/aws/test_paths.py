from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nb_presign.errors import BadReferenceError
from nb_presign.model import check_path
from nb_presign.providers.aws.paths import page_of, with_page

HOST = "https://gpu-ab12.notebook.us-west-2.sagemaker.aws"


def is_path(text):
    try:
        check_path(text)
    except BadReferenceError:
        return False
    return bool(text)


PATHS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12),
    min_size=1,
    max_size=5,
).map("/".join)
TOKENS = st.text("abcXYZ019-_.~%=&+:@!$'()*,;/?", max_size=80)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("a.ipynb", "lab/tree/a.ipynb"),
        ("deep/er/a.ipynb", "lab/tree/deep/er/a.ipynb"),
        ("lab", "lab"),
        ("tree", "tree"),
        ("lab/tree/a.ipynb", "lab/tree/a.ipynb"),
        ("tree/a", "tree/a"),
        ("notebooks/a.ipynb", "notebooks/a.ipynb"),
        ("Lab/a.ipynb", "lab/tree/Lab/a.ipynb"),
    ],
)
def test_a_path_is_a_page_or_a_file(path, page):
    assert page_of(path) == page
    assert page_of(page) == page


@pytest.mark.parametrize("path", ["api/contents", "logout", "login?next=x", "nb-presign/open"])
def test_what_is_no_page_is_refused(path):
    if path == "login?next=x":
        assert page_of(path) == "lab/tree/login?next=x"
    else:
        with pytest.raises(BadReferenceError):
            page_of(path)


@pytest.mark.parametrize("origin", [HOST, f"{HOST}/"])
def test_the_page_goes_between_the_host_and_the_query(origin):
    url = with_page(f"{origin}?authToken=a.b%2Bc&x=1", "lab/tree/a b#c?d%e+f&g=é.ipynb")
    assert url == (
        f"{HOST}/lab/tree/a%20b%23c%3Fd%25e%2Bf%26g%3D%C3%A9.ipynb?authToken=a.b%2Bc&x=1"
    )


@pytest.mark.parametrize(
    "url", [f"{HOST}/auth?authToken=x", HOST, f"{HOST}?authToken=x#there", "http://x?authToken=x"]
)
def test_a_url_of_another_shape_is_left_alone(url):
    assert with_page(url, "lab") is None


@given(PATHS.filter(is_path), TOKENS)
@example("lab/tree/%2e%2e/x", "a?b/c=d")
@example("a//b".replace("//", "/"), "")
def test_any_path_opens_that_path_and_the_query_stays_byte_for_byte(path, token):
    query = f"authToken={token}"
    url = with_page(f"{HOST}?{query}", path)
    assert url is not None
    parts = urlsplit(url)
    assert url.isascii()
    assert f"{parts.scheme}://{parts.netloc}" == HOST
    assert unquote(parts.path) == f"/{path}"
    assert parts.path.count("/") == path.count("/") + 1
    assert url.partition("?")[2] == query
