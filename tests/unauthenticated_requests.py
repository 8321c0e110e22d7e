"""What one unauthenticated request costs on the event loop at most (docs/threat-model.md).

python -m tests.unauthenticated_requests     prints the table
"""

import asyncio
import base64
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mailconnect.client_documents.fetched import Fetched
from mailconnect.oauth.clients.id_url import DocumentUrl
from tests.bridge import Bridge, running_bridge
from tests.endpoints.oauth.test_private_key_jwt import SIGNS, proof
from tests.endpoints.visitor import HERE, Visitor
from tests.endpoints.wire import REDIRECT_URI, Client, Form, Window, Wire
from tests.oauth.signing import key

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
TIMES = 15

Ask = Callable[[int], Awaitable[Any]]


class Steps:
    """Milliseconds of processor time for each step of the application between two waits: other requests wait for that
    long.
    """

    def __init__(self, application: ASGIApp) -> None:
        self.taken: list[float] = []
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _Stepped(self._application(scope, receive, send), self.taken)


class _Stepped:
    def __init__(self, work: Any, taken: list[float]) -> None:
        self._work = work
        self._taken = taken

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        go_on, given = steps.send, None
        while True:
            began = time.thread_time()
            try:
                waited_for = go_on(given)
            except StopIteration:
                return
            finally:
                self._taken.append((time.thread_time() - began) * 1000)
            try:
                go_on, given = steps.send, (yield waited_for)
            except BaseException as failure:  # noqa: BLE001 - the work's, to which it goes on
                go_on, given = steps.throw, failure


async def longest(ask: Ask, steps: Steps) -> float:
    """The most expensive step of one request: the median of several requests, after a first one."""
    await ask(0)
    found = []
    for number in range(1, TIMES):
        steps.taken.clear()
        await ask(number)
        found.append(max(steps.taken))
    return statistics.median(found)


def _rsa(number: int) -> dict[str, Any]:
    modulus = base64.urlsafe_b64encode(b"\xff" * 510 + number.to_bytes(2)).rstrip(b"=").decode()
    return {"kty": "RSA", "n": modulus, "e": "AQAB", "kid": str(number)}


DEAR_KEYS = {"keys": [_rsa(2 * number + 1) for number in range(20)]}
REGISTRATION = {
    "redirect_uris": [f"https://app.example/{number}/{'x' * 1900}" for number in range(10)],
    "client_name": "é" * 1000,
    **SIGNS,
    "jwks": {"keys": DEAR_KEYS["keys"][:10]},
}
DOCUMENT = {"client_name": "A", "redirect_uris": [REDIRECT_URI] + [f"https://app.example/{n}" for n in range(9)]}


@asynccontextmanager
async def asked_by_strangers() -> AsyncIterator[tuple[dict[str, Ask], Steps]]:
    """Each kind of request at its most expensive; the number makes it another one."""
    with tempfile.TemporaryDirectory() as folder:
        unbounded = {
            f"MAILCONNECT_{name}": "100000"
            for name in ("REGISTRATIONS_PER_HOUR", "DECISIONS_PER_HOUR", "FAILURES_PER_HOUR")
        } | {"MAILCONNECT_FETCHES_PER_MINUTE": "10000", "MAILCONNECT_ALL_FETCHES_PER_MINUTE": "100000"}
        async with running_bridge(Path(folder), environment=unbounded, fetch_document=_fetch) as bridge:
            steps = Steps(bridge.app)
            bridge.app = steps
            yield await _asked(bridge), steps


async def _fetch(url: DocumentUrl) -> Fetched:
    document = DOCUMENT | {"client_id": url.url}
    document["pad"] = "x" * (5000 - len(json.dumps(document)))
    return Fetched(json.dumps(document).encode(), (("cache-control", "no-store"),))


