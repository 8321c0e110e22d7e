"""Identities as servers give them."""

from dataclasses import dataclass
from typing import Any

import pytest

from mailconnect.jmap.identities import read_identities
from mailconnect.mail.draft.errors import NoIdentities
from tests.jmap.scripted import Scripted

pytestmark = pytest.mark.anyio


@dataclass
class _Session:
    username: str


class _WithSession(Scripted):
    username = "alice@example.com"

    async def session(self) -> Any:
        return _Session(self.username)


def answers(*listed: Any) -> _WithSession:
    return _WithSession({"Identity/get": {"list": [*listed]}})


async def test_odd_identities_harm_only_themselves():
    access = answers(
        {"id": "1", "name": None, "email": "a@example.com", "replyTo": None, "bcc": [{"email": "b@example.com"}]},
        {"id": "2", "name": 7, "email": "*@example.com", "textSignature": None, "htmlSignature": ["x"]},
        {"name": "no id", "email": "c@example.com"},
        {"id": "3", "email": "nothing"},
        "no object",
    )
    first, second = await read_identities(access, "u1")
    assert (first.email, first.bcc[0].email, first.reply_to) == ("a@example.com", "b@example.com", ())
    assert (second.is_wildcard, second.name, second.html_signature) == (True, "", "")


async def test_where_no_identity_has_an_address_it_is_the_username():
    """As Cyrus IMAP gives it where users have no domain."""
    [one] = await read_identities(answers({"id": "alice", "name": "", "email": ""}), "u1")
    assert (one.id, one.email) == ("alice", "alice@example.com")
    access = answers({"id": "alice", "name": "", "email": ""})
    access.username = "alice"
    with pytest.raises(NoIdentities):
        await read_identities(access, "u1")


@pytest.mark.parametrize("answer", ["unknownMethod", "accountNotSupportedByMethod", "forbidden", {"list": []}])
async def test_without_identities_nothing_is_drafted_and_the_reason_is_said(answer):
    with pytest.raises(NoIdentities):
        await read_identities(_WithSession({"Identity/get": answer}), "u1")
