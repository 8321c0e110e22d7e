"""A request, and what was read for it, as the message that is to be stored."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft, NewDraft, PartOf, TextFile
from mailconnect.mail.identity import Identity, Sender, first_sender, sender_for
from mailconnect.mail.message import Attachment, Content, Envelope, Message
from mailconnect.render import links, part
from mailconnect.render.characters import one_line
from mailconnect.writing import answering, markdown, quotation
from mailconnect.writing.errors import Unwritable
from mailconnect.writing.naming import DraftName
from mailconnect.writing.recipients import Recipients, address, breaks_a_line, checked_email, is_plain, recipients
from mailconnect.writing.request import MAX_FILES, DraftRequest, Mode


class Source(Discreet, frozen=True):
    """The mail that a request needs: the message to reply to or forward, or the draft to replace."""

    identities: Sequence[Identity]
    original: Message | None = None
    draft: Draft | None = None

    @property
    def about(self) -> Envelope | None:
        return self.original.envelope if self.original else None

    @property
    def content(self) -> Content:
        return (self.original.content if self.original else None) or Content()


class Composed(Discreet, frozen=True):
    """`careful` are sentences of ours, for the preview."""

    new: NewDraft
    careful: tuple[str, ...] = ()


class _Text(Discreet, frozen=True):
    plain: str
    html: str | None


def composed(request: DraftRequest, source: Source, name: DraftName, now: datetime) -> Composed:
    """Raises Unwritable."""
    sender, sender_address = _sender(request, source)
    careful: list[str] = []
    people = _recipients(request, source, sender.identity, careful)
    text = _text(request, source, sender.identity)
    draft = source.draft
    new = NewDraft(
        sender=sender_address,
        subject=_subject(request, source),
        plain=text.plain,
        html=text.html,
        message_id=name.message_id(sender.email.rpartition("@")[2]),
        key=name.key,
        sent_at=now,
        to=people.to,
        cc=people.cc,
        bcc=people.bcc,
        reply_to=draft.reply_to if draft else sender.identity.reply_to,
        files=_files(request, source, careful),
        **_threading(request, source),
    )
    return Composed(new, (*careful, *people.careful))


def _sender(request: DraftRequest, source: Source) -> tuple[Sender, Address]:
    found = _named_sender(request.sender, source.identities) if request.sender is not None else None
    if found is None and source.draft is not None and source.draft.sender:
        kept = source.draft.sender[0]
        found = sender_for(source.identities, [kept.email]) if is_plain(kept.email) else None
        if found is not None:
            return found, Address(one_line(kept.name), kept.email)
    if found is None and source.about is not None:
        found = answering.sender_by(source.about, source.identities)
    found = found or first_sender(source.identities)
    if found is None:
        raise Unwritable("Say in `from` which address to write from: list_identities names the domains.")
    return found, found.address


def _named_sender(written: str, identities: Sequence[Identity]) -> Sender:
    """By an identity's id, or by an address that one covers. Raises Unwritable."""
    for one in identities:
        if one.id == written and not one.is_wildcard:
            return Sender(one, one.email)
    if "@" in written and not written.strip().startswith("*"):
        found = sender_for(identities, [address(written, argument="from").email])
        if found is not None:
            return found
    raise Unwritable(
        "`from` is no address of this person's. list_identities names those there are; of `*@example.org` give any "
        "address of that domain."
    )


def _recipients(request: DraftRequest, source: Source, identity: Identity, careful: list[str]) -> Recipients:
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    draft, about = source.draft, source.about
    if draft is not None:
        to, cc, bcc = draft.to, draft.cc, draft.bcc
    elif about is not None and request.mode in {Mode.REPLY, Mode.REPLY_ALL}:
        whom = answering.to_all if request.mode is Mode.REPLY_ALL else answering.to_sender
        answer = whom(about, source.identities)
        to, cc = answer.to, answer.cc
        if request.to is None:
            careful += answer.careful
    if draft is None:
        bcc = (*bcc, *identity.bcc)
    return recipients(
        request.to if request.to is not None else _usable(to, careful),
        request.cc if request.cc is not None else _usable(cc, careful),
        request.bcc if request.bcc is not None else _usable(bcc, careful),
    )


