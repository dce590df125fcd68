from __future__ import annotations

import re
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlencode

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks as known
from tornado.web import Application, RequestHandler

from nb_presign.rest.openapi import describe
from nb_presign.rest.routes import PREFIX, ROUTES, add_handlers

#: One schema for pytest to make tests from; the server is asked for its own in the first test.
SCHEMA = schemathesis.openapi.from_dict(describe(ROUTES, base_url="/user/ann/", version="0"))
#: Checks that ask for something else than what holds here.
LEFT_OUT = {
    # Jupyter itself answers OPTIONS, and 405 without Allow.
    "unsupported_method",
    # The grammar of references and the providers' bounds say more than a schema can.
    "positive_data_acceptance",
    # A browser that is not signed in is sent to log in.
    "missing_required_header",
    "ignored_auth",
}
CHECKS = [check for check in known.CHECKS.get_all() if check.__name__ not in LEFT_OUT]
#: Longer ones tornado (6.6) does not read: 64 KiB for the request line and all headers.
LONGEST_QUERY = 60_000
SCHEMA.config.checks.negative_data_rejection.expected_statuses = ["302", "4xx"]


@SCHEMA.hook
def filter_query(context, query):
    """A reference of the greatest length may be of characters that take nine when encoded."""
    del context
    return len(urlencode(query or {})) <= LONGEST_QUERY


def test_the_server_shows_this_description(owner):
    shown = owner.get("nb-presign/api/openapi.json").json()
    expected = describe(ROUTES, base_url="/user/ann/", version=shown["info"]["version"])
    assert shown == expected


def test_every_mounted_route_and_method_is_described_and_no_other():
    app = Application()
    before = len(app.wildcard_router.rules) + len(app.default_router.rules)
    add_handlers(app, "/base/")
    assert len(app.wildcard_router.rules) + len(app.default_router.rules) > before
    mounted = set()
    for router in app.default_router.rules:
        for rule in getattr(router.target, "rules", ()):
            pattern = rule.matcher.regex.pattern
            if PREFIX not in pattern:
                continue
            path = pattern.removesuffix("$").replace("\\", "").partition(PREFIX)[2]
            for method in ("get", "head", "post", "put", "patch", "delete"):
                if getattr(rule.target, method) is not getattr(RequestHandler, method):
                    mounted.add((re.sub(r"\(\[\^/\]\+\)", "{}", path), method))
    paths = describe(ROUTES, base_url="/base/", version="0")["paths"]
    described = {
        (re.sub(r"\{\w+\}", "{}", path[1:]), method)
        for path, item in paths.items()
        for method in item
        if method != "parameters"
    }
    assert mounted == described


def test_every_owners_method_asks_who_it_is_and_every_other_says_so():
    for route in ROUTES:
        for method, operation in route.operations.items():
            handler = getattr(route.handler, method)
            free = getattr(handler, "__allow_unauthenticated", False)
            assert free is not operation.owner, (route.path, method)
            # `authenticated` and `authorized` keep what they wrap.
            assert operation.owner is hasattr(handler, "__wrapped__") or free


@pytest.fixture(scope="module")
def session():
    """Keep one connection, and nothing that the server says."""
    with requests.Session() as kept:
        kept.trust_env = False
        kept.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield kept


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@SCHEMA.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_server_does_what_the_description_says(case, server, session):
    response = case.call(
        base_url=server.url + "nb-presign",
        headers={"Authorization": f"token {server.token}"},
        allow_redirects=False,
        session=session,
    )
    case.validate_response(response, checks=CHECKS)
