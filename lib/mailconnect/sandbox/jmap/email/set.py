"""Email/set (RFC 8621 §4.6)."""

import re
from datetime import UTC, datetime
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.create import composed
from mailconnect.sandbox.jmap.set_errors import SetError, invalid, not_found
from mailconnect.sandbox.jmap.setting import referred, set_answer
from mailconnect.sandbox.mail.store import Email

_KEYWORD = re.compile(r"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]{1,255}", re.ASCII)
_MAX_KEYWORDS = 128
_MAX_MAILBOXES = 1000


def email_set(call: Call) -> dict[str, Any]:
    call.allow("ifInState", "create", "update", "destroy")

    def create(properties: dict[str, Any]) -> dict[str, Any]:
        return _create(call, properties)

    def update(email_id: str, patch: dict[str, Any]) -> None:
        email = _email(call, email_id)
        boxes, keywords = patched(call, email, patch)
        call.store.update(email_id, mailbox_ids=boxes, keywords=keywords)

    def destroy(email_id: str) -> None:
        _email(call, email_id)
        call.store.destroy(email_id)

    return set_answer(call, lambda: call.store.state, create=create, update=update, destroy=destroy)


def _email(call: Call, email_id: str) -> Email:
    """Raises SetError notFound."""
    email = call.store.emails.get(email_id)
    if email is None or not email.mailbox_ids & call.mailbox_ids():
        raise not_found()
    return email


def _create(call: Call, properties: dict[str, Any]) -> dict[str, Any]:
    if call.provider.switches.over_quota:
        raise SetError("overQuota", "the account is full")
    boxes = _set_of(call, "mailboxIds", properties.get("mailboxIds"))
    keywords = _set_of(call, "keywords", properties.get("keywords", {}))
    received_at = _moment(properties.get("receivedAt"), datetime.fromtimestamp(call.provider.clock(), UTC))
    raw = composed(call, properties)
    same = call.store.identical(raw)
    if same is not None:
        raise SetError("alreadyExists", "this very message is there", existingId=same.email_id)
    email = call.store.create(raw, boxes, received_at, keywords)
    return {"id": email.email_id, "blobId": email.blob_id, "threadId": email.thread_id, "size": len(raw)}


def patched(call: Call, email: Email, patch: dict[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """Mailbox ids and keywords after the patch (RFC 8620 §5.3).  Raises SetError."""
    sets = {"mailboxIds": set(email.mailbox_ids), "keywords": set(email.keywords)}
    whole = patch.keys() & sets.keys()
    unknown: list[str] = []
    for path, value in patch.items():
        name, slash, rest = path.partition("/")
        if name not in sets:
            unknown.append(path)
        elif not slash:
            sets[name] = set(_set_of(call, name, value))
        elif name in whole or "/" in rest:
            raise SetError("invalidPatch", "one path of the patch lies within another")
        elif value is not True and value is not None:
            raise invalid("a member of a set is true or null", path)
        else:
            member = rest.replace("~1", "/").replace("~0", "~")
            member = referred(call, member) if name == "mailboxIds" else member.lower()
            (sets[name].discard if value is None else sets[name].add)(member)
    if unknown:
        raise invalid("these properties do not exist or cannot be changed", *unknown)
    boxes = _set_of(call, "mailboxIds", dict.fromkeys(sets["mailboxIds"] - email.mailbox_ids, True), added=True)
    kept = sets["mailboxIds"] & email.mailbox_ids
    if not kept | boxes:
        raise invalid("an email is in at least one mailbox", "mailboxIds")
    return frozenset(kept | boxes), _set_of(call, "keywords", dict.fromkeys(sets["keywords"], True))


def _set_of(call: Call, name: str, given: object, *, added: bool = False) -> frozenset[str]:
    """The members of an Id[Boolean] or String[Boolean].  added: an empty set of mailboxes is fine."""
    if not isinstance(given, dict) or any(value is not True for value in given.values()):
        raise invalid(f"{name} is an object whose values are true", name)
    if name == "keywords":
        members = frozenset(member.lower() for member in given)
        if not all(_KEYWORD.fullmatch(member) for member in members):
            raise invalid("a keyword has an unallowed character", name)
        if len(members) > _MAX_KEYWORDS:
            raise SetError("tooManyKeywords", "too many keywords")
        return members
    members = frozenset(referred(call, member) for member in given)
    if not members <= call.mailbox_ids() or not (members or added):
        raise invalid("an email is in at least one mailbox, and all of them exist", name)
    if len(members) > _MAX_MAILBOXES:
        raise SetError("tooManyMailboxes", "too many mailboxes")
    return members


def _moment(given: object, default: datetime) -> datetime:
    if given is None:
        return default
    if isinstance(given, str) and given.endswith("Z"):
        try:
            return datetime.fromisoformat(given)
        except ValueError:
            pass
    raise invalid("receivedAt is a UTCDate", "receivedAt")
