"""What every implementation of the mail port does when it files emails and changes mailboxes: tests/mail/letters.py."""

from collections.abc import Mapping

import pytest

from mailconnect.mail.change import Patch, Why
from mailconnect.mail.errors import UnknownAccount
from mailconnect.mail.mailbox.errors import (
    MailboxExists,
    MailboxHasChildren,
    MailboxNotEmpty,
    MailboxProtected,
    NameRefused,
    NotAPlace,
    PlaceRefused,
)
from mailconnect.mail.port import Mail
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.reading import Reading


class FilingContract:
    """A subclass brings the fixture `given`: the port, and the ids of the letters by name."""

    pytestmark = pytest.mark.anyio

    @pytest.fixture
    def ids(self, given: tuple[Mail, Mapping[str, str]]) -> Mapping[str, str]:
        return given[1]

    @pytest.fixture
    def mail(self, given: tuple[Mail, Mapping[str, str]]) -> Mail:
        return given[0]

    async def lies(self, mail: Mail, ident: str) -> set[str]:
        """The names, in small letters, of the mailboxes that an email is in."""
        names = {one.id: one.name for one in (await mail.mailboxes()).mailboxes}
        (read,) = (await mail.read(Reading(ids=[ident], content=False))).found
        return {names[box].lower() for box in read.envelope.mailbox_ids}

    async def marks(self, mail: Mail, ident: str) -> set[str]:
        (read,) = (await mail.read(Reading(ids=[ident], content=False))).found
        return {*read.envelope.keywords} & {"$seen", "$flagged", "$junk", "$notjunk"}

    async def test_reading_and_flagging_mark_an_email_and_leave_it_where_it_is(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        before = await self.lies(mail, ids["answer"])
        changes = await mail.change([ids["answer"]], Patch(read=True, flagged=True))
        (done,) = changes.done
        assert done.before.mailbox_ids == done.after.mailbox_ids
        assert await self.marks(mail, ids["answer"]) == {"$seen", "$flagged"}
        assert await self.lies(mail, ids["answer"]) == before
        await mail.change([ids["answer"]], Patch(read=False, flagged=False))
        assert await self.marks(mail, ids["answer"]) == set()

    async def test_each_email_is_done_unchanged_or_failed(self, mail: Mail, ids: Mapping[str, str]) -> None:
        changes = await mail.change([ids["answer"], "gone", ids["first"], ids["answer"]], Patch(read=True))
        assert [one.before.id for one in changes.done] == [ids["answer"]]
        assert [*changes.unchanged] == [ids["first"]]
        assert [(one.id, one.why) for one in changes.failed] == [("gone", Why.GONE)]

    async def test_a_change_that_is_made_twice_changes_nothing_the_second_time(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        patch = Patch(archive=True, read=True, flagged=True)
        assert len((await mail.change([ids["first"], ids["answer"]], patch)).done) == 2
        again = await mail.change([ids["first"], ids["answer"]], patch)
        assert ([*again.unchanged], [*again.done]) == ([ids["first"], ids["answer"]], [])

    async def test_to_archive_an_email_of_the_inbox_alone_puts_it_into_the_archive(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        await mail.change([ids["first"]], Patch(archive=True))
        assert await self.lies(mail, ids["first"]) == {"archive"}

    async def test_to_archive_an_email_with_a_label_keeps_the_label_alone(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        await mail.create_mailbox("Harbour")
        await mail.change([ids["first"]], Patch(add_to=("Harbour",)))
        assert await self.lies(mail, ids["first"]) == {"inbox", "harbour"}
        await mail.change([ids["first"]], Patch(archive=True))
        assert await self.lies(mail, ids["first"]) == {"harbour"}

    async def test_to_archive_what_is_not_in_the_inbox_changes_nothing(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        assert [*(await mail.change([ids["junk"]], Patch(archive=True))).unchanged] == [ids["junk"]]

    async def test_a_move_replaces_all_mailboxes_and_says_what_they_were(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        harbour = await mail.create_mailbox("Harbour")
        bills = await mail.create_mailbox("Bills")
        await mail.change([ids["first"]], Patch(add_to=("Harbour",)))
        (done,) = (await mail.change([ids["first"]], Patch(move_to=bills.id))).done
        assert await self.lies(mail, ids["first"]) == {"bills"}
        inbox = next(one.id for one in (await mail.mailboxes()).mailboxes if one.role == "inbox")
        assert done.before.mailbox_ids == {inbox, harbour.id}
        assert done.after.mailbox_ids == {bills.id}
        await mail.change([ids["first"]], Patch(move_to=inbox, add_to=(harbour.id,)))
        assert await self.lies(mail, ids["first"]) == {"inbox", "harbour"}

    async def test_a_label_that_was_the_last_leaves_the_email_in_the_archive(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        await mail.create_mailbox("Harbour")
        await mail.change([ids["first"]], Patch(move_to="Harbour"))
        await mail.change([ids["first"]], Patch(remove_from=("Harbour",)))
        assert await self.lies(mail, ids["first"]) == {"archive"}
        changes = await mail.change([ids["first"]], Patch(remove_from=("archive",)))
        assert [one.why for one in changes.failed] == [Why.NOWHERE]

    async def test_trash_is_a_move_and_can_be_undone(self, mail: Mail, ids: Mapping[str, str]) -> None:
        await mail.change([ids["first"]], Patch(move_to="trash"))
        assert await self.lies(mail, ids["first"]) == {"trash"}
        await mail.change([ids["first"]], Patch(move_to="inbox"))
        assert await self.lies(mail, ids["first"]) == {"inbox"}

    async def test_junk_is_a_place_and_a_mark_and_not_junk_takes_both_back(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        await mail.change([ids["first"]], Patch(junk=True))
        assert "$junk" in await self.marks(mail, ids["first"])
        place = await self.lies(mail, ids["first"])
        assert place == await self.lies(mail, ids["junk"])
        await mail.change([ids["first"]], Patch(junk=False))
        assert await self.lies(mail, ids["first"]) == {"inbox"}
        assert await self.marks(mail, ids["first"]) >= {"$notjunk"}
        assert "$junk" not in await self.marks(mail, ids["first"])
        assert [*(await mail.change([ids["answer"]], Patch(junk=False))).unchanged] == [ids["answer"]]
        await mail.change([ids["answer"]], Patch(move_to="junk"))
        assert "$junk" in await self.marks(mail, ids["answer"])

    async def test_a_whole_thread_is_filed_where_that_is_asked_but_not_what_lies_elsewhere(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        changes = await mail.change([ids["answer"], "gone"], Patch(archive=True), threads=True)
        assert {one.before.id for one in changes.done} == {ids["answer"], ids["first"]}
        assert [one.id for one in changes.failed] == ["gone"]
        await mail.change([ids["answer"]], Patch(move_to="inbox"))
        changes = await mail.change([ids["answer"]], Patch(archive=True), threads=True)
        assert [one.before.id for one in changes.done] == [ids["answer"]]

    async def test_only_a_draft_is_moved_to_the_drafts(self, mail: Mail, ids: Mapping[str, str]) -> None:
        changes = await mail.change([ids["first"]], Patch(move_to="drafts"))
        assert [one.why for one in changes.failed] == [Why.ONLY_DRAFTS]

    async def test_trash_and_junk_are_no_labels(self, mail: Mail, ids: Mapping[str, str]) -> None:
        for role in ("trash", "junk"):
            with pytest.raises(NotAPlace):
                await mail.change([ids["first"]], Patch(add_to=(role,)))

    async def test_a_mailbox_that_is_not_there_changes_nothing(self, mail: Mail, ids: Mapping[str, str]) -> None:
        for patch in (Patch(move_to="Nowhere"), Patch(add_to=("Nowhere",)), Patch(remove_from=("Nowhere",))):
            with pytest.raises(QueryError):
                await mail.change([ids["first"]], patch)
        with pytest.raises(UnknownAccount):
            await mail.change([ids["first"]], Patch(read=True), account_id="u-of-nobody")

    async def test_a_mailbox_is_made_renamed_moved_and_deleted(self, mail: Mail) -> None:
        above = await mail.create_mailbox("Harbour")
        made = await mail.create_mailbox("Bills", "Harbour")
        assert made.parent_id == above.id
        before, after = await mail.rename_mailbox("Harbour/Bills", "Invoices")
        assert (before.name, after.name, after.id) == ("Bills", "Invoices", made.id)
        before, after = await mail.move_mailbox("Invoices", None)
        assert (before.parent_id, after.parent_id) == (above.id, None)
        await mail.delete_mailbox("Harbour")
        await mail.delete_mailbox(made.id)
        ids = {one.id for one in (await mail.mailboxes()).mailboxes}
        assert not ids & {above.id, made.id}

    async def test_a_mailbox_with_a_role_stays_as_it_is(self, mail: Mail) -> None:
        await mail.create_mailbox("Harbour")
        for role in ("inbox", "archive", "drafts", "sent", "junk", "trash"):
            with pytest.raises(MailboxProtected):
                await mail.delete_mailbox(role)
            with pytest.raises(MailboxProtected):
                await mail.rename_mailbox(role, "Other")
            with pytest.raises(MailboxProtected):
                await mail.move_mailbox(role, "Harbour")

    async def test_a_mailbox_with_emails_or_mailboxes_in_it_is_not_deleted(
        self, mail: Mail, ids: Mapping[str, str]
    ) -> None:
        await mail.create_mailbox("Harbour")
        await mail.change([ids["first"]], Patch(move_to="Harbour"))
        with pytest.raises(MailboxNotEmpty):
            await mail.delete_mailbox("Harbour")
        assert await self.lies(mail, ids["first"]) == {"harbour"}
        await mail.create_mailbox("Outer")
        await mail.create_mailbox("Inner", "Outer")
        with pytest.raises(MailboxHasChildren):
            await mail.delete_mailbox("Outer")

    async def test_two_mailboxes_of_one_name_do_not_stand_side_by_side(self, mail: Mail) -> None:
        await mail.create_mailbox("Harbour")
        await mail.create_mailbox("Bills")
        for taken in ("Harbour", "HARBOUR"):
            with pytest.raises(MailboxExists):
                await mail.create_mailbox(taken)
        with pytest.raises(MailboxExists):
            await mail.rename_mailbox("Bills", "harbour")
        await mail.create_mailbox("Bills", "Harbour")
        with pytest.raises(MailboxExists):
            await mail.move_mailbox("Harbour/Bills", None)

    async def test_a_mailbox_is_not_put_into_itself_nor_where_the_provider_empties(self, mail: Mail) -> None:
        await mail.create_mailbox("Harbour")
        await mail.create_mailbox("Inner", "Harbour")
        for place in ("Harbour", "Harbour/Inner", "trash", "junk"):
            with pytest.raises(PlaceRefused):
                await mail.move_mailbox("Harbour", place)
        with pytest.raises(PlaceRefused):
            await mail.create_mailbox("Bills", "trash")

    @pytest.mark.parametrize("name", ["", "a/b", " a", "a\n", "a\u202eb", "x" * 256], ids=ascii)
    async def test_a_text_that_is_no_name_makes_no_mailbox(self, mail: Mail, name: str) -> None:
        before = len((await mail.mailboxes()).mailboxes)
        with pytest.raises(NameRefused):
            await mail.create_mailbox(name)
        assert len((await mail.mailboxes()).mailboxes) == before
