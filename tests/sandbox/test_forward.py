"""The sandbox in front of another JMAP server; the other server is a stand-in that reads tokens as Cyrus does."""

import base64
import hashlib
import hmac
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.forward import minted
from mailconnect.sandbox.settings import RealServer, Settings

pytestmark = pytest.mark.anyio

KEY = b"k" * 32
DOWNLOAD = "/jmap/download/{accountId}/{blobId}/{name}?accept={type}"
CORE = "urn:ietf:params:jmap:core"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class Cyrus:
    def __init__(self) -> None:
        self.broken = False
        download = Route("/jmap/download/{account}/{blob}/{name}", self.download, methods=["GET"])
        self.app = Starlette(routes=[Route("/jmap/", self.jmap, methods=["GET", "POST"]), download])

    async def download(self, request: Request):
        assert request.headers["authorization"].startswith("Bearer ")
        told = {**request.path_params, **request.query_params}
        return JSONResponse(told, headers={"content-disposition": "attachment", "set-cookie": "a=b"})

    async def jmap(self, request: Request):
        header, claims, signature = request.headers["authorization"].removeprefix("Bearer ").split(".")
        expected = hmac.new(KEY, f"{header}.{claims}".encode(), hashlib.sha256).digest()
        subject = json.loads(decoded(claims))
        assert json.loads(decoded(header)) == {"alg": "HS256", "typ": "JWT"}
        assert decoded(signature) == expected
        assert subject.keys() == {"sub", "iat"}
        if self.broken:
            return HTMLResponse("<h1>broken</h1>", 503, {"retry-after": "7", "set-cookie": "a=b"})
        if request.method == "GET":
            return JSONResponse({"username": subject["sub"], "apiUrl": "/jmap/", "downloadUrl": DOWNLOAD, "state": "0"})
        return JSONResponse({"methodResponses": [["Core/echo", await request.json(), subject["sub"]]]})


@pytest.fixture
def cyrus() -> Cyrus:
    return Cyrus()


@pytest.fixture
def settings() -> Settings:
    return Settings(real_server=RealServer("http://127.0.0.1:8008/jmap/", KEY))


@pytest.fixture
async def app(settings, clock, state, cyrus):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cyrus.app)) as inside:
        yield create_app(settings, clock=clock, state=state, http=inside)


async def test_the_session_is_the_real_one_under_the_sandboxs_own_name_and_urls(client):
    tokens = await client.connect()
    session = (await client.session(tokens["access_token"])).json()
    assert session["username"] == "alice@sandbox.test"
    assert session["apiUrl"] == "http://localhost:8788/jmap/api/"
    assert session["state"] == "0"


async def test_a_request_is_the_real_servers_to_answer(client):
    body = {"using": [CORE], "methodCalls": [["Core/echo", {}, "0"]]}
    headers = {"authorization": "Bearer fmu1-sandbox-bob-full"}
    answer = await client.http.post("/jmap/api/", json=body, headers=headers)
    assert answer.json()["methodResponses"] == [["Core/echo", body, "bob"]]


async def test_a_download_is_the_real_servers_by_its_own_template(client):
    headers = {"authorization": "Bearer fmu1-sandbox-bob-full"}
    answer = await client.http.get("/jmap/download/bob/G1/a%20b.pdf?type=application%2Fpdf", headers=headers)
    assert answer.json() == {"account": "bob", "blob": "G1", "name": "a b.pdf", "accept": "application/pdf"}
    assert answer.headers["content-disposition"] == "attachment"
    assert "set-cookie" not in answer.headers


async def test_the_sandboxs_own_tokens_are_still_asked_for(client):
    assert (await client.session("fmu1-0-0-0-0")).status_code == 401


async def test_the_real_servers_failure_is_passed_on(client, cyrus):
    cyrus.broken = True
    headers = {"authorization": "Bearer fmu1-sandbox-bob-full"}
    for answer in (
        await client.http.get("/jmap/session", headers=headers),
        await client.http.post("/jmap/api/", json={"using": [], "methodCalls": []}, headers=headers),
    ):
        assert (answer.status_code, answer.text) == (503, "<h1>broken</h1>")
        assert answer.headers["retry-after"] == "7"
        assert "set-cookie" not in answer.headers


async def test_a_real_server_that_does_not_answer_is_a_bad_gateway(clock, settings, state):
    def refuse(request: httpx.Request):
        raise httpx.ConnectError("refused", request=request)

    inside = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    app = create_app(settings, clock=clock, state=state, http=inside)
    headers = {"authorization": "Bearer fmu1-sandbox-bob-full"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=settings.issuer) as http:
        answer = await http.get("/jmap/session", headers=headers)
    assert (answer.status_code, answer.text) == (502, "the real JMAP server does not answer: ConnectError")


def test_a_minted_token_is_signed_over_header_and_claims():
    header, claims, _ = minted(KEY, "alice", 1).split(".")
    assert decoded(header) == b'{"alg": "HS256", "typ": "JWT"}'
    assert decoded(claims) == b'{"sub": "alice", "iat": 1}'
