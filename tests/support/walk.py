"""Every route of a live server, and what to send so that it is reached."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.everything import EVERYTHING, configuration
from support.servers import World

#: Prints every route of a JupyterLab server with the methods that its handler has.
_WALK = """
import asyncio, json, sys
from jupyterlab.labapp import LabApp
from tornado.web import RequestHandler

def walk(router):
    for rule in router.rules:
        regex = getattr(rule.matcher, "regex", None)
        if isinstance(rule.target, type) and regex is not None:
            for method in rule.target.SUPPORTED_METHODS:
                name = method.lower()
                if getattr(rule.target, name, None) is not getattr(RequestHandler, name, None):
                    yield regex.pattern, method, rule.target
        elif hasattr(rule.target, "rules"):
            yield from walk(rule.target)
        else:
            raise SystemExit(f"no handler's class: {rule}")

async def main():
    app = LabApp.initialize_server(argv=["--allow-root", "--no-browser", *sys.argv[1:]])
    router = app.web_app.default_router
    found = [(p, m, t.__module__ + "." + t.__qualname__) for p, m, t in walk(router)]
    print("ROUTES" + json.dumps(list(dict.fromkeys(found))))

asyncio.run(main())
"""

#: What to send where a sample of the pattern would be nonsense.
_CHOSEN = {
    "/tree(.*)$": "/tree/pub",
    "/notebooks(.*)$": "/notebooks/pub/own.ipynb",
    "/edit(.*)$": "/edit/pub/notes.txt",
    "/files/(.*)$": "/files/pub/notes.txt",
    r"/nbconvert/(?P<format>\w+)$": "/nbconvert/html",
    r"/nbconvert/(?P<format>\w+)(?P<path>(?:(?:/[^/]+)+|/?))$": "/nbconvert/html/pub/own.ipynb",
    "/api/collaboration/fork/(.*)$": "/api/collaboration/fork/text:file:9-9",
    "/api/collaboration/room/(.*)$": "/api/collaboration/room/text:file:9-9",
    "/api/collaboration/session/(.*)$": "/api/collaboration/session/pub/notes.txt",
    r"/terminals/(.*)$": "/terminals/a-b",
}

#: What stands for a part of a pattern that is no plain text; first to last.
_SAMPLES = (
    (r"(?P<kernel_name>[\w\.\-%]+)", "python3"),
    (r"(?P<mode>lab|doc)", "lab"),
    (r"\w+-\w+-\w+-\w+-\w+", "11111111-2222-3333-4444-555555555555"),
    (r"(?:(?:/[^/]+)+|/?)", "/pub/own.ipynb"),
    (r"restart|interrupt", "restart"),
    (r"/workspaces/[a-zA-Z0-9\-\_]+", "/workspaces/a"),
    (r"/tree/.*", "/tree/pub/own.ipynb"),
    (r"robots\.txt|favicon\.ico", "robots.txt"),
    (r"[^/:@]+", "localhost"),
    (r"/.*|", "/x"),
    (r"\d+", "9"),
)


@dataclass(frozen=True, slots=True, order=True)
class LiveRoute:
    """One method of one rule of the router."""

    pattern: str
    method: str
    #: Module and class, to be read.
    handler: str

    def __str__(self) -> str:
        return f"{self.method} {self.pattern}"


def live_routes(
    world: World, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> list[LiveRoute]:
    """Build the server with everything in a process of its own, and list its router.

    In the router's order: the first rule whose pattern matches has the request.
    """
    world.home.mkdir(parents=True, exist_ok=True)
    config = world.home / "walk.json"
    config.write_text(json.dumps(configuration(world, changes)))
    done = subprocess.run(
        [str(EVERYTHING), "-c", _WALK, f"--config={config}"],
        env=world.env,
        cwd=world.home,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("ROUTES"))
    return [LiveRoute(p, m, handler) for p, m, handler in json.loads(line.removeprefix("ROUTES"))]


def sample(pattern: str) -> str | None:
    """Make a path that a pattern of the router matches; None if that needs a thought."""
    if pattern in _CHOSEN:
        return _CHOSEN[pattern]
    path = pattern.removesuffix("$")
    for regex, text in _SAMPLES:
        path = path.replace(regex, text)
    path = re.sub(r"\(\?P<\w+>", "(", path)
    path = re.sub(r"\[[^\]]+\]\+|\\w\+|\.\*|\.\+", "x", path)
    path = re.sub(r"\\(.)", r"\1", path)
    path = re.sub(r"[()?]", "", path)
    return path if re.fullmatch(pattern.removesuffix("$"), path) else None
