"""What another server answers is followed only to where that server is known to be."""

from __future__ import annotations

import pytest
from support.values import a_link

from nb_presign.clock import SystemClock
from nb_presign.errors import UpstreamError
from nb_presign.providers.base import ServerAddress
from nb_presign.providers.minted import check_url
from nb_presign.secret import Secret

ADDRESS = ServerAddress("gpu", "https://gpu.example/base/", Secret("canary"))
GOOD = "https://gpu.example/base/nb-presign/redeem#nbo1.a.b"


def check(url, *, interactive=True, own_host=True, address=ADDRESS):
    link = a_link(SystemClock().now(), interactive=interactive, url=Secret(url) if url else None)
    check_url(link, address, own_host=own_host)


@pytest.mark.parametrize(
    "url",
    [
        GOOD,
        "https://GPU.example:443/base/nb-presign/redeem#nbo1.a-b_c.d",
        "https://gpu.example/nb-presign/redeem?authToken=nbo1.a.b",
    ],
)
def test_a_landing_page_of_that_server_is_what_was_asked_for(url):
    check(url)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "nbo1.a.b",
        "https://gpu.example/base/nb-presign/redeem",
        "https://gpu.example/base/nb-presign/redeem#",
        "https://gpu.example/base/nb-presign/redeem#nbp1.a.b",  # waits for a click that was one
        "https://gpu.example/base/lab#nbo1.a.b",
        "https://gpu.example/base/nb-presign/redeem?next=/x#nbo1.a.b",
        "https://gpu.example/base/nb-presign/redeem#nbo1.a.b\r\nSet-Cookie: a=b",
        "https://ann:pw@gpu.example/base/nb-presign/redeem#nbo1.a.b",
        "https://[gpu.example/base/nb-presign/redeem#nbo1.a.b",
        "https://gpu.example:99999/nb-presign/redeem#nbo1.a.b",
        "ftp://gpu.example/base/nb-presign/redeem#nbo1.a.b",
        "javascript:alert(1)/nb-presign/redeem#nbo1.a.b",
    ],
)
@pytest.mark.parametrize("own_host", [True, False])
def test_anything_else_is_refused_and_not_repeated(url, own_host):
    with pytest.raises(UpstreamError, match="'gpu'") as caught:
        check(url, own_host=own_host)
    assert "nb" not in str(caught.value)
    assert caught.value.fields == {"server": "gpu"}


@pytest.mark.parametrize(
    "place", ["https://evil.example/base", "http://gpu.example/base", "https://gpu.example:8443"]
)
def test_another_host_is_only_for_links_to_share(place):
    url = f"{place}/nb-presign/redeem#nbo1.a.b"
    check(url, own_host=False)
    with pytest.raises(UpstreamError, match="not to its address") as caught:
        check(url)
    assert "nbo1" not in str(caught.value)


def test_a_link_to_share_has_a_button():
    shared = GOOD.replace("nbo1", "nbp1")
    check(shared, interactive=False)
    with pytest.raises(UpstreamError):
        check(GOOD, interactive=False)
