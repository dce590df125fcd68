"""Any AWS SDK mints here: boto3, AWS's command line and the SDK for JavaScript, step by step.

Run by `make demo-aws`. Every line with a mark was checked on the running server; the exit code is 0
only if all hold.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from aws_clients import AwsAccess, aws_cli, javascript
from botocore.exceptions import ClientError
from checklist import Checklist
from demo import REFUSED, SESSION_ENDED, TOKEN
from guest import Guest
from kernel_socket import KernelSocket
from playground import PRIVATE, Playground, playground

#: What switches it on.
CONFIG = {"NbPresign": {"aws_api": True}}
INSTANCE = "training"


class DemoAws:
    """The steps, on one playground."""

    def __init__(self, play: Playground, checks: Checklist) -> None:
        self.play, self.checks = play, checks
        self.check, self.tell = checks.check, checks.tell
        #: Texts that must be in no log and no database.
        self.secrets: list[str] = []

    async def run(self) -> None:
        """Go through all of it."""
        access = self.create_key()
        guests = [self.boto3(access), self.command_line(access), self.sdk_for_javascript(access)]
        self.told_of(access)
        socket = await self.program(access)
        self.refusals(access)
        await self.revoke(access, guests, socket)
        self.nothing_leaked()
        for thing in (socket, *guests):
            thing.close()

    def create_key(self) -> AwsAccess:
        """Make a key as one does, on the command line."""
        server = self.play.training.url
        self.checks.step(f"jupyter presign aws-keys create --url {server} --scope execute")
        made = self._presign("create", "--url", server, "--scope", "execute", "--json")
        self.need("it exits with 0", made.returncode == 0, made.stderr)
        key = json.loads(made.stdout)
        self.secrets.append(key["secret_access_key"])
        self.check("a key and its secret are told, once", key["access_key_id"], made.stderr)
        url = f"{server}nb-presign/aws"
        self.check("and where to ask", key["endpoint_url"] == url, key["endpoint_url"])
        self.tell(f"AWS_ACCESS_KEY_ID={key['access_key_id']}\nendpoint {key['endpoint_url']}")
        listed = self._presign("list", "--json").stdout
        self.check("the list of keys has no secret", key["secret_access_key"] not in listed)
        return AwsAccess(
            key["endpoint_url"], key["access_key_id"], key["secret_access_key"], key["region"]
        )

    def boto3(self, access: AwsAccess) -> Guest:
        """Mint with boto3, and open it."""
        self.checks.step("boto3: athena.create_presigned_notebook_url(SessionId=…)")
        athena = access.boto3("athena")
        sessions = athena.list_sessions(WorkGroup=INSTANCE)["Sessions"]
        found = [each["SessionId"] for each in sessions]
        self.check("ListSessions has the open notebook", found == [self.play.session_id], found)
        minted = athena.create_presigned_notebook_url(SessionId=self.play.session_id)
        athena.close()
        self.secrets.append(minted["AuthToken"])
        return self.open(minted["NotebookUrl"], leads_to="training.ipynb")

    def command_line(self, access: AwsAccess) -> Guest:
        """Mint with AWS's command line, and open it."""
        command = ("sagemaker", "create-presigned-notebook-instance-url")
        self.checks.step(f"aws {' '.join(command)} --notebook-instance-name {INSTANCE}")
        done = self._aws(access, *command, "--notebook-instance-name", INSTANCE)
        self.need("it exits with 0", done.returncode == 0, done.stderr)
        return self.open(json.loads(done.stdout)["AuthorizedUrl"])

    def sdk_for_javascript(self, access: AwsAccess) -> Guest:
        """Mint with the SDK for JavaScript, and open it."""
        self.checks.step("JavaScript: new CreatePresignedNotebookInstanceUrlCommand(…)")
        name = {"NotebookInstanceName": INSTANCE}
        listed, minted = javascript(
            access,
            self.play.world.home,
            [
                _call("ListNotebookInstances", pages=True),
                _call("CreatePresignedNotebookInstanceUrl", input=name),
            ],
        )
        self.need("its calls are answered", "output" in listed and "output" in minted, minted)
        instances = [each for page in listed["output"] for each in page["NotebookInstances"]]
        names = sorted(each["NotebookInstanceName"] for each in instances)
        self.check(f"its paginator lists {names}", names == ["analysis", INSTANCE], listed)
        return self.open(minted["output"]["AuthorizedUrl"])

    def open(self, url: str, *, leads_to: str = "") -> Guest:
        """Open a URL as a browser does."""
        self._watch_for(url)
        self.tell(TOKEN.sub("nbp1.…", url))
        guest = Guest(url)
        answer = guest.redeem()
        location = answer.json().get("location", "")
        self.check(
            "the URL opens" + (f" {leads_to}" if leads_to else " the server"),
            answer.status_code == HTTPStatus.OK and location.endswith(leads_to),
            answer.text,
        )
        read = guest.get("api/contents/training.ipynb").status_code
        self.check("its guest reads the notebook", read == HTTPStatus.OK, read)
        return guest

    def need(self, what: str, holds: object, seen: object) -> None:
        """Check what all that follows needs."""
        if not self.check(what, holds, seen):
            raise SystemExit(self.checks.close())

    def told_of(self, access: AwsAccess) -> None:
        """Look at what the owner is told."""
        self.checks.step("They are links like any other")
        with self.play.training.owner() as owner:
            links = owner.get("nb-presign/api/links").json()
            sessions = owner.get("nb-presign/api/sessions").json()
        by_key = [link for link in links if link["minted_by"] == f"access-key:{access.key_id}"]
        self.tell("\n".join(f"{link['id']}  {link['target']}" for link in by_key))
        self.check("the owner's list has three, by that key", len(by_key) == 3, links)  # noqa: PLR2004
        opened = [each for each in sessions if each["link_id"] in {link["id"] for link in by_key}]
        # The fourth is the program's that asked Athena, with its AuthToken.
        self.check("and the sessions that they opened", len(opened) == 4, sessions)  # noqa: PLR2004

    async def program(self, access: AwsAccess) -> KernelSocket:
        """Use an AuthToken as Athena's, without any browser."""
        self.checks.step("A program runs code with an AuthToken")
        athena = access.boto3("athena")
        token = athena.create_presigned_notebook_url(SessionId=self.play.session_id)["AuthToken"]
        athena.close()
        self.secrets.append(token)
        headers = {"Authorization": f"Bearer {token}"}
        with self.play.training.stranger(headers=headers) as program:
            notebook = program.get("api/contents/training.ipynb")
            self.check("it reads the notebook", notebook.is_success, notebook)
            status = program.get(f"api/contents/{PRIVATE}").status_code
            self.check(f"another file is refused ({status})", status in REFUSED, status)
        url = self.play.training.url
        socket = await KernelSocket.open(url, self.play.kernel_id, headers)
        ran = await socket.run("6 * 7")
        self.check(f"it runs a cell in its kernel: {ran.text.strip()}", "42" in ran.text, ran)
        return socket

    def refusals(self, access: AwsAccess) -> None:
        """Ask for what is refused, and look that nothing was minted."""
        self.checks.step("What is refused is refused in AWS's words")
        before = self._links()
        for what, client, call, code in (
            (
                "a wrong secret",
                replace(access, secret="x" * 40).boto3("sagemaker"),
                {"NotebookInstanceName": INSTANCE},
                "InvalidSignatureException",
            ),
            (
                "another region",
                replace(access, region="eu-west-1").boto3("sagemaker"),
                {"NotebookInstanceName": INSTANCE},
                "InvalidSignatureException",
            ),
            (
                "what is not there",
                access.boto3("sagemaker"),
                {"NotebookInstanceName": "nowhere"},
                "ValidationException",
            ),
        ):
            seen = _refusal(client, call)
            self.check(f"{what}: {seen}", seen == code, seen)
        self.check("nothing was minted", self._links() == before)

    async def revoke(self, access: AwsAccess, guests: list[Guest], socket: KernelSocket) -> None:
        """End the key, and all that came of it."""
        self.checks.step(f"jupyter presign aws-keys revoke {access.key_id}")
        done = self._presign("revoke", access.key_id)
        self.tell(done.stdout + done.stderr)
        self.check("it exits with 0", done.returncode == 0, done.stderr)
        seen = _refusal(access.boto3("sagemaker"), {"NotebookInstanceName": INSTANCE})
        self.check(f"boto3 is refused: {seen}", seen == "UnrecognizedClientException", seen)
        self.check("the program's socket is closed", await socket.closed(5.0))
        self.check(f"with code {SESSION_ENDED}", socket.close_code == SESSION_ENDED)
        statuses = {guest.get("api/contents/training.ipynb").status_code for guest in guests}
        self.check(f"the guests are refused {sorted(statuses)}", statuses <= REFUSED, statuses)
        gone = {guest.redeem().status_code for guest in guests}
        self.check(f"the URLs open nothing any more {sorted(gone)}", gone == {HTTPStatus.GONE})

    def nothing_leaked(self) -> None:
        """Look for what must not be anywhere."""
        self.checks.step("Nothing leaked")
        logs = self.play.analysis.logged() + self.play.training.logged()
        self.check(
            "no secret, URL or token is in the servers' logs, which are at DEBUG",
            not any(secret in logs for secret in self.secrets),
        )
        saved = b"".join(p.read_bytes() for p in self.play.world.home.rglob("*.sqlite*"))
        self.check(
            "nor in the database, where the key's secret is encrypted",
            saved and not any(secret.encode() in saved for secret in self.secrets),
        )

    def _links(self) -> list[Any]:
        with self.play.training.owner() as owner:
            links: list[Any] = owner.get("nb-presign/api/links").json()
            return links

    def _presign(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / "jupyter-presign"), "aws-keys", *arguments],
            env=self.play.world.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _aws(self, access: AwsAccess, *arguments: str) -> subprocess.CompletedProcess[str]:
        return aws_cli(access, self.play.world.home, *arguments)

    def _watch_for(self, url: str) -> None:
        token = url.partition("#")[2]
        self.secrets += [token, token.rpartition(".")[2]]


def _call(operation: str, **call: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON
    return {"service": "sagemaker", "operation": operation, "input": {}, **call}


def _refusal(client: Any, call: dict[str, str]) -> str:  # noqa: ANN401  # boto3 has no types
    """Mint, and tell what the refusal is called; empty if it was minted."""
    try:
        client.create_presigned_notebook_instance_url(**call)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    finally:
        client.close()
    return ""


def main() -> int:
    """Run the demo; returns the exit code."""
    checks = Checklist()
    print("Starting two servers …", flush=True)
    with playground(config=CONFIG) as play:
        asyncio.run(DemoAws(play, checks).run())
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
