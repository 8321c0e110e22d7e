"""Submitting a draft (RFC 8621 §7): the look before it, EmailSubmission/set itself, and taking back what is held.

EmailSubmission/set with `ifInState` is a compare-and-swap: that state changes only when mail is submitted. No request
here is sent twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mailconnect.encoding.discreet import Discreet
from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL, SUBMISSION
from mailconnect.jmap.errors import MethodError, ServerFail, ServerPartialFail, ServerUnavailable, StateMismatch
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses, text
from mailconnect.mail.draft.errors import NotHeld, NothingWaits, StateMoved, SubmissionRefused
from mailconnect.mail.draft.submission import NewSubmission, RefusalReason, Submissions, Submitted, WaitingSubmission
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer

_USING = (CORE, MAIL, SUBMISSION)
_MAX = 100
_MAX_MAILBOXES = 20_000

_REFUSALS: Mapping[str, RefusalReason] = {
    "tooManyRecipients": RefusalReason.RECIPIENTS,
    "noRecipients": RefusalReason.RECIPIENTS,
    "invalidRecipients": RefusalReason.RECIPIENTS,
    "forbiddenMailFrom": RefusalReason.SENDER,
    "forbiddenFrom": RefusalReason.SENDER,
    "forbiddenToSend": RefusalReason.FORBIDDEN,
    "forbidden": RefusalReason.FORBIDDEN,
    "invalidEmail": RefusalReason.MESSAGE,
    "tooLarge": RefusalReason.MESSAGE,
    "notFound": RefusalReason.GONE,
    "overQuota": RefusalReason.QUOTA,
    "rateLimit": RefusalReason.QUOTA,
}
_MAY_HAVE_ACTED = (ServerFail, ServerPartialFail, ServerUnavailable)
"""By RFC 8620 §3.6.2 two of these changed nothing. For mail that is not believed."""


class SubmissionFacts(Discreet, frozen=True):
    """The facts that a submission needs: identities' ids by address, which is empty where no identity has one, and the
    mailboxes of drafts and sent mail.
    """

    identities: Mapping[str, str]
    drafts: str | None
    sent: str | None
    trash: str | None


async def look(access: MailboxAccess, account_id: str, draft_id: str) -> tuple[Submissions, SubmissionFacts]:
    """Raises MailboxError. The state is read first, so that a change in between makes the submission fail."""
    before = _get(account_id, "state", ids=[])
    query = Invocation("EmailSubmission/query", {"accountId": account_id, "filter": {"emailIds": [draft_id]}}, "query")
    properties = ["id", "sendAt", "undoStatus", "emailId"]
    get = Invocation(
        "EmailSubmission/get", {"accountId": account_id, "#ids": query.result("/ids"), "properties": properties}, "get"
    )
    identities = Invocation("Identity/get", {"accountId": account_id, "properties": ["id", "email"]}, "identities")
    boxes = Invocation("Mailbox/get", {"accountId": account_id, "properties": ["id", "role"]}, "boxes")
    responses = await access.call(_USING, (before, query, get, identities, boxes))
    state = text(objects.fields_of(responses.to(before)).get("state"), "a state")
    found = objects.fields_of(responses.to(get))
    waiting, _ = objects.read_list("EmailSubmission", found, lambda one: _waiting(one, draft_id), maximum=_MAX)
    left = any(_is_final(one, draft_id) for one in objects.objects(found.get("list"), maximum=_MAX))
    places = _places(responses, identities, boxes)
    return Submissions(state, tuple(waiting), left, places.trash), places


async def submit(access: MailboxAccess, account_id: str, new: NewSubmission, places: SubmissionFacts) -> Submitted:
    """As mailconnect.mail.port.Mail.submit."""
    identity = _identity(places, new.sender)
    if identity is None:
        raise SubmissionRefused("no identity covers the sender", why=RefusalReason.SENDER)
    hold = await _hold(access, account_id, new) if new.hold else 0
    sender: dict[str, Any] = {"email": new.sender}
    if hold:
        sender["parameters"] = {"HOLDFOR": str(hold)}
    patch: dict[str, Any] = {"keywords/$draft": None, "keywords/$seen": True}
    if places.sent is not None:
        patch |= _moved(places.drafts, places.sent)
    envelope = {"mailFrom": sender, "rcptTo": [{"email": one} for one in new.recipients]}
    arguments = {
        "accountId": account_id,
        "ifInState": new.state,
        "create": {"sent": {"identityId": identity, "emailId": new.draft_id, "envelope": envelope}},
        "onSuccessUpdateEmail": {"#sent": patch},
    }
    setting = Invocation("EmailSubmission/set", arguments, "0")
    responses = await access.call(_USING, (setting,))
    fields = _answered(responses, setting)
    created = _of(fields.get("created"), "sent")
    if created is None:
        refused = _of(fields.get("notCreated"), "sent")
        if refused is None:
            raise UnexpectedAnswer("the submission is neither made nor refused")
        raise SubmissionRefused("the provider refused it", why=_why(refused))
    ident = created.get("id")
    return Submitted(
        id=ident if isinstance(ident, str) and objects.an_id(ident) else "",
        until=_instant(created.get("sendAt")) if created.get("undoStatus") == "pending" else None,
        is_filed=_filed(responses, setting, new.draft_id),
    )


async def cancel(access: MailboxAccess, account_id: str, draft_id: str) -> None:
    """As mailconnect.mail.port.Mail.cancel."""
    waiting, places = await look(access, account_id, draft_id)
    if not waiting.waiting:
        raise NothingWaits("nothing waits")
    patch: dict[str, Any] = {"keywords/$draft": True}
    if places.drafts is not None:
        patch |= _moved(places.sent, places.drafts)
    ids = [one.id for one in waiting.waiting]
    arguments = {
        "accountId": account_id,
        "update": {ident: {"undoStatus": "canceled"} for ident in ids},
        "onSuccessUpdateEmail": {ids[0]: patch},
    }
    setting = Invocation("EmailSubmission/set", arguments, "0")
    fields = _answered(await access.call(_USING, (setting,)), setting)
    updated = fields.get("updated")
    if not isinstance(updated, dict) or not updated.keys() >= {*ids}:
        raise NothingWaits("it has left meanwhile")


def _moved(away: str | None, to: str) -> dict[str, Any]:
    """A patch; ids may have characters that a path escapes (RFC 6901 §3)."""
    left = {} if away is None else {_path(away): None}
    return {**left, _path(to): True}


def _path(mailbox_id: str) -> str:
    return "mailboxIds/" + mailbox_id.replace("~", "~0").replace("/", "~1")


def _get(account_id: str, call_id: str, *, ids: list[str]) -> Invocation:
    return Invocation("EmailSubmission/get", {"accountId": account_id, "ids": ids}, call_id)


def _answered(responses: Responses, setting: Invocation) -> Mapping[str, Any]:
    """Raises StateMoved; SubmissionRefused where the method as a whole was refused; UnexpectedAnswer where it may have
    been done."""
    try:
        return objects.fields_of(responses.to(setting))
    except StateMismatch:
        raise StateMoved("another submission came between") from None
    except _MAY_HAVE_ACTED as error:
        raise UnexpectedAnswer(f"{error.type}: it may have been done") from None
    except MethodError as error:
        raise SubmissionRefused(error.type, why=_REFUSALS.get(error.type, RefusalReason.OTHER)) from None


def _why(refused: Mapping[str, Any]) -> RefusalReason:
    """Of a SetError (RFC 8620 §5.3, RFC 8621 §7.5)."""
    named = refused.get("properties")
    if refused.get("type") == "invalidProperties" and isinstance(named, list):
        if "emailId" in named:
            return RefusalReason.GONE
        if "identityId" in named:
            return RefusalReason.SENDER
    return _REFUSALS.get(str(refused.get("type")), RefusalReason.OTHER)


def _filed(responses: Responses, setting: Invocation, draft_id: str) -> bool:
    """Whether the implicit Email/set (RFC 8621 §7.5) was answered and has updated the message."""
    try:
        updated = objects.fields_of(responses.to(Invocation("Email/set", {}, setting.call_id))).get("updated")
    except MailboxError:
        return False
    return isinstance(updated, dict) and draft_id in updated


async def _hold(access: MailboxAccess, account_id: str, new: NewSubmission) -> int:
    """Seconds, within the account's `maxDelayedSend` (RFC 8621 §1.3.2). Raises NotHeld where that is not enough."""
    longest = (await access.session()).delayed_send.get(account_id, 0)
    if new.must_hold and new.hold > longest:
        raise NotHeld("longer than maxDelayedSend")
    return min(new.hold, longest)


