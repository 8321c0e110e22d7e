"""What every implementation of the mail port does, over the mail of tests/mail/letters.py."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import NewDraft, PartOf, TextFile
from mailconnect.mail.draft.errors import KeyUsed, UnknownDraft
from mailconnect.mail.errors import AttachmentTooLarge, UnknownAccount, UnknownAttachment, UnknownEmail, UnknownThread
from mailconnect.mail.port import Mail
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.parser import parse
from mailconnect.mail.reading import Reading
from mailconnect.mail.search import Order, Search

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_MAX = 1_000_000


def search(query: str = "", **more: object) -> Search:
    asked = parse(query, me=["alice@example.com"], zone=ZoneInfo("UTC"), now=NOW)
    return Search(**{"query": asked, "limit": 15, **more})  # type: ignore[arg-type]


def new_draft(**changed: object) -> NewDraft:
    written = {
        "sender": Address("Alice", "alice@example.com"),
        "to": (Address("Jörg", "joerg@example.org"), Address("", "b@example.org")),
        "subject": "Grüße",
        "plain": "Hello Jörg,\n\nsee below.\n",
        "message_id": "mc.key.content@example.com",
        "key": "mc.key",
        "sent_at": NOW,
    }
    return NewDraft(**{**written, **changed})  # type: ignore[arg-type]


class MailContract:
    """A subclass brings the fixture `mail`: the port, and the ids of the letters by name."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def ids(self, given: tuple[Mail, Mapping[str, str]]) -> Mapping[str, str]:
        return given[1]

    @pytest.fixture
    def mail(self, given: tuple[Mail, Mapping[str, str]]) -> Mail:
        return given[0]

    async def names(self, mail: Mail, ids: Mapping[str, str], query: str = "", **more: object) -> list[str]:
        by_id = {ident: name for name, ident in ids.items()}
        return [by_id[hit.envelope.id] for hit in (await mail.search(search(query, **more))).hits]

    async def test_it_names_the_owners_account(self, mail: Mail) -> None:
        accounts = await mail.accounts()
        assert accounts.own.id
        assert accounts.username

    async def test_it_lists_all_mailboxes_with_their_roles(self, mail: Mail) -> None:
        listed = await mail.mailboxes()
        assert {"inbox", "archive", "junk", "trash", "sent", "drafts"} <= {one.role for one in listed.mailboxes}
        assert listed.account_id == (await mail.accounts()).own.id
        assert listed == await mail.mailboxes(listed.account_id)

    async def test_an_account_that_is_not_the_owners_is_refused(self, mail: Mail) -> None:
        with pytest.raises(UnknownAccount):
            await mail.mailboxes("u-of-nobody")
        with pytest.raises(UnknownAccount):
            await mail.search(search(), "u-of-nobody")
        with pytest.raises(UnknownAccount):
            await mail.read(Reading(ids=["x"]), "u-of-nobody")

    async def test_without_a_query_the_newest_come_first_and_junk_is_left_out(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        page = await mail.search(search(collapse=False))
        assert [hit.envelope.id for hit in page.hits] == [ids["invitation"], ids["answer"], ids["first"]]
        assert page.left_out == ("junk", "trash")
        assert page.total in (3, None)
        assert not page.has_more

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("from:ann", ["first"]),
            ("from:example.org", ["invitation", "first"]),
            ("subject:budget", ["answer", "first"]),
            ("pelican", ["first"]),
            ("pelican in:anywhere", ["junk", "first"]),
            ("in:junk", ["junk"]),
            ("is:unread subject:budget", ["answer"]),
            ("-from:ann subject:budget", ["answer"]),
            ("from:ann OR from:carol", ["invitation", "first"]),
            ("has:attachment subject:budget", ["answer"]),
            ("to:me", ["invitation", "first"]),
            ("from:nobody", []),
        ],
    )
    async def test_it_finds_what_the_query_says(
        self, mail: Mail, ids: Mapping[str, str], query: str, found: list[str]
    ) -> None:
        assert await self.names(mail, ids, query, collapse=False) == found

    async def test_a_thread_is_one_hit_where_threads_are_collapsed(self, mail: Mail, ids: Mapping[str, str]) -> None:
        assert await self.names(mail, ids, "subject:budget") == ["answer"]

    async def test_the_oldest_come_first_where_that_is_asked(self, mail: Mail, ids: Mapping[str, str]) -> None:
        assert await self.names(mail, ids, order=Order.OLDEST, collapse=False) == ["first", "answer", "invitation"]

    async def test_pages_follow_each_other_without_gap_or_repetition(self, mail: Mail, ids: Mapping[str, str]) -> None:
        seen: list[str] = []
        position, anchor = 0, None
        for more_follow in (True, True, False):
            page = await mail.search(search(limit=1, collapse=False, position=position, anchor=anchor))
            seen += [hit.envelope.id for hit in page.hits]
            assert page.has_more is more_follow
            position, anchor = page.position + page.consumed, page.last_id
        assert seen == [ids["invitation"], ids["answer"], ids["first"]]

    async def test_where_the_anchor_is_gone_the_position_counts(self, mail: Mail, ids: Mapping[str, str]) -> None:
        assert await self.names(mail, ids, position=2, anchor="gone", collapse=False) == ["first"]

    async def test_one_mailbox_is_searched_by_role_id_or_name(self, mail: Mail, ids: Mapping[str, str]) -> None:
        junk = next(one for one in (await mail.mailboxes()).mailboxes if one.role == "junk")
        for named in ("junk", junk.id, junk.name):
            assert await self.names(mail, ids, mailbox=named) == ["junk"]

    async def test_a_mailbox_that_is_not_there_is_an_error(self, mail: Mail) -> None:
        with pytest.raises(QueryError):
            await mail.search(search(mailbox="No Such Folder"))
        with pytest.raises(QueryError):
            await mail.search(search("in:nosuchfolder"))

    async def test_a_snippet_comes_only_where_it_is_asked_for(self, mail: Mail) -> None:
        with_snippets = await mail.search(search("pelican", snippets=True))
        assert "pelican" in (with_snippets.hits[0].snippet or "")
        assert (await mail.search(search("pelican"))).hits[0].snippet is None

    async def test_a_hit_says_who_when_what_and_where(self, mail: Mail, ids: Mapping[str, str]) -> None:
        page = await mail.search(search("from:ann"))
        (hit,) = page.hits
        about = hit.envelope
        assert (about.id, about.subject) == (ids["first"], "Budget for the harbour")
        assert [(one.name, one.email) for one in about.sender] == [("Ann Lee", "ann@example.org")]
        assert [one.email for one in about.to] == ["alice@example.com"]
        assert about.received_at == datetime(2026, 11, 30, 1, tzinfo=UTC)
        assert "$seen" in about.keywords
        inbox = next(one.id for one in page.mailboxes if one.role == "inbox")
        assert about.mailbox_ids == (inbox,)
        assert about.thread_id

    async def test_it_reads_messages_in_the_order_asked_for(self, mail: Mail, ids: Mapping[str, str]) -> None:
        read = await mail.read(Reading(ids=[ids["answer"], "gone", ids["first"]]))
        assert [one.envelope.id for one in read.found] == [ids["answer"], ids["first"]]
        assert [*read.missing] == ["gone"]

    async def test_it_tells_the_first_message_from_an_address_when_that_is_read(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        read = await mail.read(Reading(ids=[*ids.values()]))
        senders: dict[str, list[str]] = {}
        for one in sorted((one.envelope for one in read.found), key=lambda about: str(about.received_at)):
            senders.setdefault(one.sender[0].email, []).append(one.id)
        assert read.first_of_sender <= {several[0] for several in senders.values()}
        assert ids["first"] in read.first_of_sender

    async def test_a_message_has_both_bodies_and_its_attachments(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (answer,) = (await mail.read(Reading(ids=[ids["answer"]]))).found
        assert answer.content is not None
        assert (answer.content.plain or "").strip() == "Agreed, see the plan."
        assert "<b>plan</b>" in (answer.content.html or "")
        (attachment,) = answer.content.attachments
        assert (attachment.name, attachment.type) == ("plan.csv", "text/csv")
        assert answer.envelope.can_be_unsubscribed
        assert [one.email for one in answer.envelope.reply_to] == ["elsewhere@example.com"]
        assert any("dmarc=pass" in one for one in answer.envelope.authentication_results)

    async def test_an_invitation_comes_with_the_message(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (invitation,) = (await mail.read(Reading(ids=[ids["invitation"]]))).found
        assert invitation.content is not None
        assert "BEGIN:VCALENDAR" in (invitation.content.calendar or "")
        assert invitation.content.plain is None

    async def test_without_content_only_the_envelope_comes(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (first,) = (await mail.read(Reading(ids=[ids["first"]], content=False))).found
        assert first.content is None
        assert first.envelope.subject == "Budget for the harbour"

    async def test_a_thread_is_read_newest_first_and_the_older_are_counted(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        (first,) = (await mail.read(Reading(ids=[ids["first"]], content=False))).found
        thread = first.envelope.thread_id
        read = await mail.read(Reading(thread_id=thread))
        assert [one.envelope.id for one in read.found] == [ids["answer"], ids["first"]]
        one = await mail.read(Reading(thread_id=thread, maximum=1))
        assert ([message.envelope.id for message in one.found], one.omitted) == ([ids["answer"]], 1)
        rest = await mail.read(Reading(thread_id=thread, maximum=1, skip=1))
        assert ([message.envelope.id for message in rest.found], rest.omitted) == ([ids["first"]], 0)

    async def test_a_thread_that_is_not_there_is_an_error(self, mail: Mail) -> None:
        with pytest.raises(UnknownThread):
            await mail.read(Reading(thread_id="Tgone"))

    async def test_it_never_marks_a_message_as_read(self, mail: Mail, ids: Mapping[str, str]) -> None:
        for _ in range(2):
            (answer,) = (await mail.read(Reading(ids=[ids["answer"]]))).found
            assert "$seen" not in answer.envelope.keywords

    async def test_an_attachment_is_its_bytes(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (answer,) = (await mail.read(Reading(ids=[ids["answer"]]))).found
        assert answer.content is not None
        part = answer.content.attachments[0].id
        file = await mail.attachment(ids["answer"], part, maximum=_MAX)
        assert file.octets.split() == [b"a,b", b"1,2"]
        assert file.about.name == "plan.csv"
        with pytest.raises(AttachmentTooLarge):
            await mail.attachment(ids["answer"], part, maximum=2)
        with pytest.raises(UnknownAttachment):
            await mail.attachment(ids["answer"], "99", maximum=_MAX)
        with pytest.raises(UnknownEmail):
            await mail.attachment("gone", part, maximum=_MAX)

    async def test_an_only_attachment_needs_no_name(self, mail: Mail, ids: Mapping[str, str]) -> None:
        assert (await mail.attachment(ids["answer"], None, maximum=_MAX)).about.name == "plan.csv"
        with pytest.raises(UnknownAttachment):
            await mail.attachment(ids["first"], None, maximum=_MAX)

    async def test_identities_have_signatures_and_may_be_wildcards(self, mail: Mail) -> None:
        first, second = await mail.identities()
        assert "Basel" in first.text_signature
        assert (first.is_wildcard, second.is_wildcard) == (False, True)

    async def test_a_draft_is_given_as_the_provider_stores_it(self, mail: Mail) -> None:
        new = new_draft(
            html="<p>Hello Jörg</p>",
            cc=(Address("", "c@example.org"),),
            bcc=(Address("", "d@example.org"),),
            reply_to=(Address("", "other@example.com"),),
            in_reply_to=("first@example.org",),
            references=("zero@example.org", "first@example.org"),
        )
        draft = await mail.write_draft(new)
        assert draft.sender == (new.sender,)
        for name in ("to", "cc", "bcc", "reply_to", "subject", "in_reply_to", "references", "message_id", "sent_at"):
            assert getattr(draft, name) == getattr(new, name), name
        assert (draft.plain or "").strip() == new.plain.strip()
        assert "Hello Jörg" in (draft.html or "")
        assert draft.is_draft
        assert not draft.is_cut
        drafts = next(one.id for one in (await mail.mailboxes()).mailboxes if one.role == "drafts")
        assert draft.mailbox_ids == (drafts,)
        assert draft.account_id == (await mail.accounts()).own.id
        assert await mail.draft(draft.id) == draft

    async def test_the_same_draft_written_twice_is_one(self, mail: Mail) -> None:
        first = await mail.write_draft(new_draft())
        assert await mail.write_draft(new_draft(sent_at=NOW.replace(hour=13))) == first

    async def test_a_key_stands_for_one_message(self, mail: Mail) -> None:
        await mail.write_draft(new_draft())
        with pytest.raises(KeyUsed):
            await mail.write_draft(new_draft(message_id="mc.key.other@example.com"))
        await mail.write_draft(new_draft(message_id="mc.yek.other@example.com", key="mc.yek"))

    async def test_files_are_attached_by_reference_and_as_text(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (answer,) = (await mail.read(Reading(ids=[ids["answer"]]))).found
        assert answer.content is not None
        part = answer.content.attachments[0].id
        files = (PartOf(ids["answer"], part), TextFile("größe.txt", "groß\n"))
        first = await mail.write_draft(new_draft(files=files))
        assert [(one.name, one.type) for one in first.attachments] == [
            ("plan.csv", "text/csv"),
            ("größe.txt", "text/plain"),
        ]
        kept = tuple(PartOf(first.id, one.id) for one in first.attachments)
        second = await mail.write_draft(new_draft(files=kept, message_id="mc.edit.x@example.com", key="mc.edit"))
        assert [(one.name, one.size) for one in second.attachments] == [
            (one.name, one.size) for one in first.attachments
        ]

    async def test_a_file_that_is_not_there_stops_the_draft(self, mail: Mail, ids: Mapping[str, str]) -> None:
        with pytest.raises(UnknownEmail):
            await mail.write_draft(new_draft(files=(PartOf("gone", "1"),)))
        with pytest.raises(UnknownAttachment):
            await mail.write_draft(new_draft(files=(PartOf(ids["answer"], "99"),)))

    async def test_a_draft_is_removed_once_and_a_mail_never(self, mail: Mail, ids: Mapping[str, str]) -> None:
        draft = await mail.write_draft(new_draft())
        assert await mail.remove_draft(draft.id)
        assert await mail.remove_draft(draft.id)
        with pytest.raises(UnknownDraft):
            await mail.draft(draft.id)
        assert not await mail.remove_draft(ids["first"])
        assert (await mail.read(Reading(ids=[ids["first"]]))).found

    async def test_a_mail_that_is_no_draft_is_said_to_be_none(self, mail: Mail, ids: Mapping[str, str]) -> None:
        assert not (await mail.draft(ids["first"])).is_draft

    async def test_a_sender_who_wrote_is_known_and_one_who_did_not_is_new(self, mail: Mail) -> None:
        asked = (
            Address("Ann", "ANN@example.org"),
            Address("", "stranger@example.org"),
            Address("", "x@alice.example.com"),
        )
        known = await mail.acquaintance(asked)
        assert known["ann@example.org"].they_wrote
        assert not known["ann@example.org"].is_trusted
        assert known["stranger@example.org"].is_new

    async def test_threading_comes_where_it_is_asked_for(self, mail: Mail, ids: Mapping[str, str]) -> None:
        (answer,) = (await mail.read(Reading(ids=[ids["answer"]], threading=True))).found
        about = answer.envelope
        assert about.message_ids == ("answer@example.net",)
        assert about.in_reply_to == about.references == ("first@example.org",)
        assert about.sent_at == datetime(2026, 11, 30, 2, tzinfo=UTC)
