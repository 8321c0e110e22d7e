"""Who is known, by what lies in a mailbox before the sandbox."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.mail.store import Store
from tests.mail.sandbox_mail import Direct, sandbox_access

pytestmark = pytest.mark.anyio

WHEN = datetime(2026, 11, 30, 9, tzinfo=UTC)
CONTACT = "bob@sandbox.test"
ME = "Alice <alice@sandbox.test>"


class Mailbox:
    def __init__(self, access: Direct, store: Store) -> None:
        self.access = access
        self.store = store
        self.mail = JmapMail(access, RememberedPlaces())

    def put(self, place: str, *, sender: str, to: str, above: str = "", keywords: tuple[str, ...] = ()) -> None:
        raw = (
            f"{above}From: {sender}\r\nTo: {to}\r\nSubject: x\r\nMessage-ID: <{len(self.store.emails)}@x>\r\n\r\nx\r\n"
        )
        self.store.deliver(raw.encode(), [(place,)], WHEN, keywords)

    async def of(self, *addresses: Address | str) -> list[Acquaintance]:
        asked = [Address("", one) if isinstance(one, str) else one for one in addresses]
        known = await self.mail.acquaintance(asked)
        return [known[one.email.lower()] for one in asked]


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with sandbox_access() as (access, _):
        app = access.client.transport._transport.app  # type: ignore[attr-defined] -- as the fixture made it
        yield Mailbox(access, app.state.provider.post.store(ALICE.primary))


async def test_whom_the_owner_wrote_to_is_trusted_in_to_cc_and_bcc(mailbox):
    mailbox.put("Sent", sender=ME, to="Dora <dora@example.org>, e@example.org")
    mailbox.put("Sent", sender=ME, to="x@example.org", above="Cc: cara@example.org\r\nBcc: Bea@example.org\r\n")
    for found in await mailbox.of("DORA@example.org", "e@example.org", "cara@example.org", "bea@example.org"):
        assert found == Acquaintance(you_wrote=True)
        assert found.is_trusted


async def test_a_sender_who_only_wrote_is_known_and_not_trusted(mailbox):
    [found] = await mailbox.of("ann@example.org")
    assert found == Acquaintance(they_wrote=True)
    assert not found.is_new
    assert not found.is_trusted


async def test_contacts_and_own_addresses_are_trusted(mailbox):
    contact, own, any_of_mine = await mailbox.of(CONTACT, "alice@sandbox.test", "shop@alice.sandbox.test")
    assert contact.in_contacts
    assert own.is_own
    assert any_of_mine.is_own


@pytest.mark.parametrize(
    "other", ["mary-ann@example.org", "ann@example.org.evil.example", "ann@example.or", "ann@sub.example.org"]
)
async def test_an_address_within_another_is_another(mailbox, other):
    mailbox.put("Sent", sender=ME, to="dear-ann@example.org, ann@example.org.co")
    mailbox.put("Sent", sender=ME, to="ann@my.example.org")
    [found] = await mailbox.of(other)
    assert found.is_new


async def test_a_message_from_outside_that_was_moved_to_sent_makes_nobody_known(mailbox):
    """An obedient assistant that files mail could move a forged one there."""
    received = "Received: from evil.example by mx.sandbox.test; Mon, 30 Nov 2026 09:00:00 +0000\r\n"
    mailbox.put("Sent", sender=ME, to="thief@evil.example", above=received)
    mailbox.put("Inbox", sender=ME, to="thief@evil.example")
    [found] = await mailbox.of("thief@evil.example")
    assert not found.is_trusted


async def test_a_draft_that_was_moved_to_sent_makes_nobody_known(mailbox):
    mailbox.put("Sent", sender=ME, to="thief@evil.example", keywords=("$draft",))
    [found] = await mailbox.of("thief@evil.example")
    assert found.is_new


@pytest.mark.parametrize(
    "new",
    [
        Address("", "dora@examp1e.org"),
        Address("", "dora@exarnple.org"),
        Address("", "d0ra@example.org"),
        Address("", "dora@example.orq"),
        Address("Dora Diaz", "dora@mail.invalid"),
        Address("dora  DÍAZ", "dora.private@else.invalid"),
    ],
)
async def test_a_new_address_that_is_like_a_known_one_says_which(mailbox, new):
    mailbox.put("Sent", sender=ME, to="Dora Diaz <dora@example.org>")
    [found] = await mailbox.of(new)
    assert found.is_new
    assert found.similar == "dora@example.org"


async def test_a_new_address_that_is_like_none_says_nothing(mailbox):
    mailbox.put("Sent", sender=ME, to="Dora Diaz <dora@example.org>")
    [found] = await mailbox.of(Address("Emil Ernst", "emil@elsewhere.example"))
    assert found == Acquaintance()


async def test_twenty_addresses_are_asked_in_few_requests_of_few_calls(mailbox):
    mailbox.put("Sent", sender=ME, to="p7@example.org")
    found = await mailbox.of(*[f"p{number}@example.org" for number in range(20)])
    assert [one.you_wrote for one in found] == [number == 7 for number in range(20)]
    asked = [methods for methods in mailbox.access.requests if methods != ["session"]]
    assert max(map(len, asked)) <= 16
    assert len(asked) <= 12


async def test_one_address_takes_three_requests(mailbox):
    mailbox.put("Sent", sender=ME, to="dora@example.org")
    await mailbox.of("dora@example.org")
    assert len([methods for methods in mailbox.access.requests if methods != ["session"]]) == 3