def _places(responses: Responses, identities: Invocation, boxes: Invocation) -> SubmissionFacts:
    listed = objects.objects(objects.fields_of(responses.to(identities)).get("list"), maximum=_MAX)
    by_address = {
        one["email"].lower(): one["id"]
        for one in reversed(listed)
        if isinstance(one.get("email"), str) and one["email"] and objects.an_id(one.get("id"))
    }
    if not by_address and listed and objects.an_id(listed[0].get("id")):
        by_address = {"": listed[0]["id"]}
    roles = {
        one.get("role"): one["id"]
        for one in objects.objects(objects.fields_of(responses.to(boxes)).get("list"), maximum=_MAX_MAILBOXES)
        if objects.an_id(one.get("id"))
    }
    return SubmissionFacts(by_address, roles.get("drafts"), roles.get("sent"), roles.get("trash"))


def _identity(places: SubmissionFacts, sender: str) -> str | None:
    """An identity of that very address goes before one of any address of the domain.

    Cyrus IMAP names an identity without an address where logins are none. The server judges the sender then.
    """
    address = sender.lower()
    found = places.identities.get(address) or places.identities.get(f"*@{address.rpartition('@')[2]}")
    return found or places.identities.get("")


def _waiting(sent: Mapping[str, Any], draft_id: str) -> WaitingSubmission | None:
    """None where it does not wait, is of another message, or cannot be read."""
    ident = sent.get("id")
    if sent.get("undoStatus") != "pending" or sent.get("emailId", draft_id) != draft_id or not objects.an_id(ident):
        return None
    return WaitingSubmission(str(ident), _instant(sent.get("sendAt")))


def _is_final(sent: Mapping[str, Any], draft_id: str) -> bool:
    return sent.get("undoStatus") == "final" and sent.get("emailId") == draft_id


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _of(value: Any, name: str) -> Mapping[str, Any] | None:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None
