"""What a browser that has never seen the server does with a presigned URL, without the browser."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx
from jupyter_servers import trusted
from kernel_socket import KernelSocket


class Guest:
    """Somebody with a URL and nothing else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.page, self._token = url.split("#", maxsplit=1)[0], parts.fragment
        self.origin = f"{parts.scheme}://{parts.netloc}"
        #: With the base URL of the server and a final slash.
        self.server_url = self.page.removesuffix("nb-presign/redeem")
        self._browser = httpx.Client(
            base_url=self.server_url, timeout=30, trust_env=False, verify=trusted()
        )
        #: Bodies and headers of every answer so far.
        self.received: list[str] = []

    def get(self, path: str = "") -> httpx.Response:
        """Ask for a page or resource below the server's base URL."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Send a request as the server's own pages do, XSRF token and origin included."""
        headers = {"Origin": self.origin}
        if xsrf := self._browser.cookies.get("_xsrf"):
            headers["X-XSRFToken"] = xsrf
        answer = self._browser.request(method, path, json=json, headers=headers)
        self.received += [answer.text, str(answer.headers)]
        return answer

    def redeem(self) -> httpx.Response:
        """Do what the landing page's button does."""
        nonce = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        return self.ask("POST", "nb-presign/redeem", {"token": self._token, "nonce": nonce})

    async def kernel(self, kernel_id: str) -> KernelSocket:
        """Connect to a kernel with the guest's cookies."""
        return await KernelSocket.open(self.server_url, kernel_id, self.cookie_headers())

    def cookie_headers(self) -> Mapping[str, str]:
        """Write the cookies as a header, for what is no httpx."""
        pairs = (f"{cookie.name}={cookie.value}" for cookie in self._browser.cookies.jar)
        return {"Cookie": "; ".join(pairs)}

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()
