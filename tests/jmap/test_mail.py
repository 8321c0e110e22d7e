"""The mail port over JMAP: whose account is read, what is said of another person's, and an account that moved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from mailconnect.jmap.capabilities import CONTACTS, MAIL
from mailconnect.jmap.errors import AccountNotFound, AccountNotSupportedByMethod, Forbidden, ServerFail
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.account import Account
from mailconnect.mail.errors import Reconnect, SharedAccountUnreadable, UnknownAccount
from tests.jmap.scripted import Scripted
from tests.mcp.conftest import wire_mailbox

pytestmark = pytest.mark.anyio

CAPABILITIES = frozenset({MAIL, CONTACTS})
OWN = Account("u1", "ann", is_personal=True, is_read_only=False, capabilities=CAPABILITIES)
SHARED = Account("u2", "bob", is_personal=False, is_read_only=False, capabilities=CAPABILITIES)
SESSION = Session("ann", OWN, (OWN, SHARED), CAPABILITIES, {}, "https://mail.example.com/api", "s")


class Server(Scripted):
    """Refuses calls on the accounts in `refused` by that method error."""

    refused: dict[str, str]
    now: Session = SESSION

    async def session(self) -> Session:
        return self.now

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        def answer(arguments: Any) -> Any:
            refused = self.refused.get(arguments["accountId"])
            return refused or {"list": [wire_mailbox("m1", arguments["accountId"])]}

        self.answers = {"Mailbox/get": answer}
        return await super().call(using, calls)


def server(**refused: str) -> Server:
    made = Server({})
    made.refused = refused
    return made


def mail(access: Server) -> JmapMail:
    return JmapMail(access, RememberedPlaces())


@pytest.mark.parametrize("error", [AccountNotFound, AccountNotSupportedByMethod, Forbidden])
async def test_another_persons_account_that_is_refused_is_never_a_reason_to_reconnect(error: Any) -> None:
    with pytest.raises(SharedAccountUnreadable) as refused:
        await mail(server(u2=error.type)).mailboxes("u2")
    assert "cannot be read at present" in refused.value.text
    assert "connect" not in refused.value.text
    assert refused.value.reconnect is Reconnect.NO


async def test_other_faults_with_another_persons_account_are_what_they_are() -> None:
    with pytest.raises(ServerFail):
        await mail(server(u2="serverFail")).mailboxes("u2")


async def test_an_own_account_that_has_another_id_now_is_read_by_it() -> None:
    access = server(u1="accountNotFound")
    moved = replace(OWN, id="u9")
    access.now = replace(SESSION, account=moved, accounts=(moved,))
    found = await mail(access).mailboxes()
    assert (found.account_id, [one.name for one in found.mailboxes]) == ("u9", ["u9"])


async def test_an_own_account_that_is_gone_is_a_reason_to_reconnect() -> None:
    access = server(u1="accountNotFound")
    with pytest.raises(AccountNotFound):
        await mail(access).mailboxes()
    assert len(access.asked) == 1


async def test_an_account_that_is_not_in_the_session_is_unknown() -> None:
    with pytest.raises(UnknownAccount):
        await mail(server()).mailboxes("u3")


async def test_a_change_in_another_persons_account_that_is_gone_is_no_reason_to_reconnect() -> None:
    with pytest.raises(SharedAccountUnreadable):
        await mail(server(u2="accountNotFound")).delete_mailbox("m1", "u2")
