"""`mailconnect doctor`, before the real bridge, and before one that is broken in each of the ways it looks for."""

import datetime as dt
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.doctor.finding import Finding
from mailconnect.doctor.outside import CHECKS, examine
from mailconnect.doctor.probe import Probe
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import READ_EVERY
from mailconnect.store.switches import Switch
from tests.bridge import START, Bridge, running_bridge

pytestmark = pytest.mark.anyio

ISSUER = "https://mail.example.com"
ENVIRONMENT = {
    "MAILCONNECT_ISSUER": ISSUER,
    "MAILCONNECT_CONTACT": "mailto:me@example.com",
    "MAILCONNECT_DATA_DIR": "unused",
}
DAY = 86_400

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


def as_it_is(_: httpx.Request, answer: httpx.Response) -> httpx.Response:
    return answer


class Tls:
    """httpx's description of the connection that it used."""

    def __init__(self, ends_at: int) -> None:
        self.ends_at = ends_at

    def get_extra_info(self, _: str) -> "Tls":
        return self

    def version(self) -> str:
        return "TLSv1.3"

    def getpeercert(self) -> dict[str, Any]:
        ends = dt.datetime.fromtimestamp(self.ends_at, dt.UTC)
        return {"notAfter": ends.strftime("%b %d %H:%M:%S %Y GMT")}


class World(httpx.AsyncBaseTransport):
    """The bridge behind a server that ends TLS and tells the time, bent by `change`; nobody listens on port 80."""

    def __init__(self, bridge: Bridge, change: Change) -> None:
        self.bridge = bridge
        self.change = change
        self.app = httpx.ASGITransport(app=bridge.app)
        self.port_80: httpx.Response | None = None
        self.certificate_ends_at = START + 74 * DAY
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.scheme == "http":
            if self.port_80 is None:
                raise httpx.ConnectError("refused")
            return self.port_80
        answer = await self.app.handle_async_request(request)
        await answer.aread()
        if request.url.path == "/.well-known/security.txt" and answer.status_code == 404:
            answer = httpx.Response(200, text=f"Contact: mailto:me@example.com\nExpires: {_iso(START + 90 * DAY)}\n")
        answer.headers["date"] = _http_date(self.bridge.clock())
        answer = self.change(request, answer)
        answer.extensions["network_stream"] = Tls(self.certificate_ends_at)
        return answer


def _iso(time: int) -> str:
    return dt.datetime.fromtimestamp(time, dt.UTC).isoformat().replace("+00:00", "Z")


