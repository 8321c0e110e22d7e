"""Mailbox/get (RFC 8621 §2.1) with the properties that Fastmail adds."""

from typing import Any

from mailconnect.sandbox.accounts import Folder
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.getting import got, properties_of
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
    boxes = {call.account.mailbox_id(box.path): box for box in call.account.folders}
    known = _written(call, Folder(("",)), [], unread_threads)

    def written(box: Folder) -> dict[str, Any]:
        inside = [email for email in emails if call.account.mailbox_id(box.path) in email.mailbox_ids]
        return _written(call, box, inside, unread_threads)

    return got(call, boxes, written, properties=properties_of(call, known))


def _written(call: Call, box: Folder, inside: list[Email], unread_threads: set[str]) -> dict[str, Any]:
    """unread_threads: those with an unread email anywhere, which RFC 8621 §2 counts wherever the thread is."""
    may_write = not call.read_only
    threads = {email.thread_id for email in inside}
    return {
        "id": call.account.mailbox_id(box.path),
        "name": box.path[-1],
        "parentId": call.account.mailbox_id(box.path[:-1]) if len(box.path) > 1 else None,
        "role": box.role,
        "sortOrder": box.order,
        "totalEmails": len(inside),
        "unreadEmails": sum(email.unread for email in inside),
        "totalThreads": len(threads),
        "unreadThreads": len(threads & unread_threads),
        "isSubscribed": True,
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
