"""A fake of the mail port: messages in memory, read by the standard library's email package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from mailconnect.mail.account import Account, Accounts
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import DRAFT, Draft, NewDraft, PartOf
from mailconnect.mail.draft.errors import KeyUsed, UnknownDraft
from mailconnect.mail.errors import AttachmentTooLarge, UnknownAccount, UnknownAttachment, UnknownEmail, UnknownThread
from mailconnect.mail.file import File
from mailconnect.mail.identity import Identity, is_own
from mailconnect.mail.mailbox.mailbox import ALL_RIGHTS, Mailbox, Mailboxes
from mailconnect.mail.message import Attachment, Content, Envelope, Message
from mailconnect.mail.query import tree
from mailconnect.mail.query.places import Place, Places
from mailconnect.mail.reading import Messages, Reading
from mailconnect.mail.search import Hit, Order, Search, SearchPage
from tests.mail.letters import LETTERS, Letter

OWN = Account("u1", "Alice", is_personal=True, is_read_only=False, capabilities=frozenset({"mail"}))
ROLES = ("inbox", "archive", "drafts", "sent", "junk", "trash")
MAILBOXES = tuple(
    Mailbox(f"b-{role}", role.capitalize(), 0, 0, 0, 0, ALL_RIGHTS, role=role, sort_order=order)
    for order, role in enumerate(ROLES)
)
PLACES = Places(Place(one.id, one.name, one.name, one.role) for one in MAILBOXES)

IDENTITIES = (
    Identity("I1", "Alice Sandbox", "alice@example.com", text_signature="Alice\nBasel", html_signature="<p>Alice</p>"),
    Identity("I2", "Alice at home", "*@alice.example.com"),
)


@dataclass(frozen=True)
class Held:
    envelope: Envelope
    content: Content
    parsed: EmailMessage

    @property
    def text(self) -> str:
        return f"{self.parsed.as_string()} {self.content.plain or ''}"


def held(letter: Letter) -> Held:
    parsed = message_from_bytes(letter.raw, policy=policy.default)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    parts = list(parsed.iter_attachments()) if parsed.is_multipart() else []
    calendar = next((part for part in parts if part.get_content_type() == "text/calendar"), None)
    attachments = tuple(
        Attachment(str(number), part.get_filename() or "", part.get_content_type(), len(part.get_payload(decode=True)))
        for number, part in enumerate(parts)
    )
    envelope = Envelope(
        id=f"M-{letter.name}",
        thread_id="T-budget" if "Budget" in parsed["Subject"] else f"T-{letter.name}",
        mailbox_ids=(f"b-{letter.place}",),
        keywords=frozenset(letter.keywords),
        received_at=letter.at,
        sender=_addresses(parsed, "From"),
        to=_addresses(parsed, "To"),
        cc=_addresses(parsed, "Cc"),
        reply_to=_addresses(parsed, "Reply-To"),
        subject=parsed["Subject"],
        size=len(letter.raw),
        has_attachment=any(one.name for one in attachments),
        authentication_results=tuple(map(str, parsed.get_all("Authentication-Results", []))),
        can_be_unsubscribed="List-Unsubscribe" in parsed,
        message_ids=_ids(parsed, "Message-ID"),
        in_reply_to=_ids(parsed, "In-Reply-To"),
        references=_ids(parsed, "References"),
        sent_at=parsed["Date"].datetime if "Date" in parsed else None,
    )
    content = Content(
        plain=plain.get_content() if plain else None,
        html=html.get_content() if html else None,
        calendar=calendar.get_content() if calendar else None,
        attachments=attachments,
    )
    return Held(envelope, content, parsed)


def _addresses(parsed: EmailMessage, name: str) -> tuple[Address, ...]:
    header = parsed[name]
    return tuple(Address(one.display_name, one.addr_spec) for one in header.addresses) if header else ()


def _ids(parsed: EmailMessage, name: str) -> tuple[str, ...]:
    return tuple(one.strip("<>") for one in str(parsed[name] or "").split())


class MemoryMail:
    """`drafts` are by id; `you_wrote_to` are the addresses that the owner has written to, in small letters."""

    def __init__(self, letters: Sequence[Letter] = LETTERS) -> None:
        self._all = [held(letter) for letter in letters]
        self.drafts: dict[str, Draft] = {}
        self.you_wrote_to: set[str] = set()
        self.senders: Sequence[Identity] = IDENTITIES

    async def accounts(self) -> Accounts:
        return Accounts("alice@example.com", OWN, (), {})

    async def mailboxes(self, account_id: str | None = None) -> Mailboxes:
        _check(account_id)
        return Mailboxes(OWN.id, [*MAILBOXES])

    async def search(self, search: Search, account_id: str | None = None) -> SearchPage:
        _check(account_id)
        within = PLACES.find(search.mailbox).id if search.mailbox else None
        left_out = () if within else search.query.left_out
        hidden = {f"b-{role}" for role in left_out}
        found = [
            one
            for one in sorted(self._all, key=_received, reverse=search.order is Order.NEWEST)
            if not hidden & {*one.envelope.mailbox_ids}
            and (within is None or within in one.envelope.mailbox_ids)
            and _matches(one, search.query.root)
        ]
        if search.collapse:
            found = [*{one.envelope.thread_id: one for one in reversed(found)}.values()][::-1]
        ids = [one.envelope.id for one in found]
        start = ids.index(search.anchor) + 1 if search.anchor in ids else search.position
        shown = found[start : start + search.limit]
        return SearchPage(
            hits=[Hit(one.envelope, one.content.plain if search.snippets else None) for one in shown],
            total=len(found),
            has_more=start + len(shown) < len(found),
            position=start,
            consumed=len(shown),
            last_id=shown[-1].envelope.id if shown else None,
            left_out=left_out,
            mailboxes=MAILBOXES,
        )

    async def read(self, reading: Reading, account_id: str | None = None) -> Messages:
        _check(account_id)
        if reading.thread_id is not None:
            return self._thread(reading)
        by_id = {one.envelope.id: one for one in self._all}
        found = [_message(by_id[ident], reading) for ident in reading.ids if ident in by_id]
        missing = [ident for ident in reading.ids if ident not in by_id]
        return Messages(found, missing, mailboxes=MAILBOXES, first_of_sender=self._first_of_sender(found))

    def _first_of_sender(self, found: Sequence[Message]) -> frozenset[str]:
        everything = [one.envelope for one in self._all]
        return frozenset(
            about.id
            for about in (one.envelope for one in found)
            if not about.keywords & {"$answered", "$draft", "$istrusted"}
            and not {"b-sent", "b-drafts"}.intersection(about.mailbox_ids)
            and not any(
                one.sender and one.sender[0].email == about.sender[0].email and one.received_at < about.received_at
                for one in everything
            )
        )

    def _thread(self, reading: Reading) -> Messages:
        of_thread = [one for one in self._all if one.envelope.thread_id == reading.thread_id]
        if not of_thread:
            raise UnknownThread
        newest = sorted(of_thread, key=_received, reverse=True)[reading.skip :]
        shown = [_message(one, reading) for one in newest[: reading.maximum]]
        return Messages(shown, omitted=len(newest) - len(shown), mailboxes=MAILBOXES)

    async def attachment(
        self, email_id: str, attachment_id: str | None, *, maximum: int, account_id: str | None = None
    ) -> File:
        _check(account_id)
        one = next((one for one in self._all if one.envelope.id == email_id), None)
        if one is None:
            raise UnknownEmail
        wanted = [part for part in one.content.attachments if attachment_id in (None, part.id)]
        if len(wanted) != 1:
            raise UnknownAttachment
        [about] = wanted
        if about.size > maximum:
            raise AttachmentTooLarge
        octets = [*one.parsed.iter_attachments()][int(about.id)].get_payload(decode=True)
        return File(about, octets)

    async def identities(self) -> Sequence[Identity]:
        return self.senders

    async def write_draft(self, new: NewDraft) -> Draft:
        same = [one for one in self.drafts.values() if one.message_id.startswith(new.key)]
        for one in same:
            if one.message_id == new.message_id:
                return one
        if same:
            raise KeyUsed
        draft = Draft(
            id=f"D{len(self.drafts) + 1}",
            account_id=OWN.id,
            thread_id="T-draft",
            message_id=new.message_id,
            sender=(new.sender,),
            to=new.to,
            cc=new.cc,
            bcc=new.bcc,
            reply_to=new.reply_to,
            subject=new.subject,
            plain=new.plain,
            html=new.html,
            attachments=tuple(self._attached(number, file) for number, file in enumerate(new.files)),
            keywords=frozenset({DRAFT, "$seen"}),
            mailbox_ids=("b-drafts",),
            sent_at=new.sent_at,
            in_reply_to=new.in_reply_to,
            references=new.references,
            bytes_id=f"G{len(self.drafts) + 1}",
        )
        self.drafts[draft.id] = draft
        return draft

    def _attached(self, number: int, file: object) -> Attachment:
        if not isinstance(file, PartOf):
            return Attachment(f"p{number}", file.name, file.type, len(file.text.encode()))
        known = {one.envelope.id: one.content.attachments for one in self._all}
        known |= {one.id: one.attachments for one in self.drafts.values()}
        if file.email_id not in known:
            raise UnknownEmail
        for one in known[file.email_id]:
            if one.id == file.attachment_id:
                return Attachment(f"p{number}", one.name, one.type, one.size)
        raise UnknownAttachment

    async def draft_named(self, beginning: str) -> Draft | None:
        return next((one for one in self.drafts.values() if one.message_id.startswith(beginning)), None)

    async def draft(self, draft_id: str) -> Draft:
        if draft_id in self.drafts:
            return self.drafts[draft_id]
        for one in self._all:
            if one.envelope.id == draft_id:
                return Draft(draft_id, OWN.id, keywords=one.envelope.keywords)
        raise UnknownDraft

    async def remove_draft(self, draft_id: str) -> bool:
        letters = {one.envelope.id for one in self._all}
        if draft_id in letters or (draft_id in self.drafts and not self.drafts[draft_id].is_draft):
            return False
        self.drafts.pop(draft_id, None)
        return True

    async def acquaintance(self, addresses: Sequence[Address]) -> Mapping[str, Acquaintance]:
        wrote = {sender.email.lower() for one in self._all for sender in one.envelope.sender}
        return {
            one.email.lower(): Acquaintance(
                you_wrote=one.email.lower() in self.you_wrote_to,
                they_wrote=one.email.lower() in wrote,
                is_own=is_own(self.senders, one.email),
            )
            for one in addresses
        }


def _check(account_id: str | None) -> None:
    if account_id not in {None, OWN.id}:
        raise UnknownAccount


def _received(one: Held) -> object:
    return one.envelope.received_at


def _message(one: Held, reading: Reading) -> Message:
    return Message(one.envelope, one.content if reading.content else None)


def _matches(one: Held, node: tree.Node) -> bool:
    about = one.envelope
    match node:
        case tree.And(terms):
            return all(_matches(one, term) for term in terms)
        case tree.Or(terms):
            return any(_matches(one, term) for term in terms)
        case tree.Not(term):
            return not _matches(one, term)
        case tree.In(mailbox):
            return mailbox == "anywhere" or PLACES.find(mailbox).id in about.mailbox_ids
        case tree.Is(mark):
            return f"${mark}" in about.keywords
        case tree.HasAttachment():
            return about.has_attachment
    said = {
        tree.Text: one.text,
        tree.Subject: about.subject,
        tree.Body: one.content.plain or one.content.html or "",
        tree.From: str(one.parsed["From"]),
        tree.To: str(one.parsed["To"]),
        tree.Cc: str(one.parsed["Cc"]),
    }
    assert isinstance(node, tree.Words), node
    return node.text.lower() in said[type(node)].lower()
