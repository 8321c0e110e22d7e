"""Mailbox/set (RFC 8621 §2.5)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.set_errors import SetError, invalid, not_found
from mailconnect.sandbox.jmap.setting import referred, set_answer
from mailconnect.sandbox.mail.boxes import Box

_LONGEST_NAME = 490
"""Octets; the session says so in maxSizeMailboxName."""
_SETTABLE = frozenset({"name", "parentId", "sortOrder", "isSubscribed"})


def mailbox_set(call: Call) -> dict[str, Any]:
    call.allow("ifInState", "create", "update", "destroy", "onDestroyRemoveEmails")
    removes_emails = call.flag("onDestroyRemoveEmails")
    boxes = call.provider.post.boxes(call.account)

    def create(properties: dict[str, Any]) -> dict[str, Any]:
        _only_known(properties)
        name, parent = _name(properties.get("name")), _parent(call, properties.get("parentId"))
        _unused(call, name, parent)
        order, subscribed = _order(properties.get("sortOrder", 10)), properties.get("isSubscribed", True) is True
        made = boxes.create(name, parent, order, is_subscribed=subscribed)
        return {"id": made.mailbox_id, "sortOrder": made.order, "totalEmails": 0, "unreadEmails": 0}

    def update(mailbox_id: str, patch: dict[str, Any]) -> None:
        box = _box(call, mailbox_id)
        _only_known(patch)
        name = _name(patch["name"]) if "name" in patch else box.name
        parent = _parent(call, patch["parentId"]) if "parentId" in patch else box.parent_id
        if (name, parent) != (box.name, box.parent_id):
            if box.role:
                raise SetError("forbidden", "a mailbox with a role stays as it is")
            if mailbox_id in {one.mailbox_id for one in boxes.upwards(parent)}:
                raise invalid("a mailbox cannot be inside itself", "parentId")
            _unused(call, name, parent, but=mailbox_id)
        box.name, box.parent_id = name, parent
        box.order = _order(patch.get("sortOrder", box.order))
        box.is_subscribed = patch.get("isSubscribed", box.is_subscribed) is True
        boxes.note_change()

    def destroy(mailbox_id: str) -> None:
        box = _box(call, mailbox_id)
        if box.role:
            raise SetError("forbidden", "a mailbox with a role is not destroyed")
        if boxes.children(mailbox_id):
            raise SetError("mailboxHasChild", "there are mailboxes in it")
        inside = [email for email in call.store.emails.values() if mailbox_id in email.mailbox_ids]
        if inside and not removes_emails:
            raise SetError("mailboxHasEmail", "there are emails in it")
        for email in inside:
            rest = email.mailbox_ids - {mailbox_id}
            if rest:
                call.store.update(email.email_id, mailbox_ids=rest, keywords=email.keywords)
            else:
                call.store.destroy(email.email_id)
        boxes.destroy(mailbox_id)

    return set_answer(call, lambda: call.mailbox_state, create=create, update=update, destroy=destroy)


def _box(call: Call, mailbox_id: str) -> Box:
    """Raises SetError notFound."""
    found = next((box for box in call.boxes if box.mailbox_id == mailbox_id), None)
    if found is None:
        raise not_found()
    return found


def _only_known(properties: dict[str, Any]) -> None:
    unknown = properties.keys() - _SETTABLE
    if unknown:
        raise invalid("these properties do not exist or cannot be set", *sorted(unknown))


def _name(given: object) -> str:
    if isinstance(given, str) and given.strip() and len(given.encode()) <= _LONGEST_NAME and given.isprintable():
        return given
    raise invalid("a name is a Net-Unicode string of at least one character", "name")


def _parent(call: Call, given: object) -> str | None:
    if given is None:
        return None
    named = referred(call, given) if isinstance(given, str) else ""
    if named not in call.mailbox_ids():
        raise invalid("there is no such parent", "parentId")
    return named


def _unused(call: Call, name: str, parent: str | None, *, but: str = "") -> None:
    siblings = call.provider.post.boxes(call.account).children(parent)
    if any(box.name == name and box.mailbox_id != but for box in siblings):
        raise invalid("a sibling has this name", "name")


def _order(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 2**31:
        return given
    raise invalid("sortOrder is an UnsignedInt", "sortOrder")
