"""Every answer that a provider may give has a row: what it becomes, what a model reads, and what is to be done."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mailconnect.jmap import errors as jmap
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.refusal import refusal
from mailconnect.jmap.response import decode
from mailconnect.jmap.session import parse_session
from mailconnect.mail import errors as mail
from mailconnect.mail.draft import errors as draft_errors
from mailconnect.mail.errors import MailboxError, Reconnect, Retry
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.provider import errors as provider
from mailconnect.provider.any_jmap import any_jmap
from mailconnect.provider.connection import CALL_SECONDS
from mailconnect.provider.error_table import _OTHER_WORDS as OTHER_WORDS
from mailconnect.provider.error_table import TABLE, ErrorRow
from mailconnect.provider.metadata import process_server_metadata
from mailconnect.provider.oauth_client import BOUNDS
from mailconnect.provider.registration import process_registration
from mailconnect.provider.token_response import process_token_response
from tests.jmap_responses import responses
from tests.real_scopes import ALL_ALLOWED

pytestmark = pytest.mark.anyio

DOCUMENT = Path(__file__).parents[2] / "docs" / "provider-errors.md"
CANARY = "fmu1-canary"
HOSTS = any_jmap(session_url="https://mail.example.com/jmap").allowed_hosts
FAMILIES = {mail.TransportError, mail.NotAllowed, jmap.RequestError, jmap.MethodError}


_WHAT_TO_CHANGE = (
    r"Ask for|Look at|Start again|Call get_session|Call read_emails|Search again|Check addresses|Attach less"
    r"|Use a new key|Tell the person"
)


def every_error(error: type[MailboxError] = MailboxError) -> set[type[MailboxError]]:
    ours = {mail.__name__, draft_errors.__name__, jmap.__name__, provider.__name__}
    return {child for child in error.__subclasses__() if child.__module__ in ours}.union(
        *(every_error(child) for child in error.__subclasses__())
    )


def test_every_error_has_a_row_and_no_row_stands_twice() -> None:
    assert {row.error for row in TABLE} == every_error() - FAMILIES
    assert len({(row.level, row.answer) for row in TABLE}) == len(TABLE)


def written(row: ErrorRow) -> str:
    error = row.error
    text = error.sentence.replace("{pause}", "*a minute*")
    return f"| {row.level} | {row.answer} | `{error.__name__}` | {text} | {error.retry} | {error.reconnect} |"


def test_the_document_is_the_table() -> None:
    document = DOCUMENT.read_text("utf-8")
    assert re.findall(r"^\| (?:HTTP|OAuth|JMAP \w+|ours) \|.*$", document, re.MULTILINE) == [*map(written, TABLE)]
    flowing = " ".join(document.split())
    assert f"A tool call has {CALL_SECONDS:g} seconds in all" in flowing
    assert (
        f"A request to the provider has {ExchangeBounds().total:g} seconds, of which {ExchangeBounds().connect:g} are"
        in flowing
    )
    assert f"up to {ExchangeBounds().body:,} bytes, one of the OAuth server up to {BOUNDS.body:,}" in flowing


@pytest.mark.parametrize("error", sorted(every_error(), key=lambda one: one.__name__))
def test_the_sentence_of_an_error_says_the_same_as_its_columns(error: type[MailboxError]) -> None:
    text = error().text
    again = re.findall(r"[Tt]ry again (once|in)", text)
    expected = {Retry.ONCE: ["once"], Retry.LATER: ["in"], Retry.NEVER: []}
    if error.retry in expected:
        assert again == expected[error.retry]
    else:
        assert re.search(_WHAT_TO_CHANGE, text)
    asked_to_reconnect = re.search(r"(re)?connect (their mailbox|with)", text) is not None
    assert asked_to_reconnect == (error.reconnect is not Reconnect.NO)


# Each row, brought about


def status(code: int) -> Callable[[], object]:
    def raising() -> None:
        raise refusal(code, f'{{"detail": "{CANARY}"}}'.encode(), wait=None, now=0)

    return raising


def problem(kind: str, **more: str) -> Callable[[], object]:
    def raising() -> None:
        document = {"type": f"urn:ietf:params:jmap:error:{kind}", "detail": CANARY, **more}
        raise refusal(400, json.dumps(document).encode(), wait=None, now=0)

    return raising


def method(kind: object) -> Callable[[], object]:
    call = Invocation("Mailbox/get", {}, "0")
    return lambda: responses(Invocation("error", {"type": kind, "description": CANARY}, "0")).to(call)


def token(code: int, **document: object) -> Callable[[], object]:
    body = json.dumps({**document, "error_description": CANARY}).encode()
    return lambda: process_token_response(code, body, now=0)


def session(**changed: object) -> Callable[[], object]:
    account = {"name": "a", "isPersonal": True, "isReadOnly": False, "accountCapabilities": {MAIL: {}}}
    document = {"capabilities": {CORE: {}}, "accounts": {"u": account}, "apiUrl": "https://mail.example.com/api"}
    return lambda: parse_session(document | changed, session_url="https://mail.example.com/jmap", allowed_hosts=HOSTS)


CASES: dict[tuple[str, str], Callable[[], object]] = {
    ("HTTP", "429"): status(429),
    ("HTTP", "500 to 599"): status(503),
    ("HTTP", "another status"): status(204),
    ("HTTP", "403"): status(403),
    ("HTTP", "404, 410, 421 or a redirect, also at the address that the session names now"): status(302),
    ("HTTP", "no JSON, another coding, another shape"): lambda: decode(f"<html>{CANARY}".encode()),
    ("HTTP", "401 for an access token, twice, or for an API token"): status(401),
    ("HTTP", "a session whose API is on a host that is not allowed"): session(apiUrl=f"https://evil.example/{CANARY}"),
    ("HTTP", "a session without an account for mail"): session(accounts={}),
    ("OAuth", "invalid_grant"): token(400, error="invalid_grant"),
    ("OAuth", "invalid_grant with `temporary`"): token(400, error="invalid_grant", temporary=True),
    ("OAuth", f"{OTHER_WORDS}, or invalid_grant with another status"): token(400, error="invalid_request"),
    ("OAuth", "metadata that can never work: of another issuer or resource, without PKCE"): lambda: (
        process_server_metadata({"issuer": CANARY}, "https://mail.example.com", HOSTS)
    ),
    ("OAuth", "invalid_client"): token(401, error="invalid_client"),
    ("OAuth", "unauthorized_client"): token(400, error="unauthorized_client"),
    ("OAuth", "any other error of the token endpoint"): token(400, error="slow_down"),
    ("OAuth", "any error of the registration endpoint"): lambda: process_registration(
        400, json.dumps({"error": CANARY, "error_description": CANARY}).encode()
    ),
    ("JMAP method", "any other error"): method("https://example.com/ownError"),
    ("ours", "a method that this program never sends"): lambda: ALL_ALLOWED.check(
        [CORE], [Invocation("VacationResponse/set", {}, "0")]
    ),
} | {
    (row.level, row.answer): problem(row.answer) if row.level == "JMAP request" else method(row.answer)
    for row in TABLE
    if row.level in {"JMAP request", "JMAP method"} and row.answer != "any other error"
}
CASES["JMAP request", "limit of maxConcurrentRequests, twice"] = problem("limit", limit="maxConcurrentRequests")

ELSEWHERE = {
    # by connections that fail: tests/jmap/test_client.py
    mail.Unreachable,
    mail.NotAnswering,
    # by the tool: tests/mcp/tools/mailboxes/test_list_mailboxes.py
    mail.UnknownAccount,
    # by another person's account: tests/jmap/test_mail.py
    mail.SharedAccountUnreadable,
    # by the mail port's contract: tests/mail/test_port.py, tests/jmap/email/test_search.py
    mail.UnknownEmail,
    mail.UnknownThread,
    mail.UnknownAttachment,
    mail.AttachmentTooLarge,
    mail.SearchRefused,
    mail.NoContacts,
    # by drafting: tests/mcp/tools/drafts/test_write_draft.py
    draft_errors.UnknownDraft,
    draft_errors.DraftRefused,
    draft_errors.MailboxFull,
    draft_errors.DraftTooLarge,
    draft_errors.KeyUsed,
    draft_errors.NoDraftsMailbox,
    draft_errors.NoIdentities,
    # by sending: tests/jmap/test_submitting.py, tests/sending/test_send.py
    draft_errors.StateMoved,
    draft_errors.SubmissionRefused,
    draft_errors.NotHeld,
    draft_errors.NothingWaits,
    # by the reading of a response: tests/outbound/test_body.py, tests/jmap/test_client.py
    mail.ResponseTooLong,
    # by one grant's story: tests/provider/test_refresh.py, tests/provider/test_connection.py
    provider.RefreshUnderWay,
    provider.Busy,
}


@pytest.mark.row("MC-35")
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.level}: {row.answer}")
def test_each_answer_becomes_the_error_of_its_row_and_leaves_no_word_of_the_providers(row: ErrorRow) -> None:
    case = CASES.get((row.level, row.answer))
    if case is None:
        assert row.error in ELSEWHERE or row.error is provider.GrantEnded  # after a while: test_refresh.py
        return
    with pytest.raises(MailboxError) as raised:
        case()
    assert type(raised.value) is row.error
    assert CANARY not in f"{raised.value!r}{raised.value}{raised.value.text}"


@pytest.mark.row("MC-35")
async def test_no_error_of_the_transport_quotes_the_request() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        raise RuntimeError(f"could not send {request.headers}")

    client = JmapClient(OverHttpx(httpx.MockTransport(failing)), HOSTS, lambda: 0)
    with pytest.raises(MailboxError) as raised:
        await client.session("https://mail.example.com/jmap", CANARY)
    assert CANARY not in f"{raised.value!r}{raised.value.text}"
    assert raised.value.__suppress_context__
