"""Texts that an operator can send to an owner who asked what is held about them, or to have it deleted."""

import time
from collections.abc import Sequence
from typing import Any

_PROVIDER = {
    "revoked": "your mail provider has confirmed that our key to your mailbox is withdrawn",
    "api_token_forgotten": "we have forgotten the API token that you gave us; please delete it at your provider too",
    "no_revocation_endpoint": "your mail provider offers no way to withdraw a key; we have deleted ours",
    "provider_not_configured": "we are not connected to that mail provider any more; we have deleted our key",
    "not_readable": "our key was not readable any more; we have deleted it",
    "not_confirmed": "your mail provider did not answer for seven days; we have deleted our key all the same. Please "
    "remove this service there too, under connected apps",
}


def deleted(receipts: Sequence[dict[str, Any]], pending: int, unread: int, now: int, history_too: bool) -> str:
    """After a deletion. `pending` connections wait for the provider's response, `unread` ones for another version."""
    known = [receipt for receipt in receipts if receipt["provider"] != "unknown"]
    if not known and not pending and not unread:
        return (
            "We found no connection between your mailbox and any assistant: there was nothing to end. "
            + ("If there was one before, its history is erased within 15 minutes. " if history_too else "")
            + f"This was looked up at {moment(now)}."
        )
    lines = ["Your data is being deleted." if pending or unread else "Your data has been deleted.", ""]
    if pending:
        lines += [
            (
                f"{_count(pending)} ended at once: no assistant can use {'it' if pending == 1 else 'them'} any more. "
                "We ask your mail provider to withdraw our key, for at most seven days, and then erase the record."
            ),
        ]
    if unread:
        lines += [
            (
                f"{_count(unread)} cannot be read by the version of our program that runs now, so no assistant can use "
                f"{'it' if unread == 1 else 'them'} either. What cannot be read is ended and erased once the version "
                "that wrote it runs again."
            ),
        ]
    for receipt in known:
        lines += [
            (
                f"- Ended {moment(receipt['retired_at'])}, erased {moment(receipt['erased_at'])}: "
                f"{_PROVIDER.get(receipt['provider'], receipt['provider'])}. Receipt {receipt['grant']}."
            )
        ]
    lines += ["", "The receipts are kept for 400 days. They hold no name and no address, and lead back to nobody."]
    if history_too:
        lines += ["The history of your connections is erased with them, its last traces within 15 minutes."]
    lines += [f"This was written at {moment(now)}."]
    return "\n".join(lines)


def held(grants: Sequence[dict[str, Any]], history: Sequence[dict[str, Any]], unread: tuple[int, int], now: int) -> str:
    """Says to an owner whether something is held about them.

    `unread` counts the connections, and the entries of history, that another version of the program wrote and this one
    cannot read.
    """
    if not grants and not history and not any(unread):
        return (
            "We hold no data about this mailbox: there is no connection between it and any assistant, and no history "
            f"of one. This was looked up at {moment(now)}."
        )
    more = (
        f"Besides, we could not read {_count(unread[0]).lower()} and {_entries(unread[1])} just now: another version "
        "of our program wrote them. Ask us again later, and we send them too. "
    )
    return (
        f"We hold data about this mailbox: {_count(len(grants)).lower()} to it and {_entries(len(history))}. They are "
        "attached. The key to your mailbox is not among them, since nobody can read it here. "
        f"{more if any(unread) else ''}This was looked up at {moment(now)}."
    )


def _count(number: int) -> str:
    return "One connection" if number == 1 else f"{number} connections"


def _entries(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'} of history"


def moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
