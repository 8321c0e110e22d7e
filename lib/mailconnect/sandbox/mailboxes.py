"""Mailbox/get (RFC 8621 §2.1) with the properties that Fastmail adds."""

from typing import Any

from mailconnect.sandbox.accounts import Account, Mailbox
from mailconnect.sandbox.jmap_errors import InvalidArguments, RequestTooLarge
from mailconnect.sandbox.session import LIMITS

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


def mailbox_get(account: Account, account_id: str, arguments: dict[str, Any], *, read_only: bool) -> dict[str, Any]:
    """The method's answer.  Raises InvalidArguments, RequestTooLarge."""
    unknown = arguments.keys() - {"accountId", "ids", "properties"}
    if unknown:
        raise InvalidArguments(f"no argument is called {', '.join(sorted(unknown))}", arguments=sorted(unknown))
    ids = _strings(arguments, "ids")
    properties = _strings(arguments, "properties")
    if ids is not None and len(ids) > LIMITS["maxObjectsInGet"]:
        raise RequestTooLarge("more ids than maxObjectsInGet")
    mailboxes = {account.mailbox_id(box.path): box for box in account.mailboxes}
    wanted = list(mailboxes) if ids is None else list(dict.fromkeys(ids))
    found = [_written(account, mailboxes[name], read_only=read_only) for name in wanted if name in mailboxes]
    if properties is not None:
        unnamed = set(properties) - _written(account, Mailbox(("",)), read_only=read_only).keys()
        if unnamed:
            raise InvalidArguments("a property is unknown", arguments=["properties"])
        found = [{name: box[name] for name in ("id", *properties)} for box in found]
    not_found = [name for name in wanted if name not in mailboxes]
    return {"accountId": account_id, "state": "J1042", "list": found, "notFound": not_found}


def _strings(arguments: dict[str, Any], name: str) -> list[str] | None:
    value = arguments.get(name)
    if value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        return value
    raise InvalidArguments(f"{name} is a list of strings or null", arguments=[name])


def _written(account: Account, box: Mailbox, *, read_only: bool) -> dict[str, Any]:
    may_write = not read_only
    return {
        "id": account.mailbox_id(box.path),
        "name": box.path[-1],
        "parentId": account.mailbox_id(box.path[:-1]) if len(box.path) > 1 else None,
        "role": box.role,
        "sortOrder": box.order,
        "totalEmails": box.total,
        "unreadEmails": box.unread,
        "totalThreads": box.total,
        "unreadThreads": box.unread,
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
