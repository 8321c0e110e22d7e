"""A stored draft as a model and a person see it: whom it goes to, who of them is new, and every word of it."""

from collections.abc import Mapping, Sequence

from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.likeness import shown
from mailconnect.mcp.context import Context
from mailconnect.mcp.tools.emails.envelope_words import person, size
from mailconnect.mcp.tools.emails.quoted import inline
from mailconnect.render.fence import REMINDER
from mailconnect.render.message import MessageParts, prepare

LONGEST = 12_000  # characters of the text
_NONCE = 6  # octets
_CONTACTS, _METADATA = "contacts:read", "emails:metadata"


def preview(
    context: Context,
    draft: Draft,
    known: Mapping[str, Acquaintance] | None,
    careful: Sequence[str],
    *,
    was_there: bool,
) -> str:
    """`known` is None where it could not be asked. What was read back from the provider is shown, not what was sent."""
    may_name = bool({_CONTACTS, _METADATA} & context.granted)
    ours = [
        *_state(draft, was_there=was_there),
        f"draftId {draft.id}" + (f" threadId {draft.thread_id}" if draft.thread_id else ""),
        *_recipients(draft, known, may_name=may_name),
        *careful,
    ]
    if draft.is_cut:
        ours.append("[the provider gave only the beginning of the text]")
    headers = [
        ("From", _all(draft.sender)),
        ("Reply-To", _all(draft.reply_to)),
        ("To", _all(draft.to)),
        ("Cc", _all(draft.cc)),
        ("Bcc", _all(draft.bcc)),
        ("Subject", draft.subject or "(no subject)"),
    ]
    message = MessageParts(
        ours=ours,
        headers=[(name, value) for name, value in headers if value],
        plain=draft.plain,
        html=draft.html,
        attachments=[
            f"attachmentId {inline(one.id, longest=64)} · {inline(one.name or 'unnamed', longest=120)} · "
            f"{inline(one.type, longest=60)} · {size(one.size)}"
            for one in draft.attachments
        ],
    )
    rendered = prepare(message, "full").render(context.entropy(_NONCE).hex(), longest=LONGEST, link_mode="full")
    return f"{rendered.text}\n\n{REMINDER}"


def _state(draft: Draft, *, was_there: bool) -> list[str]:
    if not draft.is_draft:
        return ["This message was written before, and it is no draft any more: it was sent. Nothing was written."]
    if was_there:
        return ["This draft was there already, from an earlier call. Nothing was written twice. Nothing is sent."]
    return ["Draft stored. Nothing is sent."]


def _recipients(draft: Draft, known: Mapping[str, Acquaintance] | None, *, may_name: bool) -> list[str]:
    """A line for each: the kind of field, whom, and whether the owner knows them."""
    lines = []
    for kind, people in (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc)):
        for one in people:
            about = known.get(one.email.lower()) if known is not None else None
            lines.append(f"{kind}: {_person(one)} · {_acquainted(about, may_name=may_name)}")
    if not lines:
        lines.append("careful: it has no recipient yet.")
    return lines


def _person(one: Address) -> str:
    letters = shown(one.email)
    return person(one) if letters == one.email else f"{person(one)} ({inline(letters, longest=120)})"


def _acquainted(about: Acquaintance | None, *, may_name: bool) -> str:
    if about is None:
        return "not known whether known: it could not be checked"
    if about.is_trusted:
        reasons = {
            "one of the person's own addresses": about.is_own,
            "the person wrote to it before": about.you_wrote,
            "in the address book": about.in_contacts,
        }
        return "known: " + ", ".join(words for words, holds in reasons.items() if holds)
    if about.they_wrote:
        return "it wrote to the person, who never wrote to it"
    if not about.similar:
        return "NEW: the person never wrote to it"
    other = f"{inline(about.similar, longest=120)} is" if may_name else "another address is"
    return f"NEW: the person never wrote to it. careful: {other} known, which is like it. Ask which is meant"


def _all(people: Sequence[Address]) -> str:
    return ", ".join(person(one) for one in people)
