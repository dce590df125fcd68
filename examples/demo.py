"""The main job for real, step by step: two Jupyter servers, a link, a guest, a revocation.

Run by `make demo`. Every line with a mark was checked on the running servers; the exit code is 0
only if all hold.
"""

from __future__ import annotations

import ast
import asyncio
import re
import sys
from http import HTTPStatus

from checklist import Checklist
from guest import Guest
from jupyter_servers import RunningServer
from kernel_socket import KernelSocket
from playground import PRIVATE, PRIVATE_TEXT, Playground, open_notebook, playground
from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketClosedError

REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
#: What a token of ours looks like, in a URL or on its own.
TOKEN = re.compile(r"nb[po]1\.[A-Za-z0-9_.-]{8,}")
#: Close code of a guest's socket whose session has ended.
SESSION_ENDED = 4401


class Demo:
    """The steps, on one playground."""

    def __init__(self, play: Playground, checks: Checklist) -> None:
        self.play, self.checks = play, checks
        self.check, self.tell = checks.check, checks.tell
        #: Of every link that is minted, and the signature of each.
        self.tokens: list[str] = []

    async def run(self) -> None:
        """Go through all of it."""
        self.servers()
        work = open_notebook(self.play.analysis, "work.ipynb")
        kernel = await owner_socket(self.play.analysis, work["kernel"]["id"])
        link_id, url = await self.mint(kernel)
        guest = Guest(url)
        socket = await self.redeem(guest)
        await self.work(guest, socket)
        await self.stay_inside(guest)
        await self.read_only(kernel)
        await self.revoke(kernel, link_id, guest, socket)
        self.secrets(guest)
        for thing in (socket, kernel, guest):
            thing.close()

    def servers(self) -> None:
        """Both serve links, and nobody had to configure that."""
        self.checks.step("Two Jupyter servers of one person, analysis and training")
        for server in (self.play.analysis, self.play.training):
            with server.owner() as owner, server.stranger() as stranger:
                answer = owner.get("nb-presign/api/server")
                info = answer.json() if answer.is_success else {}
                self.check(
                    f"{server.root.name} serves links at {server.url}",
                    info.get("self_hosted") and info.get("name") == server.root.name,
                    answer,
                )
                status = stranger.get("nb-presign/api/links").status_code
                self.check("it tells strangers nothing", status in REFUSED, status)

    async def mint(self, kernel: KernelSocket) -> tuple[str, str]:
        """Mint in a kernel on analysis; returns the link's id and its URL."""
        self.checks.step("A kernel on analysis runs %presign")
        listed = await kernel.run("%load_ext nb_presign\n%presign targets")
        self.tell(listed.text)
        reference = f"session:{self.play.session_id}@training"
        self.check("the open notebook on training is listed", "training.ipynb" in listed.text)

        shown = await kernel.run(f"%presign --scope execute {reference}")
        self.tell(f"%presign --scope execute {reference}\n{shown.text}")
        self.check("%presign shows a link", shown.status == "ok" and "lnk_" in shown.text)
        widget = [v for v in shown.displayed if "application/vnd.jupyter.widget-view+json" in v]
        self.check("as a widget", widget, shown.displayed)
        self.check(
            "with no secret in the cell's output",
            not TOKEN.search(shown.text + str(shown.displayed)),
        )

        minted = await kernel.run(
            f"link = %presign -q --scope execute {reference}\nlink",
            id="link.id",
            url="link.url.reveal()",
            target="str(link.target.path)",
        )
        self.check("`link = %presign -q …` gives the link", minted.status == "ok", minted.text)
        if minted.status != "ok":
            raise SystemExit(self.checks.close())
        self.check("whose repr holds no secret", not TOKEN.search(minted.text))
        link_id, url = (ast.literal_eval(minted.values[name]) for name in ("id", "url"))
        self._watch_for(url)
        self.tell(f"link {link_id}, {TOKEN.sub('nbp1.…', url)}")
        self.check(
            "its URL is one of training's, with the token behind the #",
            url.startswith(f"{self.play.training.url}nb-presign/redeem#nbp1."),
        )
        return link_id, url

    async def redeem(self, guest: Guest) -> KernelSocket:
        """Open the URL as a browser does."""
        self.checks.step("The URL is opened in a browser that has never seen training")
        before = guest.get("api/contents/training.ipynb").status_code
        self.check("before: the notebook is refused", before in REFUSED, before)
        landing = [
            guest.get("nb-presign/redeem").status_code,
            guest.ask("HEAD", "nb-presign/redeem"),
        ]
        self.check("the landing page opens", landing[0] == HTTPStatus.OK, landing)
        self.check("looking at it uses nothing and lets nobody in", not self._sessions())
        answer = guest.redeem()
        self.check("its button redeems the link", answer.status_code == HTTPStatus.OK, answer.text)
        if not answer.is_success:
            raise SystemExit(self.checks.close())
        location = answer.json()["location"]
        self.check("it leads to the notebook", location.endswith("/training.ipynb"), location)
        page = guest.get(location.lstrip("/"))
        self.check("which opens in JupyterLab", 'id="jupyter-config-data"' in page.text, page)
        sessions = self._sessions()
        self.tell("\n".join(f"guest {s['id']}, scope {s['scope']}" for s in sessions))
        self.check("the owner sees one guest's session", len(sessions) == 1, sessions)
        return await guest.kernel(self.play.kernel_id)

    async def work(self, guest: Guest, socket: KernelSocket) -> None:
        """Use what the scope allows."""
        self.checks.step("The guest reads and runs the notebook")
        answer = guest.get("api/contents/training.ipynb")
        cells = answer.json()["content"]["cells"] if answer.is_success else []
        self.check("the notebook is read", len(cells) == 2, answer)  # noqa: PLR2004  # see playground.TRAINING
        ran = await socket.run(cells[1]["source"] if cells else "")
        self.check(f"its cell runs in its kernel: {ran.text.strip()}", "0.22" in ran.text, ran)

    async def stay_inside(self, guest: Guest) -> None:
        """Try what lies outside the scope, and look at the effects as well as the answers."""
        self.checks.step("What lies outside is refused")
        diary = self.play.training.root / PRIVATE
        empty = {"type": "file", "format": "text", "content": ""}
        other = open_notebook(self.play.training, "other.ipynb")
        attempts = [
            ("another file", "GET", f"api/contents/{PRIVATE}", None),
            ("the same by a detour", "GET", f"files/x/..%2f{PRIVATE}", None),
            ("overwriting it", "PUT", f"api/contents/{PRIVATE}", empty),
            ("deleting it", "DELETE", f"api/contents/{PRIVATE}", None),
            ("copying it", "POST", "api/contents", {"copy_from": PRIVATE}),
            ("a terminal", "POST", "api/terminals", {}),
            ("another kernel's end", "DELETE", f"api/kernels/{other['kernel']['id']}", None),
            ("minting links", "POST", "nb-presign/api/links", {"target": "jupyter:."}),
            ("the owner's links", "GET", "nb-presign/api/links", None),
            ("stopping the server", "POST", "api/shutdown", {}),
        ]  # fmt: skip
        for what, method, path, body in attempts:
            status = guest.ask(method, path, body).status_code
            self.check(f"{what}: {method} {path} → {status}", status in REFUSED, status)
        try:
            (await guest.kernel(other["kernel"]["id"])).close()
            refused = False
        except HTTPClientError:
            refused = True
        self.check("another notebook's kernel cannot be reached", refused)
        self.check("the other file is as it was", diary.read_text() == PRIVATE_TEXT)
        with self.play.training.owner() as owner:
            kernels = [k["id"] for k in owner.get("api/kernels").json()]
            self.check("the other kernel still runs", other["kernel"]["id"] in kernels)
            self.check("no terminal was opened", not owner.get("api/terminals").json())
        names = [entry["name"] for entry in guest.get("api/contents").json().get("content", [])]
        self.check(
            "the guest's file list has the notebook alone", names == ["training.ipynb"], names
        )

    async def read_only(self, kernel: KernelSocket) -> None:
        """Read with a link that allows no more."""
        self.checks.step(
            "A second link, to read only: %presign jupyter:training/lab/tree/training.ipynb"
        )
        minted = await kernel.run(
            "look = %presign -q jupyter:training/lab/tree/training.ipynb", url="look.url.reveal()"
        )
        self.check("it is minted", minted.status == "ok", minted.text)
        if minted.status != "ok":
            return
        url = ast.literal_eval(minted.values["url"])
        self._watch_for(url)
        reader = Guest(url)
        scope = reader.redeem().json().get("scope")
        self.check("its scope is read, the default", scope == "read", scope)
        notebook = self.play.training.root / "training.ipynb"
        before = notebook.read_bytes()
        answer = reader.get("api/contents/training.ipynb")
        self.check("the notebook is read", answer.is_success, answer)
        body = {"type": "notebook", "format": "json", "content": {"cells": []}}
        status = reader.ask("PUT", "api/contents/training.ipynb", body).status_code
        self.check(f"saving it is refused ({status})", status in REFUSED, status)
        self.check("and it is as it was", notebook.read_bytes() == before)
        await self._frames_without_effect(reader)
        reader.close()

    async def _frames_without_effect(self, reader: Guest) -> None:
        try:
            socket = await reader.kernel(self.play.kernel_id)
            answered = await socket.answered(await socket.send("touched = 'by a reader'"), 1.0)
            socket.close()
        except (HTTPClientError, WebSocketClosedError):
            answered = False
        self.check("code that the reader sends is not run", not answered)
        self.check("nor has it any effect", await self._in_kernel("'touched' not in globals()"))

    async def revoke(
        self, kernel: KernelSocket, link_id: str, guest: Guest, socket: KernelSocket
    ) -> None:
        """End it, from where it was minted."""
        self.checks.step("The link is revoked on analysis, while the guest is connected")
        revoked = await kernel.run(f"%presign revoke {link_id}")
        self.check(f"%presign revoke {link_id}", revoked.status == "ok", revoked.text)
        try:
            sent = await socket.send("touched = 'after the end'")
            answered = await socket.answered(sent, 1.0)
        except WebSocketClosedError:
            answered = False
        self.check("the next frame is not run", not answered)
        self.check("nor has it any effect", await self._in_kernel("'touched' not in globals()"))
        self.check("the socket is closed", await socket.closed(2.0))
        self.check(
            f"with code {SESSION_ENDED}", socket.close_code == SESSION_ENDED, socket.close_code
        )
        status = guest.get("api/contents/training.ipynb").status_code
        self.check(f"the next request is refused ({status})", status in REFUSED, status)
        status = guest.redeem().status_code
        self.check(f"the URL opens nothing any more ({status})", status == HTTPStatus.GONE, status)
        live = [s for s in self._sessions() if s["link_id"] == link_id and s["state"] == "live"]
        self.check("the owner's list shows the session as ended", not live, live)
        self.check("the owner goes on working", await self._in_kernel("losses[-1] == 0.22"))

    def secrets(self, guest: Guest) -> None:
        """Look for what must not be anywhere."""
        self.checks.step("Nothing leaked")
        received = "\n".join(guest.received)
        owners = [self.play.analysis.token, self.play.training.token]
        self.check(
            f"the owner's token is in none of the {len(guest.received) // 2} answers to the guest",
            not any(token in received for token in owners),
        )
        logs = self.play.analysis.logged() + self.play.training.logged()
        self.check(
            "no presigned token is in the servers' logs, which are at DEBUG",
            not any(token in logs for token in self.tokens),
        )
        saved = b"".join(p.read_bytes() for p in self.play.world.home.rglob("*.sqlite*"))
        self.check(
            "nor in the database",
            saved and not any(token.encode() in saved for token in self.tokens),
        )

    def _watch_for(self, url: str) -> None:
        token = url.partition("#")[2]
        self.tokens += [token, token.rpartition(".")[2]]

    def _sessions(self) -> list[dict[str, str]]:
        with self.play.training.owner() as owner:
            sessions: list[dict[str, str]] = owner.get("nb-presign/api/sessions").json()
            return sessions

    async def _in_kernel(self, expression: str) -> bool:
        """Ask training's kernel, as its owner."""
        kernel = await owner_socket(self.play.training, self.play.kernel_id)
        outcome = await kernel.run("", value=expression)
        kernel.close()
        return outcome.values.get("value") == "True"


async def owner_socket(server: RunningServer, kernel_id: str) -> KernelSocket:
    """Connect to a kernel as the owner of its server."""
    headers = {"Authorization": f"token {server.token}"}
    return await KernelSocket.open(server.url, kernel_id, headers)


def main() -> int:
    """Run the demo; returns the exit code."""
    checks = Checklist()
    print("Starting two servers …", flush=True)
    with playground() as play:
        asyncio.run(Demo(play, checks).run())
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
