"""The page's words where there is nothing (more) to decide: a title, a sentence, and what can be pressed."""

from dataclasses import dataclass, replace

from mailconnect.endpoints.pages import spans
from mailconnect.endpoints.pages.rendering import Ways
from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.languages.words import Name, marked

_NOTHING_SENT = marked("Nothing was sent")
_NOT_SENT = marked("Not sent")
_SENT = marked("Sent")
_NO_WAY_BACK = marked("It cannot be called back. A copy is in Sent.")


@dataclass(frozen=True, slots=True)
class Press:
    """A button of the page: what it sends, and what it says."""

    press: str
    label: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Marked sentences. `stamp` is above the title. `ways` are links: addresses and labels."""

    title: str
    sentence: str
    stamp: str = ""
    good: bool = False
    presses: tuple[Press, ...] = ()
    ways: Ways = ()
    status: int = 200


STOP_IT = Press("stop", marked("Stop it"))
TRASH = Press("trash", marked("Put it in the Trash"))
LOOK_AGAIN = Press("look", marked("Look again"))
_ACCOUNT = ("/account", marked("What may use your mailbox"))
_OVER = marked("This link is over")
_OVER_STAMP = marked("Over")
_NOT_KNOWN = marked("We do not know yet whether it left")
_NOT_KNOWN_STAMP = marked("Not known yet")


def over(name: str | None) -> Said:
    """`name` is the assistant's, here and below; None where its connection was erased."""
    if name is None:
        return replace(UNKNOWN_LINK, status=410)
    return Said(
        _OVER,
        marked(
            "Nothing was sent by it; the message is in your Drafts. Ask %(name)s for a new link, or send it from your "
            "mail program.",
            name=Name(name),
        ),
        _OVER_STAMP,
        status=410,
    )


UNKNOWN_LINK = Said(
    _OVER,
    marked(
        "It opens nothing. If the message was not sent, it is in your Drafts. Ask the assistant for a new link, or "
        "send it from your mail program."
    ),
    _OVER_STAMP,
    status=404,
)


def may_not(name: str | None) -> Said:
    title = marked("The assistant may not send any more")
    return Said(
        title if name is None else marked("%(name)s may not send any more", name=Name(name)),
        marked("Nothing was sent; the message is in your Drafts."),
        _NOTHING_SENT,
        ways=(_ACCOUNT,),
        status=403,
    )


def not_known() -> Said:
    """How a press went that did not come to its end, where the connection may not send any more."""
    return Said(
        _NOT_KNOWN,
        marked(
            "The connection may not send any more, so we cannot look. If it left, a copy is in Sent. If not, it is in "
            "your Drafts."
        ),
        _NOT_KNOWN_STAMP,
        ways=(_ACCOUNT,),
        status=403,
    )


def gone(name: str | None) -> Said:
    elsewhere = marked("It was changed, sent or deleted in another place, and nothing was sent from here.")
    if name is not None:
        elsewhere = marked(
            "It was changed, sent or deleted in another place, and nothing was sent from here. If it was changed, ask "
            "%(name)s to send the new one.",
            name=Name(name),
        )
    return Said(marked("It is not in your Drafts any more"), elsewhere, _NOTHING_SENT, status=410)


SENT_ELSEWHERE = Said(
    marked("It is no draft any more"),
    marked("It was sent or moved in another place. From here it was not sent."),
    marked("Nothing to do"),
    status=410,
)


def not_reached(provider: str) -> Said:
    return Said(
        marked("We could not read the message just now"),
        marked(
            "There was no usable answer from %(provider)s. Nothing was sent. Try again in a minute.", provider=provider
        ),
        status=503,
    )


def somebody_else(username: str) -> Said:
    return Said(
        marked("This message belongs to another mailbox"),
        marked("You are signed in as %(username)s.", username=Name(username)),
        marked("Not yours"),
        status=403,
    )


def ended(name: str | None, reads: bool, disconnect: str) -> Said:
    """Where the connection is left, `disconnect` leads to its end."""
    if name is None:
        title = marked("The assistant cannot send any more")
        return Said(title, marked("What waits is not sent."), marked("Stopped"), good=True, ways=(_ACCOUNT,))
    return Said(
        marked("%(name)s cannot send any more", name=Name(name)),
        marked("What waits is not sent. It may still read your messages.")
        if reads
        else marked("What waits is not sent."),
        marked("Stopped"),
        good=True,
        ways=((disconnect, marked("Disconnect %(name)s", name=Name(name))), _ACCOUNT),
    )


def decided(approval: Approval, did: str, name: str | None, now: int) -> Said:
    """Of one on which its owner has decided. `did` is what they just did."""
    ago = spans.ago(approval.decided_at or now, now)
    stoppable = approval.stoppable_until is not None and now < approval.stoppable_until
    match approval.state:
        case ApprovalState.SENT if stoppable:
            title = _leaves_in((approval.stoppable_until or now) - now)
            until_then = marked("Until then you can stop it.")
            return Said(title, until_then, marked("Sending"), good=True, presses=(STOP_IT,))
        case ApprovalState.SENT if did == "late":
            too_late, copy = marked("Too late to stop it"), marked("It has left. A copy is in Sent.")
            return Said(too_late, copy, _SENT, good=True)
        case ApprovalState.SENT if did == "twice":
            return Said(marked("Already sent, %(ago)s", ago=ago), marked("It was sent once only."), _SENT, good=True)
        case ApprovalState.SENT if did == "sent":
            return Said(_SENT, _NO_WAY_BACK, _SENT, good=True)
        case ApprovalState.SENT:
            return Said(marked("Sent, %(ago)s", ago=ago), _NO_WAY_BACK, _SENT, good=True)
        case ApprovalState.STOPPED:
            return Said(marked("Stopped"), marked("It is back in your Drafts."), _NOT_SENT, good=True)
        case ApprovalState.DISCARDED if did == "trash":
            return Said(_NOT_SENT, marked("It is in the Trash now."), _NOT_SENT, good=True)
        case ApprovalState.DISCARDED:
            presses = (TRASH,) if now < approval.until else ()
            stays = marked("It stays in your Drafts.")
            if name is not None:
                stays = marked("It stays in your Drafts, and %(name)s is told no.", name=Name(name))
            return Said(_NOT_SENT, stays, _NOT_SENT, good=True, presses=presses)
        case _:
            return Said(
                _NOT_KNOWN,
                marked("We are looking; do not send it again."),
                _NOT_KNOWN_STAMP,
                presses=(LOOK_AGAIN,),
            )


def _leaves_in(seconds: int) -> str:
    if seconds > 45:
        return marked("Sent in a minute")
    return marked("Sent in a few seconds") if seconds < 15 else marked("Sent in half a minute")