async def _asked(bridge: Bridge) -> dict[str, Ask]:
    wire = Wire(bridge, "198.18.0.1")
    public = await wire.register()
    secret = await wire.register(token_endpoint_auth_method="client_secret_post")
    signing = await wire.register(**SIGNS, jwks={"keys": [_rsa(1) | {"kid": "k"}, _rsa(3) | {"kid": "k2"}]})
    window, visitor = Window(wire), Visitor(wire)
    page = await window.ask(public.query())
    account = Form.of(await visitor.page("/account/sign-in")).fields
    wide = "&".join(f"{'a' * 300}{number}={'%41' * 100}" for number in range(49)).encode()
    query = public.query(state="é" * 200, scope="x " * 300 + "mailboxes:read")

    async def register(_: int) -> Any:
        return await wire("POST", "/register", json=REGISTRATION)

    async def register_nested(_: int) -> Any:
        body = (b'{"a":[' + b'{"b":"\\u00e9"},' * 2100)[:-1] + b"]}"
        return await wire("POST", "/register", content=body, headers=JSON)

    async def token_form(_: int) -> Any:
        return await wire("POST", "/token", content=wide, headers=FORM)

    async def wrong_secret(_: int) -> Any:
        return await Client(wire, secret.id, "x" * 3000, REDIRECT_URI).refresh("x")

    async def forged(_: int) -> Any:
        signer: Any = key("RS256")
        return await signing.refresh("x", **proof(signing, "RS256", signer=signer))

    async def refresh(_: int) -> Any:
        return await public.refresh(f"mcr_{'0' * 26}{'a' * 43}")

    async def revoke(_: int) -> Any:
        return await public.revoke(f"mcr_{'0' * 26}{'a' * 43}")

    async def authorize(_: int) -> Any:
        return await wire("GET", f"/authorize?{query}")

    async def authorize_document(number: int) -> Any:
        client = Client(wire, f"https://app.example/{number}.json", None, REDIRECT_URI)
        return await wire("GET", f"/authorize?{client.query()}")

    async def decide(_: int) -> Any:
        return await window.decide(page, decision="deny")

    async def begin(_: int) -> Any:
        return await window.decide(await window.ask(public.query()))

    async def callback(_: int) -> Any:
        return await window.send("GET", f"/auth/callback?state={'s' * 43}&code={'c' * 4000}&iss=x")

    async def sign_in(_: int) -> Any:
        return await visitor.window.send("POST", "/account/sign-in", HERE, data=account)

    async def mcp(_: int) -> Any:
        body = b"[" + b'{"a":1},' * 30_000 + b"1]"
        return await wire("POST", "/mcp", content=body, headers={"Authorization": f"Bearer mca_{'0' * 65}"})

    def get(path: str) -> Ask:
        async def got(_: int) -> Any:
            return await wire("GET", path)

        return got

    return {
        "a page: `/`, `/connect`, `/security`": get("/connect"),
        "`/privacy`": get("/privacy"),
        "metadata": get("/.well-known/oauth-authorization-server"),
        "an unknown path": get("/nowhere"),
        "registration, ten keys and ten long redirect URIs": register,
        "registration, 32 kB of JSON that is refused": register_nested,
        "`/token` or `/revoke`, 32 kB of form": token_form,
        "a wrong secret": wrong_secret,
        "a forged signature; verified in its thread": forged,
        "an unknown refresh token": refresh,
        "`/revoke` of an unknown token": revoke,
        "the consent page": authorize,
        "the consent page of a published document, 5 kB": authorize_document,
        "a decision, denied": decide,
        "a consent page and its approval": begin,
        "the provider's callback, forged": callback,
        "the account's sign-in": sign_in,
        "`/mcp`, 240 kB without a valid token": mcp,
    }


async def measured() -> dict[str, float]:
    """Milliseconds by kind of request."""
    async with asked_by_strangers() as (asked, steps):
        return {what: await longest(ask, steps) for what, ask in asked.items()}


if __name__ == "__main__":
    for what, milliseconds in asyncio.run(measured()).items():
        sys.stdout.write(f"| {what} | {milliseconds:.2f} |\n")
