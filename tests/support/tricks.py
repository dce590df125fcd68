"""Addresses and targets that would rather lead elsewhere; `bodies` and `urls` are all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

EVIL = "evil.example"
#: What browsers, proxies or Python read in different ways.
TRICKS = [
    EVIL,
    f"/{EVIL}",
    f"//{EVIL}",
    f"///{EVIL}",
    f"\\{EVIL}",
    f"\\\\{EVIL}",
    f"/\\{EVIL}",
    f"/\t/{EVIL}",
    f"\t//{EVIL}",
    f"/\n/{EVIL}",
    f"\r\n//{EVIL}",
    f" //{EVIL}",
    f"\x00//{EVIL}",
    f"%5C{EVIL}",
    f"%5c%5c{EVIL}",
    f"%2F{EVIL}",
    f"%2f%2f{EVIL}",
    f"%252f%252f{EVIL}",
    f"%09//{EVIL}",
    f"%0d%0aLocation:%20//{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https://{EVIL}",
    f"HTTPS:\\\\{EVIL}",
    f"javascript:location='//{EVIL}'",
    f"JaVaScRiPt:alert(1)//{EVIL}",
    "javascript\t:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "blob:x",
    f"@{EVIL}",
    f"x@{EVIL}",
    f":x@{EVIL}",
    f":80@{EVIL}/",
    f".{EVIL}",
    f"..{EVIL}",
    f"../..//{EVIL}",
    f"..//{EVIL}",
    f"%2e%2e//{EVIL}",
    f"..;//{EVIL}",
    f"./{EVIL}",
    f"\u2215\u2215{EVIL}",
    f"\u2044{EVIL}",
    f"\uff0f\uff0f{EVIL}",
    f"\uff3c{EVIL}",
    f"\u3002{EVIL}",
    f"\u202e{EVIL}",
    f"\u00a0//{EVIL}",
    f"\ufeff//{EVIL}",
    f"?//{EVIL}",
    f"?next=//{EVIL}",
    f"#//{EVIL}",
    f"#@{EVIL}",
    f";//{EVIL}",
    f"&//{EVIL}",
    f"[::1]@{EVIL}",
    f"//{EVIL}%00.png",
    f"\"><meta http-equiv=refresh content='0;url=//{EVIL}'>",
]
PLACES = ["{}", "/{}", "lab{}", "lab/{}", "terminals/{}/x"]
#: Files that are really called so, where a file system lets them.
NAMES = ["%2e%2e", f"@{EVIL}", f"\\{EVIL}", "https:", "a b?c#d&e=f", "\uff0f\uff0fx", "%5Cx", "~x"]

HOSTS = [
    "gpu.example",
    "GPU.example",
    "gpu.example:443",
    "gpu.example:1",
    "gpu.example.",
    "gpu\uff0eexample",
    f"gpu.example.{EVIL}",
    f"gpu.example@{EVIL}",
    f"gpu.example:443@{EVIL}",
    f"gpu.example\\@{EVIL}",
    f"gpu.example%2f@{EVIL}",
    f"gpu.example%00.{EVIL}",
    f"gpu.example\t.{EVIL}",
    f"{EVIL}#gpu.example",
    f"{EVIL}?gpu.example",
    f"{EVIL}\\.gpu.example",
    EVIL,
    "[::1]",
    "",
]
SCHEMES = ["https://", "HTTPS://", "http://", " https://", "https:", "https:\\", "//", "/", "\\\\"]
SCHEMES += ["javascript:", "javascript://"]
REST = [
    "/nb-presign/redeem",
    "nb-presign/redeem",
    "/../nb-presign/redeem",
    "/\\nb-presign/redeem",
    f"//{EVIL}/nb-presign/redeem",
    f"/nb-presign/redeem/../../@{EVIL}",
    "/nb-presign/redeem\r\nSet-Cookie: a=b",
]
TAILS = [
    "#nbo1.a.b",
    "?authToken=nbo1.a.b",
    "",
    "#nbp1.a.b",
    "?x=y#nbo1.a.b",
    f"#nbo1.a.b//{EVIL}",
    "#javascript:1",
]


def bodies() -> Iterator[dict[str, str]]:
    """What to ask a server to mint."""
    for trick, place in product(TRICKS, PLACES):
        yield {"target": "jupyter:.", "path": place.format(trick)}
    for trick, place in product(TRICKS, PLACES[1:4]):
        yield {"target": f"jupyter:./{place.format(trick)}"}
        yield {"target": f"jupyter:./{place.format(quote(trick))}"}
    for name in NAMES:
        yield {"target": "jupyter:.", "path": name}
        yield {"target": f"jupyter:./files/{quote(name)}"}


def urls() -> Iterator[str]:
    """What a server could answer that has been asked to mint for `https://gpu.example/`."""
    for parts in product(SCHEMES, HOSTS, REST, TAILS):
        yield "".join(parts)