def _usable(people: Iterable[Address], careful: list[str]) -> list[Address]:
    """Of addresses that others wrote into a header, those that can be written to."""
    kept = []
    for one in people:
        try:
            email = checked_email(one.email, argument="to")
        except Unwritable:
            careful.append("careful: an address of the original cannot be written to and is left out.")
            continue
        kept.append(Address(one_line(" ".join(one.name.split()), longest=120), email))
    return kept


def _subject(request: DraftRequest, source: Source) -> str:
    if request.subject is not None:
        if breaks_a_line(request.subject.strip()):
            raise Unwritable("`subject` has a line break or a control character in it. Write it on one line.")
        return answering.subject_line(request.subject)
    if source.draft is not None:
        return answering.subject_line(source.draft.subject)
    if source.about is None:
        return ""
    forwards = request.mode is Mode.FORWARD
    return (answering.forward_subject if forwards else answering.reply_subject)(source.about.subject)


def _text(request: DraftRequest, source: Source, identity: Identity) -> _Text:
    """The body, the signature, and the quotation, one below the other."""
    draft = source.draft
    if draft is not None and request.body is None:
        if draft.is_cut:
            raise Unwritable(
                "This draft is too long to be edited here. Ask the person to edit it in their mail program."
            )
        return _Text(draft.plain or _as_text(draft.html), draft.html)
    body = markdown.bodies(request.body or "")
    if not body.plain and request.mode not in {Mode.FORWARD, Mode.REPLACE}:
        raise Unwritable("`body` is empty. Write the text of the message, as Markdown.")
    quoted = _quotation(request, source)
    plain, html = [body.plain], [body.html or markdown.paragraphs(body.plain)]
    if request.signature and (identity.text_signature.strip() or identity.html_signature.strip()):
        signature = identity.text_signature or _as_text(identity.html_signature)
        plain.append(f"-- \n{signature.strip()}")
        html.append(identity.html_signature or markdown.paragraphs(signature))
    if quoted is not None:
        plain.append(quoted.plain)
        html.append(quoted.html)
    is_formatted = body.html is not None or (draft is not None and draft.html is not None)
    return _Text(
        "\n\n".join(piece for piece in plain if piece) + "\n",
        _document("\n<br>\n".join(piece for piece in html if piece)) if is_formatted else None,
    )


def _as_text(html: str | None) -> str:
    return links.without(part.richer(None, html).text)


def _quotation(request: DraftRequest, source: Source) -> quotation.Quotation | None:
    if source.draft is not None:
        return quotation.of_draft(source.draft.plain or "") if request.quote else None
    if source.about is None:
        return None
    if request.mode is Mode.FORWARD:
        return quotation.forwarded(source.about, source.content)
    return quotation.answered(source.about, source.content) if request.quote else None


def _document(html: str) -> str:
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>\n{html}\n</body></html>\n'


def _files(request: DraftRequest, source: Source, careful: list[str]) -> tuple[PartOf | TextFile, ...]:
    kept: list[PartOf | TextFile] = []
    if request.keep_attachments and source.draft is not None:
        as_it_is = request.body is None  # with a new body, no HTML refers to a picture any more
        kept = [PartOf(source.draft.id, one.id, keeps_place=as_it_is) for one in source.draft.attachments]
    elif request.keep_attachments and source.about is not None and request.mode is Mode.FORWARD:
        files = [one for one in source.content.attachments if not _is_picture(one)]
        kept = [PartOf(source.about.id, one.id) for one in files]
        if pictures := len(source.content.attachments) - len(files):
            careful.append(f"{pictures} pictures inside the forwarded text are left out.")
    files_of_both = (*kept, *request.files)
    if len(files_of_both) > MAX_FILES:
        raise Unwritable(f"{len(files_of_both)} attachments are too many: the maximum is {MAX_FILES}.")
    return files_of_both


def _is_picture(file: Attachment) -> bool:
    return file.is_inline and file.type.startswith("image/")


def _threading(request: DraftRequest, source: Source) -> dict[str, tuple[str, ...]]:
    if source.draft is not None:
        return {"in_reply_to": source.draft.in_reply_to, "references": source.draft.references}
    if source.about is None or request.mode is Mode.FORWARD:
        return {}
    return {"in_reply_to": source.about.message_ids[:1], "references": answering.references(source.about)}
