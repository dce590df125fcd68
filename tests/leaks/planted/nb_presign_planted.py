"""An extension and a provider that handle secrets badly, for a server that must not tell them.

The provider `planted` mints links at an upstream of its own and, by the target's name, fails with
the URL in its exception, or has it logged as botocore does. The extension tells its server's routes
and lets the owner print, log and raise what they like.
"""

import json
import logging
import sys
from dataclasses import replace
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.web import RequestHandler

from nb_presign.errors import UpstreamError
from nb_presign.model import Link, ProviderInfo, Target, TargetInfo, TargetPage, TargetState
from nb_presign.policy import SELF_HOSTED
from nb_presign.providers.base import Provider
from nb_presign.secret import Secret

#: Holds the URL of all its links.
URL_FILE = Path(__file__).with_name("url")
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
botocore = logging.getLogger("botocore.parsers")


def _jupyter_server_extension_points():
    return [{"module": "nb_presign_planted"}]


def _load_jupyter_server_extension(app):
    # A library that logs past everything: a handler of its own, made late, and no parent.
    logger = logging.getLogger("botocore")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(logging.StreamHandler(sys.stdout))
    events = logging.FileHandler(Path(app.root_dir) / "events.log")
    app.event_logger.register_handler(events)
    below = {"routes": Routes, "print": Print, "raise": Raise, "log": Log}
    app.web_app.add_handlers(
        ".*$",
        [(url_path_join(app.base_url, "planted", name), cls) for name, cls in below.items()],
    )


class _Owners(JupyterHandler):
    def check_xsrf_cookie(self):
        """Tests have no pages."""

    @property
    def text(self):
        return self.request.body.decode()


class Routes(_Owners):
    @web.authenticated
    def get(self):
        found = sorted(_walk(self.application.default_router))
        self.finish(json.dumps(found))


class Print(_Owners):
    @web.authenticated
    def post(self):
        for stream in (sys.stdout, sys.stderr):
            stream.write(self.text + "\n")
            stream.flush()


class Raise(_Owners):
    @web.authenticated
    def post(self):
        raise RuntimeError(self.text) from ValueError(self.text)


class Log(_Owners):
    @web.authenticated
    def post(self):
        botocore.debug("Response body:\n%s", self.request.body)
        self.log.warning("seen: %s", self.text)
        logging.getLogger("asyncio").error("task", exc_info=ValueError(self.text))


def _walk(router):
    for rule in router.rules:
        regex = getattr(rule.matcher, "regex", None)
        if isinstance(rule.target, type) and regex is not None:
            for method in METHODS:
                if getattr(rule.target, method, None) is not getattr(RequestHandler, method):
                    yield regex.pattern, method.upper()
        elif hasattr(rule.target, "rules"):
            yield from _walk(rule.target)


def create(context):
    del context
    return PlantedProvider()


class PlantedProvider(Provider):
    """Mints a URL whose token is what stands in the path of its target."""

    name = "planted"
    title = "Planted"

    @property
    def bounds(self):
        return SELF_HOSTED

    async def status(self):
        return ProviderInfo(name=self.name, title=self.title, usable=True)

    async def targets(self, query):
        del query
        info = TargetInfo(target=Target(self.name, "good"), title="good", state=TargetState.READY)
        return TargetPage(items=(info,))

    async def resolve(self, target):
        return target

    async def knows(self, bare):
        return bare.id == "good"

    async def mint(self, draft: Link):
        url = URL_FILE.read_text()
        if draft.target.id == "raises":
            raise RuntimeError(f"could not sign {url}")
        if draft.target.id == "translates":
            raise UpstreamError("The upstream failed.") from RuntimeError(f"not signed: {url}")
        body = json.dumps({"AuthorizedUrl": url}).encode()
        botocore.debug("Response headers:\n%r", {"x-amzn-RequestId": "1"})
        botocore.debug("Response body:\n%r", body)
        return replace(draft, audience="", url=Secret(url))

    async def revoke(self, link):
        """Nothing to take back."""
