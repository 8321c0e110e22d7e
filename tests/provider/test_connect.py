"""Making a connection from a code or an API token; tokens are revoked if it fails."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mailconnect.grants.props import Props, SessionFacts
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.session import parse_session
from mailconnect.mail.errors import MailboxError, NoMailAccount, Unauthorized, UnexpectedAnswer, UpstreamFault
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.provider.connect import (
    Connected,
    _username,
    connect_by_api_token,
    connect_by_code,
    give_back,
    identify_by_code,
)
from mailconnect.provider.errors import GrantEnded
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.provider.oauth_client import OAuthClient
from tests.bridge import START, TurnedClock
from tests.provider.test_metadata import GOOD as METADATA
from tests.provider.test_oauth_client import on_the_wire
from tests.provider.test_token_response import GOOD as TOKENS

pytestmark = pytest.mark.anyio

PROVIDER = fastmail("client-id-of-ours", ScopeFamily.MAIL)
MAIL = "urn:ietf:params:jmap:mail"
SESSION = {
    "username": "alice@fastmail.example",
    "apiUrl": "https://phl.api.fastmail.com/jmap/api/",
    "capabilities": {"urn:ietf:params:jmap:core": {}, MAIL: {}},
    "accounts": {"u1": {"name": "alice", "isPersonal": True, "isReadOnly": False, "accountCapabilities": {MAIL: {}}}},
    "primaryAccounts": {MAIL: "u1"},
    "state": "s1",
}
FACTS = SessionFacts(
    api_url="https://phl.api.fastmail.com/jmap/api/",
    account_id="u1",
    state="s1",
    contacts_account_id="",
    has_masked=False,
    most_objects=500,
)


class Fastmail:
    """Whose `answers` differ from the right ones by path; `revoked` is what was given back."""

    def __init__(self, **answers: httpx.Response) -> None:
        self.answers: dict[str, Any] = {
            "/.well-known/oauth-authorization-server": httpx.Response(200, json=METADATA),
            "/oauth/refresh": httpx.Response(200, json=TOKENS),
            "/oauth/revoke": httpx.Response(200),
            "/jmap/session": httpx.Response(200, json=SESSION),
        } | {path.replace("_", "/"): answer for path, answer in answers.items()}
        self.asked: list[str] = []
        self.revoked: list[str] = []
        self.clients: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.method == "POST":
            self.clients += parse_qs(request.content.decode())["client_id"]
        if request.url.path == "/oauth/revoke":
            self.revoked += [part.split("=")[1] for part in request.content.decode().split("&") if "token=" in part]
        return on_the_wire(self.answers[request.url.path])


def clients(server: Fastmail) -> tuple[OAuthClient, JmapClient]:
    transport = OverHttpx(httpx.MockTransport(server))
    clock = TurnedClock()
    return OAuthClient(transport, PROVIDER, clock), JmapClient(transport, PROVIDER.allowed_hosts, clock)


async def by_code(server: Fastmail) -> Connected:
    oauth, jmap = clients(server)
    redirect_uri = "https://us.example/auth/callback"
    return await connect_by_code(oauth, jmap, code="a-code", redirect_uri=redirect_uri, code_verifier="v")


@pytest.mark.parametrize("step", [connect_by_code, identify_by_code])
async def test_a_code_is_redeemed_and_its_tokens_given_back_as_the_client_that_asked_for_it(
    step: Callable[..., Awaitable[object]],
) -> None:
    server = Fastmail(_jmap_session=httpx.Response(503))
    oauth, jmap = clients(server)
    with pytest.raises(MailboxError):
        await step(oauth, jmap, code="c", redirect_uri="https://us.example/", code_verifier="v", client_id="of-before")
    assert server.clients == ["of-before", "of-before"]


async def test_a_name_that_is_no_text_names_nobody_and_the_token_is_given_back() -> None:
    """With another character in its place, two people could have one name."""
    body = json.dumps(SESSION | {"username": "ali\ud800ce"})
    server = Fastmail(_jmap_session=httpx.Response(200, text=body))
    with pytest.raises(UnexpectedAnswer):
        await by_code(server)
    assert server.revoked == ["fmr1-canary"]


async def test_a_code_becomes_props_and_facts() -> None:
    server = Fastmail()
    assert await by_code(server) == Connected(
        "alice@fastmail.example",
        Props(
            access_token="fmu1-canary",
            refresh_token="fmr1-canary",
            obtained_at=START,
            expires_at=START + 3600,
            client_id=PROVIDER.client_id or "",
        ),
        FACTS,
    )
    assert server.revoked == []


@pytest.mark.row("F-33")
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), Unauthorized),
        (httpx.Response(503), UpstreamFault),
        (httpx.Response(200, text="<html>"), UnexpectedAnswer),
        (httpx.Response(302, headers={"location": "https://www.fastmail.com/"}), UnexpectedAnswer),
        (httpx.Response(200, json=SESSION | {"apiUrl": "https://evil.example/jmap/"}), UnexpectedAnswer),
        (httpx.Response(200, json=SESSION | {"accounts": {}}), NoMailAccount),
    ],
)
async def test_tokens_that_cannot_be_used_are_given_back(answer: httpx.Response, error: type[MailboxError]) -> None:
    server = Fastmail(_jmap_session=answer)
    with pytest.raises(error):
        await by_code(server)
    assert server.revoked == ["fmr1-canary"]


@pytest.mark.row("F-33")
async def test_without_a_refresh_token_the_access_token_is_given_back() -> None:
    tokens = {name: value for name, value in TOKENS.items() if name != "refresh_token"}
    server = Fastmail(_jmap_session=httpx.Response(401), _oauth_refresh=httpx.Response(200, json=tokens))
    with pytest.raises(Unauthorized):
        await by_code(server)
    assert server.revoked == ["fmu1-canary"]


@pytest.mark.row("F-33")
async def test_tokens_that_cannot_be_given_back_hide_no_error() -> None:
    server = Fastmail(_jmap_session=httpx.Response(401), _oauth_revoke=httpx.Response(503))
    with pytest.raises(Unauthorized):
        await by_code(server)


async def who_by_code(server: Fastmail) -> str:
    oauth, jmap = clients(server)
    redirect_uri = "https://us.example/auth/callback"
    return await identify_by_code(oauth, jmap, code="a-code", redirect_uri=redirect_uri, code_verifier="v")


async def test_a_sign_in_that_brings_no_lasting_key_revokes_nothing() -> None:
    tokens = {name: value for name, value in TOKENS.items() if name != "refresh_token"}
    server = Fastmail(_oauth_refresh=httpx.Response(200, json=tokens))
    assert await who_by_code(server) == "alice@fastmail.example"
    assert server.revoked == []


async def test_a_sign_in_gives_back_a_lasting_key_that_nobody_asked_for() -> None:
    server = Fastmail()
    assert await who_by_code(server) == "alice@fastmail.example"
    assert server.revoked == ["fmr1-canary"]


async def test_a_sign_in_that_fails_gives_a_lasting_key_back_too() -> None:
    server = Fastmail(_jmap_session=httpx.Response(503))
    with pytest.raises(UpstreamFault):
        await who_by_code(server)
    assert server.revoked == ["fmr1-canary"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), GrantEnded),
        (httpx.Response(200, json={}), UnexpectedAnswer),
        (httpx.Response(500), UpstreamFault),
    ],
)
async def test_a_code_that_is_refused_leads_no_further(answer: httpx.Response, error: type[MailboxError]) -> None:
    server = Fastmail(_oauth_refresh=answer)
    with pytest.raises(error):
        await by_code(server)
    assert "/jmap/session" not in server.asked
    assert server.revoked == []


@pytest.mark.parametrize("username", [5, {"$ne": ""}, "x" * 2000], ids=str)
async def test_a_username_that_is_no_text_names_nobody_and_connects_nobody(username: object) -> None:
    session = parse_session(
        {
            "username": username,
            "accounts": {"u1": {"isPersonal": True, "accountCapabilities": {"urn:ietf:params:jmap:mail": {}}}},
            "apiUrl": "/jmap/",
        },
        session_url="https://api.fastmail.com/jmap/session",
        allowed_hosts=fastmail("x", ScopeFamily.MAIL).allowed_hosts,
    )
    with pytest.raises(UnexpectedAnswer, match="not a string"):
        _username(session)


async def test_an_api_token_is_tried_at_the_session_and_nowhere_else() -> None:
    server = Fastmail()
    connected = await connect_by_api_token(*clients(server), "fmu1-api-canary")
    assert connected == Connected(
        "alice@fastmail.example", Props(access_token="fmu1-api-canary"), FACTS, ("change, move and delete mail",)
    )
    assert connected.props.expires_at is None
    assert server.asked == ["/jmap/session"]


@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.Response(503), httpx.Response(200, text="<html>")])
async def test_an_api_token_that_does_not_work_is_the_persons_to_keep(answer: httpx.Response) -> None:
    server = Fastmail(_jmap_session=answer)
    with pytest.raises(MailboxError):
        await connect_by_api_token(*clients(server), "fmu1-api-canary")
    assert server.revoked == []


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ünicode", "x" * 8193])
async def test_a_text_that_can_be_no_token_is_sent_nowhere(token: str) -> None:
    server = Fastmail()
    with pytest.raises(Unauthorized):
        await connect_by_api_token(*clients(server), token)
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "confirmed"), [(httpx.Response(200), True), (httpx.Response(400), False), (httpx.Response(503), False)]
)
async def test_giving_back_says_whether_it_is_confirmed(answer: httpx.Response, confirmed: bool) -> None:
    server = Fastmail(_oauth_revoke=answer)
    assert await give_back(clients(server)[0], "fmr1-canary") is confirmed
    assert server.revoked == ["fmr1-canary"]


@pytest.mark.parametrize("username", ["", "  "])
async def test_where_a_provider_names_nobody_the_account_stands_for_the_person(username: str) -> None:
    server = Fastmail(_jmap_session=httpx.Response(200, json=SESSION | {"username": username}))
    assert (await by_code(server)).username == "account:u1"
    assert (await connect_by_api_token(*clients(server), "fmu1-api-canary")).username == "account:u1"


async def test_no_secret_is_shown() -> None:
    assert "canary" not in repr(await by_code(Fastmail()))
