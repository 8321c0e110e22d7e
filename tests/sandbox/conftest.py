import base64
import hashlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.oauth.scopes import CONTACTS, CORE, MAIL, NEW_MAIL, OFFLINE, SUBMISSION
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.state import State

ISSUER = "http://127.0.0.1:8788"
REDIRECT_URI = "http://127.0.0.1:8787/auth/callback"
FULL = "fmu1-sandbox-alice-full"
ALICE = "ua11ce000"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000

    def __call__(self) -> int:
        return self.now


class RelyingParty:
    """The pre-registered client, in few words."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.client_id = "mailconnect-sandbox"

    def request(self, **parameters: str | None) -> str:
        """The authorization URL; None leaves a parameter out."""
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": f"{NEW_MAIL} {OFFLINE}",
            "state": "a state",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **parameters,
        }
        return "/oauth/authorize?" + urlencode({k: v for k, v in asked.items() if v is not None})

    async def sign_in(
        self, url: str, username: str = "alice", password: str = "secret", decision: str = "approve"
    ) -> httpx.Response:
        form = {"username": username, "password": password, "decision": decision}
        return await self.http.post(url, data=form)

    async def code(self, username: str = "alice", **parameters: str | None) -> str:
        return answered(await self.sign_in(self.request(**parameters), username))["code"]

    async def token(self, **form: str | None) -> httpx.Response:
        sent = {"client_id": self.client_id, **form}
        return await self.http.post("/oauth/refresh", data={k: v for k, v in sent.items() if v is not None})

    async def redeem(self, code: str, **form: str | None) -> httpx.Response:
        sent = {"redirect_uri": REDIRECT_URI, "code_verifier": VERIFIER, **form}
        return await self.token(grant_type="authorization_code", code=code, **sent)

    async def refresh(self, refresh_token: str, **form: str | None) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token, **form)

    async def connect(self, username: str = "alice", **parameters: str | None) -> dict:
        answer = await self.redeem(await self.code(username, **parameters))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def session(self, token: str) -> httpx.Response:
        return await self.http.get("/jmap/session", headers={"authorization": f"Bearer {token}"})


def answered(response: httpx.Response) -> dict[str, str]:
    """The parameters of an authorization response, each of which stands there once."""
    assert response.status_code == 302, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def state(settings: Settings) -> Iterator[State]:
    state = State(settings.data)
    yield state
    state.close()


@pytest.fixture
def app(clock, settings, state):
    return create_app(settings, clock=clock, entropy=random.Random(1).randbytes, state=state)


@pytest.fixture
def provider(app) -> Provider:
    return app.state.provider


@pytest.fixture
async def http(app) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as client:
        yield client


@pytest.fixture
def client(http) -> RelyingParty:
    return RelyingParty(http)


@pytest.fixture
def parameters_of():
    return answered


@pytest.fixture
def post(http):
    async def post(content, *, token=FULL, content_type="application/json", path="/jmap/api/"):
        headers = {"authorization": f"Bearer {token}", "content-type": content_type}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return await http.post(path, content=body, headers=headers)

    return post


@pytest.fixture
def call(post):
    async def call(*calls, using=(CORE, MAIL), **kwargs):
        answer = await post({"using": list(using), "methodCalls": list(calls)}, **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()["methodResponses"]

    return call


@pytest.fixture
def error(call):
    async def error(name, arguments, **kwargs):
        [[kind, result, call_id]] = await call([name, arguments, "c"], **kwargs)
        assert (kind, call_id) == ("error", "c")
        return result["type"]

    return error


@pytest.fixture
def ask(call):
    """One method's answer, or the answers of several: `await ask("Email/get", ids=[...])`."""

    async def ask(name, *, account=ALICE, token=FULL, **arguments):
        using = (CORE, MAIL, SUBMISSION, CONTACTS)
        [[kind, result, _]] = await call([name, {"accountId": account, **arguments}, "0"], using=using, token=token)
        assert kind == name, result
        return result

    return ask


@pytest.fixture
def refused(call):
    """The type of the error that a method answers with."""

    async def refused(name, **arguments):
        using = (CORE, MAIL, SUBMISSION, CONTACTS)
        [[kind, result, _]] = await call([name, {"accountId": ALICE, **arguments}, "0"], using=using)
        assert kind == "error", result
        return result["type"]

    return refused


@pytest.fixture
def email(ask):
    """The one email of alice's whose letter has this key, by its Message-ID."""

    async def email(key, **arguments):
        found = (await ask("Email/query", filter={"header": ["message-id", key]}))["ids"]
        assert len(found) == 1, key
        return (await ask("Email/get", ids=found, **arguments))["list"][0]

    return email
