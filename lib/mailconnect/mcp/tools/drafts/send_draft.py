"""send_draft: a draft leaves once, or waits for its owner (mailconnect.sending)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from mailconnect.grants.sending import SEND
from mailconnect.mail.errors import MailboxError
from mailconnect.mcp.elicitation import asked_to_open
from mailconnect.mcp.message import text_result, tool_error
from mailconnect.mcp.tool import ArgumentError, Arguments, Call, Tool
from mailconnect.store.errors import StoreUnavailable

if TYPE_CHECKING:
    from mailconnect.sending.outcome import Limited, Outcome
    from mailconnect.sending.sending import SendRequest

WRITES_TO_OTHERS = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": True, "openWorldHint": True}

NOT_HERE = "Sending is not offered here. Nothing was sent. Tell the person to send the draft in their mail program."
STORE_AWAY = "This service cannot keep count of what is sent at the moment. Nothing was sent. Try again in a minute."
_LONGEST_AHEAD = 512 * 86_400


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.send_draft import SendDraft  # noqa: PLC0415 -- brings pydantic

    return SendDraft


async def _run(call: Call, arguments: Any) -> Mapping[str, Any]:
    sending = call.context.sending
    if sending is None:
        return tool_error(NOT_HERE)
    try:
        asked = _request(call, arguments)
    except ArgumentError as error:
        return tool_error(error.text)
    try:
        outcome = await sending().send(asked)
    except StoreUnavailable:
        return tool_error(STORE_AWAY)
    except MailboxError as error:
        return tool_error(f"{error.text} Nothing was sent by this call; calling send_draft again is safe.")
    return _opening(call, outcome) or answer(outcome)


def _opening(call: Call, outcome: "Outcome") -> Mapping[str, Any] | None:
    """Where the client opens addresses for its person, it is asked to, once. Raises UrlElicitationRequired."""
    from mailconnect.sending.outcome import Waiting  # noqa: PLC0415

    if not isinstance(outcome, Waiting) or outcome.again:
        return None
    return asked_to_open(call, outcome.link, "Only you can send this message. Read it, and press Send or not.")


def _request(call: Call, arguments: Any) -> "SendRequest":
    """Raises ArgumentError."""
    from mailconnect.sending.sending import SendRequest  # noqa: PLC0415

    recipients = tuple(address_in(one) for one in arguments.recipients)
    if arguments.sendAt is None:
        return SendRequest(arguments.draftId, recipients, arguments.holdSeconds)
    ahead = int(_moment(arguments.sendAt).timestamp()) - call.context.clock()
    if not 0 < ahead <= _LONGEST_AHEAD:
        raise ArgumentError("sendAt must be in the future, and within 512 days. Nothing was sent.")
    return SendRequest(arguments.draftId, recipients, ahead, is_timed=True)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ArgumentError("sendAt must be a time with its offset, such as 2026-12-24T09:00:00+01:00.")
    return moment


def address_in(text: str) -> str:
    """The bare address of `Ann <ann@example.org>`; a text without one as it is."""
    return parseaddr(text)[1] or text.strip()


def answer(outcome: "Outcome") -> Mapping[str, Any]:
    """One status, and a sentence for the model."""
    from mailconnect.mcp.tools.emails.quoted import inline  # noqa: PLC0415
    from mailconnect.sending import outcome as became  # noqa: PLC0415

    match outcome:
        case became.Sent(recipients, too_early):
            early = " The mail provider did not wait for the time that was named." if too_early else ""
            return _told(
                "sent",
                f"Sent to {_people(recipients)}.{early} It cannot be called back. Do not send it again.",
            )
        case became.Held(until, recipients):
            at = None if until is None else until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            when = "for a while" if at is None else f"until {at}"
            text = f"The mail provider holds it {when}, then it leaves to {_people(recipients)}. undo_send stops it."
            return _told("held", text)
        case became.AlreadySent():
            return _told("already_sent", "It was sent before, once. Do not send it again.")
        case became.Waiting(link=link, expires=expires):
            at = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            text = (
                f"Nothing was sent yet. Tell the person: I have written it. Only you can send it: read it here, {link} "
                f"The link works until {at}. Do not write another draft meanwhile. Call send_draft again only to see "
                "what they decided."
            )
            return _told("waiting", text)
        case became.Discarded():
            text = "The person said no to this message. It stays a draft. Do not send it; ask what to change."
            return _told("discarded", text)
        case became.Unknown():
            text = (
                "It is not known whether it left. Do not send it in another way. Call send_draft again with the same "
                "draftId in a minute: that looks first. If it stays so, the person can look into their folder Sent."
            )
            return _told("unknown", text)
        case became.Limited():
            return _told("refused", _limit(outcome))
        case became.Changed(recipients):
            listed = ", ".join(inline(one, longest=120) for one in recipients)
            return tool_error(
                f"Nothing was sent: the draft goes to {listed}, and recipients must be the same. Show the person the "
                "draft as it is, then call send_draft again."
            )
        case became.NotSent(why):
            return tool_error(why)
        case became.NoLonger():
            return tool_error("This connection may not send any more. Nothing was sent. Tell the person.")


def _told(status: str, text: str) -> Mapping[str, Any]:
    return text_result(f"{status}: {text}")


def _limit(limited: "Limited") -> str:
    from mailconnect.sending.outcome import SendingLimit  # noqa: PLC0415

    if limited.limit is SendingLimit.RECIPIENTS:
        return (
            f"A message may have at most {limited.maximum} recipients here. Nothing was sent. The person can send the "
            "draft in their mail program."
        )
    what = "new recipients a day" if limited.limit is SendingLimit.NEW_RECIPIENTS else f"messages a {limited.limit}"
    wait = f"{limited.wait} seconds" if limited.wait < 7200 else f"{-(-limited.wait // 3600)} hours"
    return (
        f"This connection may have at most {limited.maximum} {what}. Nothing was sent, the draft stays. Try again in "
        f"{wait}, or tell the person to send it in their mail program."
    )


def _people(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


SEND_DRAFT = Tool(
    name="send_draft",
    title="Send a draft",
    description=(
        "Sends a draft that write_draft gave, exactly once: calling it again never sends twice, it tells what became "
        "of it. The person must have seen the draft. Depending on what they chose, it leaves now, is held for a while, "
        "or waits until they press Send on a page: then give them the link. Sending cannot be undone once it has left."
    ),
    arguments=_arguments,
    output_schema=None,
    scopes=(SEND,),
    run=_run,
    annotations=WRITES_TO_OTHERS,
)
