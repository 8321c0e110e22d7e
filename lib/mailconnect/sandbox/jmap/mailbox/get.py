"""Mailbox/get (RFC 8621 §2.1) with the properties that Fastmail adds."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of
from mailconnect.sandbox.mail.boxes import Box
from mailconnect.sandbox.mail.store import Email

_WRITING = (
    "mayAddItems",
    "mayRemoveItems",
    "maySetSeen",
    "maySetKeywords",
    "mayCreateChild",
    "mayRename",
    "mayDelete",
    "maySubmit",
    "mayAdmin",
)


def mailbox_get(call: Call) -> dict[str, Any]:
    """The method's answer.  Raises InvalidArguments, RequestTooLarge."""
    call.allow("ids", "properties")
    emails = list(call.visible().values())
    unread_threads = {email.thread_id for email in emails if email.unread}
    boxes = {box.mailbox_id: box for box in call.boxes}
    known = _written(call, Box("", "", None), [], unread_threads)

    def written(box: Box) -> dict[str, Any]:
        inside = [email for email in emails if box.mailbox_id in email.mailbox_ids]
        return _written(call, box, inside, unread_threads)

    return {**got(call, boxes, written, properties=properties_of(call, known)), "state": call.mailbox_state}


def _written(call: Call, box: Box, inside: list[Email], unread_threads: set[str]) -> dict[str, Any]:
    """unread_threads: those with an unread email anywhere, which RFC 8621 §2 counts wherever the thread is."""
    may_write = not call.read_only
    threads = {email.thread_id for email in inside}
    return {
        "id": box.mailbox_id,
        "name": box.name,
        "parentId": box.parent_id,
        "role": box.role,
        "sortOrder": box.order,
        "totalEmails": len(inside),
        "unreadEmails": sum(email.unread for email in inside),
        "totalThreads": len(threads),
        "unreadThreads": len(threads & unread_threads),
        "isSubscribed": box.is_subscribed,
        "myRights": {
            "mayReadItems": True,
            **{right: may_write and not (right in {"mayRename", "mayDelete"} and box.role) for right in _WRITING},
        },
        "autoLearn": False,
        "autoPurge": box.role in {"trash", "junk"},
        "hidden": 0,
        "identityRef": None,
        "isCollapsed": False,
        "learnAsSpam": box.role == "junk",
        "purgeOlderThanDays": 31,
        "sort": [{"property": "receivedAt", "isAscending": False}],
        "suppressDuplicates": True,
    }