def _http_date(time: int) -> str:
    return dt.datetime.fromtimestamp(time, dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_bridge(tmp_path, environment=ENVIRONMENT | {"MAILCONNECT_DATA_DIR": str(tmp_path)}) as bridge:
        yield World(bridge, as_it_is)


async def examined(world: World, issuer: str = ISSUER) -> dict[str, Finding]:
    async with httpx.AsyncClient(transport=world) as http:
        findings = await examine(Probe(issuer, http, lambda: START))
    assert [finding.check for finding in findings] == list(CHECKS)
    return {finding.check: finding for finding in findings}


def failed(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: finding.line for name, finding in findings.items() if finding.remedy is not None}


async def test_a_bridge_as_it_should_be_is_all_good(world: World) -> None:
    findings = await examined(world)
    assert failed(findings) == {}
    assert findings["certificate"].line == "ok    certificate   TLSv1.3, the certificate is good for 74 days."
    assert all(finding.line.startswith("ok    ") for finding in findings.values())


async def test_one_on_this_machine_is_good_without_tls(tmp_path: Path) -> None:
    async with running_bridge(tmp_path) as bridge:
        local = bridge.adapters.stores.settings.issuer

        class Plain(World):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                request.extensions["sni_hostname"] = ""
                scheme, request.url = request.url.scheme, request.url.copy_with(scheme="https")
                answer = await super().handle_async_request(request)
                request.url = request.url.copy_with(scheme=scheme)
                return answer

        assert failed(await examined(Plain(bridge, as_it_is), local)) == {}


async def test_its_own_registration_is_taken_back_where_that_is_offered(world: World) -> None:
    deleted = []

    def offering(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if (request.method, request.url.path) == ("POST", "/register"):
            given = answer.json()
            uri = f"{ISSUER}/register/{given['client_id']}"
            return httpx.Response(201, json=given | {"registration_client_uri": uri, "registration_access_token": "t"})
        if request.url.path.startswith("/register/"):
            deleted.append((request.method, request.headers["authorization"]))
            return httpx.Response(204)
        return answer

    world.change = offering
    assert failed(await examined(world)) == {}
    assert deleted == [("DELETE", "Bearer t")]


@pytest.mark.row("DP-11")
@pytest.mark.parametrize("switch", Switch)
async def test_a_feature_that_an_operator_switched_off_is_told_of_and_is_no_failure(
    world: World, switch: Switch
) -> None:
    await SqliteSwitches(world.bridge.database).turn_on(switch, START)
    world.bridge.clock.now += READ_EVERY
    findings = await examined(world)
    assert failed(findings) == {}
    told = " ".join(finding.sentence for finding in findings.values())
    if switch is not Switch.READ_ONLY:
        assert re.search("switched off|not offered for now", told)


def to(path: str, change: Callable[[httpx.Response], httpx.Response], method: str = "") -> Change:
    def changed(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path == path and method in ("", request.method):
            return change(answer)
        return answer

    return changed


def without(*names: str) -> Callable[[httpx.Response], httpx.Response]:
    def change(answer: httpx.Response) -> httpx.Response:
        for name in names:
            answer.headers.pop(name, None)
        return answer

    return change


def with_header(name: str, value: str) -> Callable[[httpx.Response], httpx.Response]:
    def change(answer: httpx.Response) -> httpx.Response:
        answer.headers[name] = value
        return answer

    return change


def with_members(**members: Any) -> Callable[[httpx.Response], httpx.Response]:
    def change(answer: httpx.Response) -> httpx.Response:
        return httpx.Response(
            answer.status_code, headers={"date": answer.headers["date"]}, json=answer.json() | members
        )

    return change


def answering(status: int, text: str = "", **headers: str) -> Callable[[httpx.Response], httpx.Response]:
    return lambda _: httpx.Response(status, text=text, headers=headers)


def renamed(answer: httpx.Response) -> httpx.Response:
    answer.headers["x-amzn-remapped-www-authenticate"] = answer.headers.pop("www-authenticate", "")
    return answer


SERVER = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("server", to(SERVER, answering(404))),
        ("server", to(SERVER, answering(200, "<html>"))),
        ("server", to(SERVER, answering(200, "{}", **{"content-type": "text/html"}))),
        ("server", to(SERVER, with_members(issuer=f"{ISSUER}/"))),
        ("server", to(SERVER, with_members(token_endpoint="https://elsewhere.example/token"))),
        ("server", to(SERVER, with_members(code_challenge_methods_supported=["plain", "S256"]))),
        ("server", to(SERVER, with_members(jwks_uri=f"{ISSUER}/jwks"))),
        ("resource", to(RESOURCE, answering(404))),
        ("resource", to(f"{RESOURCE}/mcp", with_members(resource=ISSUER))),
        ("resource", to(f"{RESOURCE}/mcp", with_members(authorization_servers=["https://elsewhere.example"]))),
        ("challenge", to("/mcp", without("www-authenticate"))),
        ("challenge", to("/mcp", with_header("www-authenticate", "Bearer"))),
        ("challenge", to("/mcp", answering(403), "POST")),
        ("challenge", to("/mcp", answering(200), "GET")),
        ("challenge", to("/mcp", answering(405), "GET")),
        ("challenge", to("/mcp", without("www-authenticate"), "GET")),
        ("cross-origin", to("/token", without("access-control-allow-origin"), "OPTIONS")),
        ("cross-origin", to("/register", without("access-control-allow-methods"), "OPTIONS")),
        ("cross-origin", to("/revoke", answering(404), "OPTIONS")),
        ("cross-origin", to(SERVER, without("access-control-allow-origin"))),
        ("cross-origin", to("/", with_header("access-control-allow-origin", "*"))),
        ("headers", to("/", without("content-security-policy"))),
        ("headers", to("/", without("strict-transport-security"))),
        ("headers", to("/", without("x-content-type-options"))),
        ("headers", to("/", with_header("set-cookie", "AWSALB=1"))),
        ("headers", to("/authorize", with_header("referrer-policy", "unsafe-url"))),
        ("tokens", to("/token", answering(500), "POST")),
        ("tokens", to("/token", without("cache-control"), "POST")),
        ("tokens", to("/token", with_members(error="invalid_request"), "POST")),
        ("registration", to("/register", answering(403), "POST")),
        ("redirects", to("/authorize", answering(302, location="https://elsewhere.example/callback?error=x"), "GET")),
        ("redirects", to("/authorize", answering(200), "GET")),
        ("security.txt", to("/.well-known/security.txt", answering(404))),
        ("security.txt", to("/.well-known/security.txt", answering(200, "Contact: x"))),
        ("security.txt", to("/.well-known/security.txt", answering(200, f"Expires: {_iso(START + DAY)}"))),
        (
            "security.txt",
            to("/.well-known/security.txt", answering(200, f"Contact: mailto:a@b.example\nExpires: {_iso(START)}")),
        ),
        ("privacy", to("/privacy", answering(404))),
        ("privacy", to("/privacy", answering(200, "Coming soon.", **{"content-type": "text/html"}))),
        ("clock", to("/", without("date"))),
        ("clock", to("/", with_header("date", _http_date(START - 31)))),
        ("clock", to("/", with_header("date", "yesterday"))),
        ("clock", to("/", with_header("date", _http_date(START + 31)))),
    ],
)
async def test_each_fault_is_seen_and_told_with_its_remedy(world: World, check: str, change: Change) -> None:
    world.change = change
    found = failed(await examined(world))
    assert check in found
    # Without a contact it works as it was deployed.
    assert found[check].startswith("warn  " if "there is no security.txt" in found[check] else "FAIL  ")
    assert re.search(r"\. To do: .{5,}\.$", found[check])


async def test_a_certificate_that_ends_soon_is_seen(world: World) -> None:
    world.certificate_ends_at = START + 13 * DAY
    assert "ends in 13 days" in failed(await examined(world))["certificate"]


@pytest.mark.row("DP-06")
@pytest.mark.parametrize(
    "answer", [httpx.Response(200), httpx.Response(301, headers={"location": "http://mail.example.com/x"})]
)
async def test_plain_http_that_answers_is_seen(world: World, answer: httpx.Response) -> None:
    world.port_80 = answer
    assert "plain http" in failed(await examined(world))
    world.port_80 = httpx.Response(308, headers={"location": f"{ISSUER}/"})
    assert "plain http" not in failed(await examined(world))


async def test_a_public_address_without_tls_is_seen(world: World) -> None:
    world.port_80 = httpx.Response(200)
    assert "not https" in failed(await examined(world, "http://mail.example.com"))["certificate"]


async def test_a_registration_that_cannot_be_taken_back_is_seen(world: World) -> None:
    def offering(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if (request.method, request.url.path) == ("POST", "/register"):
            offered = {"registration_client_uri": f"{ISSUER}/register/x", "registration_access_token": "t"}
            return httpx.Response(201, json=answer.json() | offered)
        return httpx.Response(401) if request.method == "DELETE" else answer

    world.change = offering
    assert set(failed(await examined(world))) == {"unregister"}


async def test_where_nobody_answers_it_is_said_once(world: World) -> None:
    def gone(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    world.change = gone
    async with httpx.AsyncClient(transport=world) as http:
        first, others = await examine(Probe(ISSUER, http, lambda: START))
    assert first.line.startswith("FAIL  certificate   GET / brought no answer (ConnectError). To do: see whether")
    assert others.line == f"----  others        {len(CHECKS) - 1} checks are not possible until then."


async def test_where_an_answer_fails_later_every_check_says_so_and_none_stops_the_others(world: World) -> None:
    def gone_then(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path == "/":
            return answer
        raise httpx.ConnectError("refused", request=request)

    world.change = gone_then
    found = failed(await examined(world))
    assert {*CHECKS} - {*found} == {"certificate", "plain http", "unregister", "clock"}


async def test_answers_of_any_form_are_findings_and_no_crash(world: World) -> None:
    for body in ("[]", "null", json.dumps({"error": []}), "\x00", "{"):
        for status in (200, 201, 400, 401):
            world.change = lambda _, __, body=body, status=status: httpx.Response(  # type: ignore[misc]
                status, text=body, headers={"content-type": "application/json"}
            )
            assert failed(await examined(world))


async def test_a_gateway_that_renames_the_challenge_is_a_warning_with_the_way_around(world: World) -> None:
    world.change = to("/mcp", renamed)
    finding = (await examined(world))["challenge"]
    assert finding.advice
    assert "make deploy SET=MapChallenge=yes" in finding.line
    assert "CloudFront" in finding.line
