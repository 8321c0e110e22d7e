"""The machine of owners, clients and a thief notices when a defence is missing."""

import hmac
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from msgspec import structs
from starlette.requests import Request

from mailconnect.endpoints.account import ending, guard
from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.http.cookies import Cookie
from mailconnect.endpoints.mcp import endpoint
from mailconnect.endpoints.oauth import token
from mailconnect.grants import account_session
from mailconnect.grants.grant import Grant
from mailconnect.grants.tokens import redemption
from mailconnect.grants.tokens.access import Access, authenticate
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.tokens.rotation import rotate
from mailconnect.oauth import consent
from mailconnect.oauth.scopes import SCOPES
from tests.thief.machine import ThiefMachine
from tests.thief.world import ground

pytestmark = pytest.mark.fuzz

QUICK = settings(
    max_examples=600,  # it ends at the first that notices; the rarest took some 50
    derandomize=True,
    database=None,
    deadline=None,
    stateful_step_count=30,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)

ANY_MAC = SimpleNamespace(digest=hmac.digest, compare_digest=lambda *_: True)


def any_client(rules: Any) -> Any:
    def judged(grant: Grant, request: Any, **named: Any) -> Any:
        return rules(grant, replace(request, client_id=grant.client_id), **named)

    return judged


def without_end_of_grace(grant: Grant, *rest: Any, **named: Any) -> Any:
    until = grant.previous_refresh_until
    return rotate(replace(grant, previous_refresh_until=until and until + 10**9), *rest, **named)


async def nothing_ends(*_: Any, **__: Any) -> bool:
    return True


async def sessions_stay(*_: Any) -> None:
    return


read, put = Cookie.read, Cookie.set
LAST: dict[str, bytes] = {}


def read_any(self: Cookie, request: Request) -> bytes | None:
    """As if there were one browser only."""
    return LAST.get(self._name) if read(self, request) is None else read(self, request)


def put_and_keep(self: Cookie, response: Any, value: bytes) -> None:
    LAST[self._name] = value
    put(self, response, value)


def with_every_scope(*presented: Any) -> Access:
    return structs.replace(authenticate(*presented), scope=frozenset(SCOPES))


MISSING: dict[str, list[tuple[Any, str, Any]]] = {
    "the code's verifier": [(redemption, "hmac", ANY_MAC)],
    "whose code it is": [(token, "redeem", any_client(redeem))],
    "whose refresh token it is": [(token, "rotate", any_client(rotate))],
    "the end of the grace": [(token, "rotate", without_end_of_grace)],
    "the end at the owner's page": [(ending, "end_grant", nothing_ends)],
    "the end of a session": [(Sessions, "_forget", sessions_stay), (Sessions, "end_everywhere", sessions_stay)],
    "whose consent page it is": [(consent, "hmac", ANY_MAC)],
    "whose browser it is": [(Cookie, "read", read_any), (Cookie, "set", put_and_keep)],
    "whose form it is": [(guard, "sent_from_here", lambda *_: True), (account_session, "hmac", ANY_MAC)],
    "what the owner allowed": [(endpoint, "authenticate", with_every_scope)],
}


@pytest.mark.parametrize("part", MISSING)
def test_it_notices_the_lack_of(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, instead in MISSING[part]:
        assert hasattr(owner, name)
        monkeypatch.setattr(owner, name, instead)
    with ground() as ThiefMachine.ground, pytest.raises((AssertionError, BaseExceptionGroup)):
        run_state_machine_as_test(ThiefMachine, settings=QUICK)
