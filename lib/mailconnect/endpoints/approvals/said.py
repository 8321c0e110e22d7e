"""What the page says where there is nothing (more) to decide: a title, a sentence, and what can be pressed."""

from dataclasses import dataclass

from mailconnect.endpoints.pages import spans
from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.languages.language import ENGLISH
from mailconnect.languages.words import speaking

DRAFTS = "the message is in your Drafts"


@dataclass(frozen=True, slots=True)
class Press:
    """A button of the page: what it sends, and what it says."""

    press: str
    label: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """`stamp` is above the title. `ways` are links: addresses and labels."""

    title: str
    sentence: str
    stamp: str = ""
    good: bool = False
    presses: tuple[Press, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    status: int = 200


STOP_IT = Press("stop", "Stop it")
TRASH = Press("trash", "Put it in the Trash")
LOOK_AGAIN = Press("look", "Look again")
_ACCOUNT = ("/account", "What may use your mailbox")


def over(name: str) -> Said:
    return Said(
        "This link is over",
        f"Nothing was sent by it; {DRAFTS}. Ask {name} for a new link, or send it from your mail program.",
        "Over",
        status=410,
    )


UNKNOWN_LINK = Said(
    "This link is over",
    "It opens nothing. If the message was not sent, it is in your Drafts. Ask the assistant for a new link, or send it "
    "from your mail program.",
    "Over",
    status=404,
)


def may_not(name: str) -> Said:
    return Said(
        f"{name} may not send any more",
        f"Nothing was sent; {DRAFTS}.",
        "Nothing was sent",
        ways=(_ACCOUNT,),
        status=403,
    )


def not_known(name: str) -> Said:
    return Said(
        "We do not know whether it left",
        f"{name} may not send any more, so we cannot look. If it left, a copy is in Sent. If not, {DRAFTS}.",
        "Not known",
        ways=(_ACCOUNT,),
        status=403,
    )


def gone(name: str) -> Said:
    return Said(
        "It is not in your Drafts any more",
        f"It was changed, sent or deleted in another place, and nothing was sent from here. If it was changed, ask "
        f"{name} to send the new one.",
        "Nothing was sent",
        status=410,
    )


SENT_ELSEWHERE = Said(
    "It is no draft any more",
    "It was sent or moved in another place. From here it was not sent.",
    "Nothing to do",
    status=410,
)


def not_reached(provider: str) -> Said:
    return Said(
        "We could not read the message just now",
        f"There was no usable answer from {provider}. Nothing was sent. Try again in a minute.",
        ways=(("", "Try again"),),
        status=503,
    )


def somebody_else(username: str) -> Said:
    return Said(
        "This message belongs to another mailbox",
        f"You are signed in as {username}.",
        "Not yours",
        status=403,
    )


def ended(name: str, reads: bool, disconnect: str) -> Said:
    still = " It may still read your messages." if reads else ""
    return Said(
        f"{name} cannot send any more",
        f"What waits is not sent.{still}",
        "Stopped",
        good=True,
        ways=((disconnect, f"Disconnect {name}"), _ACCOUNT),
    )


def decided(approval: Approval, did: str, name: str, now: int) -> Said:
    """Of one on which its owner has decided. `did` is what they just did."""
    with speaking(ENGLISH):  # as the rest of this page is
        ago = spans.ago(approval.decided_at or now, now)
    stoppable = approval.stoppable_until is not None and now < approval.stoppable_until
    match approval.state:
        case ApprovalState.SENT if stoppable:
            left = (approval.stoppable_until or now) - now
            when = "a minute" if left > 45 else "a few seconds" if left < 15 else "half a minute"
            return Said(f"Sent in {when}", "Until then you can stop it.", "Sending", good=True, presses=(STOP_IT,))
        case ApprovalState.SENT if did == "late":
            return Said("Too late to stop it", "It has left. A copy is in Sent.", "Sent", good=True)
        case ApprovalState.SENT if did == "twice":
            return Said(f"Already sent, {ago}", "Once.", "Sent", good=True)
        case ApprovalState.SENT if did == "sent":
            return Said("Sent", "It cannot be called back. A copy is in Sent.", "Sent", good=True)
        case ApprovalState.SENT:
            return Said(f"Sent, {ago}", "It cannot be called back. A copy is in Sent.", "Sent", good=True)
        case ApprovalState.STOPPED:
            return Said("Stopped", "It is back in your Drafts.", "Not sent", good=True)
        case ApprovalState.DISCARDED if did == "trash":
            return Said("Not sent", "It is in the Trash now.", "Not sent", good=True)
        case ApprovalState.DISCARDED:
            presses = (TRASH,) if now < approval.until else ()
            told = f"It stays in your Drafts, and {name} is told no."
            return Said("Not sent", told, "Not sent", good=True, presses=presses)
        case _:
            return Said(
                "We do not know yet whether it left",
                "Do not send it again; look in a minute. If it left, a copy is in Sent.",
                "Not known yet",
                presses=(LOOK_AGAIN,),
            )
