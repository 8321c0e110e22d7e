"""Every response of every route has the headers that endpoints/http/policy.py says, and no route is without a row."""

from pathlib import Path

import httpx
import pytest

from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from mailconnect.endpoints.http.policy import POLICIES, RouteKind, policy_of
from tests.bridge import Bridge, running_bridge
from tests.endpoints.wire import Window, Wire, has_page_headers

pytestmark = pytest.mark.anyio

ELSEWHERE = "http://localhost:6274"
"""Another origin that may call where the issuer is on this machine; websites may not (MC-09)."""


def entry_points(bridge: Bridge) -> dict[str, set[str]]:
    a = bridge.adapters
    served = {
        "oauth": oauth_routes(a.stores),
        "web": web_routes(a, sealer=bridge.keys, owners=bridge.keys),
        "mcp": mcp_routes(a),
    }
    return {entry_point: {route.path for route in routes} for entry_point, routes in served.items()}


async def answers(bridge: Bridge, path: str) -> list[httpx.Response]:
    """To all methods, from another origin: good ones, bad ones and those that are not allowed."""
    headers = {"Origin": ELSEWHERE, "Cookie": "session=x"}
    return [await Wire(bridge)(method, path, headers=headers) for method in ("GET", "HEAD", "POST", "PUT", "DELETE")]


async def test_every_route_has_a_row_and_every_row_a_route_of_its_entry_point(bridge: Bridge) -> None:
    served = entry_points(bridge)
    for entry_point, paths in served.items():
        assert {path for path in paths if policy_of(path).entry_point != entry_point} == set()
    assert {*POLICIES} <= set().union(*served.values())


def test_a_page_of_another_site_may_keep_just_the_two_windows_of_a_sign_in() -> None:
    assert {path for path, policy in POLICIES.items() if policy.popup} == {"/authorize", "/auth/callback"}


async def test_every_answer_is_protected_as_its_row_says(bridge: Bridge) -> None:
    for path in sorted(set().union(*entry_points(bridge).values())):
        policy = policy_of(path)
        for answer in await answers(bridge, path):
            where = (path, answer.request.method, answer.status_code)
            assert answer.status_code < 500, where
            assert answer.headers["x-content-type-options"] == "nosniff", where
            assert "server" not in answer.headers, where
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert policy.kind is RouteKind.PAGE, where
                assert has_page_headers(answer), where
            if policy.kind is RouteKind.ENDPOINT and answer.status_code != 405:
                assert "set-cookie" not in answer.headers, where
                assert answer.headers["cache-control"].startswith(("no-store", "public, max-age=300")), where


@pytest.mark.row("AZ-26")
async def test_only_the_pages_of_connecting_leave_their_window_to_its_opener(bridge: Bridge) -> None:
    kept = set()
    for path in entry_points(bridge)["web"]:
        for answer in await answers(bridge, path):
            html = answer.headers.get("content-type", "").startswith("text/html")
            if (html or answer.is_redirect) and "cross-origin-opener-policy" not in answer.headers:
                kept.add(path)
    assert kept == {"/authorize", "/auth/callback"}
    wire = Wire(bridge)
    client, window = await wire.register(), Window(wire)
    to_provider = await window.approve(client.query())
    for answer in (to_provider, await window.send("GET", await window.sign_in(to_provider))):
        assert answer.status_code == 303
        assert "cross-origin-opener-policy" not in answer.headers


async def test_a_page_of_another_origin_may_call_just_what_the_table_says(bridge: Bridge) -> None:
    for path in sorted(set().union(*entry_points(bridge).values())):
        policy = policy_of(path)
        answered = await answers(bridge, path)
        preflight = await Wire(bridge)(
            "OPTIONS", path, headers={"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
        )
        if policy.cors:
            assert preflight.status_code == 204, path
            assert preflight.headers["access-control-allow-methods"] == ", ".join(policy.cors), path
            assert preflight.headers["access-control-allow-origin"] == "*", path
        else:
            for answer in (preflight, *answered):
                assert "access-control-allow-origin" not in answer.headers, (path, answer.request.method)
        for answer in (preflight, *answered):
            # Nobody's cookie ever counts in a call from elsewhere.
            assert "access-control-allow-credentials" not in answer.headers, path


async def test_over_https_every_answer_says_to_stay_there(tmp_path: Path) -> None:
    environment = {"MAILCONNECT_ISSUER": "https://mail.example.com"}
    async with running_bridge(tmp_path, environment=environment) as bridge:
        for path in ("/", "/nowhere", "/mcp", "/token", "/.well-known/security.txt"):
            answer = await Wire(bridge)("GET", path)
            assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
