"""Makes a whole connection to any of the servers: discovery, registration, consent by the page's form, code, tokens."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from mailconnect.sandbox.browser import Browser, Page

REDIRECT = "http://127.0.0.1:33418/callback"
ACCEPT = {"accept": "application/json, text/event-stream"}
_MAX_PAGES = 10


@dataclass(frozen=True, slots=True)
class Connection:
    client_id: str
    token_endpoint: str
    resource: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


async def connect(http: httpx.AsyncClient, base: str, *, allows_all: bool = False) -> Connection:
    """`allows_all`: ticks every box of the page, instead of leaving them as they are."""
    asked = await http.post(f"{base}/mcp", json={}, headers=ACCEPT)
    challenge = re.search(r'resource_metadata="([^"]+)"', asked.headers["www-authenticate"])
    assert challenge is not None
    resource = (await http.get(challenge[1])).json()
    issuer = resource["authorization_servers"][0].rstrip("/")
    server = (await http.get(f"{issuer}/.well-known/oauth-authorization-server")).json()
    document = {
        "client_name": "bench",
        "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    client_id = (await http.post(server["registration_endpoint"], json=document)).json()["client_id"]
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "resource": resource["resource"],
    }
    if scopes := resource.get("scopes_supported"):
        query["scope"] = " ".join(scopes)
    back = await _consented(
        Browser(http), f"{server['authorization_endpoint']}?{urlencode(query)}", allows_all=allows_all
    )
    given = parse_qs(urlsplit(back).query)
    assert given["state"] == [state], given
    form = {
        "grant_type": "authorization_code",
        "code": given["code"][0],
        "redirect_uri": REDIRECT,
        "client_id": client_id,
        "code_verifier": verifier,
        "resource": resource["resource"],
    }
    answer = await http.post(server["token_endpoint"], data=form)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    return Connection(
        client_id, server["token_endpoint"], resource["resource"], tokens["access_token"], tokens["refresh_token"]
    )


async def _consented(browser: Browser, url: str, *, allows_all: bool) -> str:
    page = await browser.open(url)
    for _ in range(_MAX_PAGES):
        if page.location is None:
            page = await _approved(browser, page, allows_all=allows_all)
        elif page.location.startswith(REDIRECT):
            return page.location
        else:
            page = await browser.open(page.location)
    raise AssertionError(f"no end at {page.url}")


async def _approved(browser: Browser, page: Page, *, allows_all: bool) -> Page:
    for form in page.forms:
        for name, value in form.buttons:
            if value in ("approve", "allow"):
                return await browser.submit(page, form, {**(form.everything if allows_all else {}), name: value})
    raise AssertionError(f"nothing to approve at {page.url}: {page.status} {page.text[:300]}")
