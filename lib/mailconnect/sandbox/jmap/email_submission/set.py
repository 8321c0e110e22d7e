"""EmailSubmission/set (RFC 8621 §7.5), with the implicit Email/set of onSuccessUpdateEmail, and HOLDFOR (RFC 4865)."""

import re
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.set import email_set
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.jmap.set_errors import SetError, invalid, not_found
from mailconnect.sandbox.jmap.setting import referred, set_answer
from mailconnect.sandbox.mail.header_forms import as_addresses
from mailconnect.sandbox.mail.store import Email
from mailconnect.sandbox.mail.submissions import Posted, utc_date

MAX_DELAYED_SEND = 44_236_800
_MAX_RECIPIENTS = 1000
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


def email_submission_set(call: Call) -> dict[str, Any]:
    call.allow("ifInState", "create", "update", "destroy", "onSuccessUpdateEmail", "onSuccessDestroyEmail")

    def update(submission_id: str, patch: dict[str, Any]) -> None:
        _update(call, submission_id, patch)

    def destroy(submission_id: str) -> None:
        if submission_id not in call.submissions.all:
            raise not_found()
        raise SetError("forbidden", "a submission is not destroyed by hand")

    def create(properties: dict[str, Any]) -> dict[str, Any]:
        return _create(call, properties)

    response = set_answer(call, lambda: call.submissions.state, create=create, update=update, destroy=destroy)
    _on_success(call, response)
    return response


def _create(call: Call, properties: dict[str, Any]) -> dict[str, Any]:
    switches = call.provider.switches
    if switches.submission_error:
        raise SetError(switches.submission_error, "the sandbox was told to")
    unknown = properties.keys() - {"identityId", "emailId", "envelope"}
    if unknown:
        raise invalid("these properties do not exist or are the server's", *sorted(unknown))
    email = _email(call, properties.get("emailId"))
    identity = _identity(call, properties.get("identityId"))
    envelope = properties.get("envelope")
    sender, recipients, hold = _envelope(envelope) if envelope is not None else _from_headers(email)
    _check_from(identity, sender, email)
    refused = sorted({address for address in recipients if address.lower() in switches.refused_recipients})
    if refused:
        raise SetError("invalidRecipients", "these recipients were refused", invalidRecipients=refused)
    submissions = call.submissions
    posted = Posted(
        email.email_id, email.header("message-id").strip(), sender, recipients, email.raw, call.provider.clock()
    )
    written = envelope or {"mailFrom": {"email": sender}, "rcptTo": [{"email": each} for each in recipients]}
    submission_id = submissions.submit(
        posted,
        identity_id=properties["identityId"],
        thread_id=email.thread_id,
        envelope=written,
        hold=hold if switches.holds else 0,
    )
    pending = switches.holds and hold > 0
    return {
        "id": submission_id,
        "threadId": email.thread_id,
        "sendAt": utc_date(posted.at + (hold if pending else 0)),
        "undoStatus": "pending" if pending else "final",
        "deliveryStatus": None,
    }


def _update(call: Call, submission_id: str, patch: dict[str, Any]) -> None:
    submission = call.submissions.all.get(submission_id)
    if submission is None:
        raise not_found()
    if patch != {"undoStatus": "canceled"}:
        raise invalid("only undoStatus can be changed, to canceled", *sorted(patch))
    if submission.undo_status != "pending" or call.provider.switches.unsend_refused:
        raise SetError("cannotUnsend", "it has left")
    call.submissions.cancel(submission)


def _on_success(call: Call, response: dict[str, Any]) -> None:
    """One implicit Email/set, answered under the same call id, for what succeeded (§7.5)."""
    succeeded = {f"#{name}": created["id"] for name, created in (response["created"] or {}).items()}
    succeeded |= {name: name for name in response["updated"] or {}}
    patches = _by_email(call, succeeded, call.arguments.get("onSuccessUpdateEmail"))
    destroys = call.arguments.get("onSuccessDestroyEmail") or []
    if not isinstance(destroys, list):
        raise InvalidArguments("onSuccessDestroyEmail is a list of ids", arguments=["onSuccessDestroyEmail"])
    gone = [*_by_email(call, succeeded, {name: {} for name in destroys})]
    if not patches and not gone:
        return
    if call.provider.switches.unfiled_submissions:
        call.provider.switches.unfiled_submissions -= 1
        return
    arguments = {"accountId": call.account_id, "update": patches, "destroy": gone}
    call.implied.append(("Email/set", email_set(call.with_arguments(arguments))))


def _by_email(call: Call, succeeded: dict[str, str], given: object) -> dict[str, Any]:
    """The patches by the id of the email of each submission, which is canceled or final now."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidArguments("onSuccessUpdateEmail is an object", arguments=["onSuccessUpdateEmail"])
    emails = call.submissions.email_ids
    return {emails[succeeded[name]]: patch for name, patch in given.items() if name in succeeded}


def _email(call: Call, email_id: object) -> Email:
    email = call.visible().get(referred(call, email_id)) if isinstance(email_id, str) else None
    if email is None:
        raise invalid("there is no such email", "emailId")
    if not _addresses(email.header("from")):
        raise SetError("invalidEmail", "the message has no sender", properties=["from"])
    return email


def _identity(call: Call, identity_id: object) -> str:
    """Its address."""
    gone = call.provider.switches.gone_identities
    known = {f"I{number}": one.email for number, one in enumerate(call.held.owner.identities, 1)}
    address = known.get(identity_id) if isinstance(identity_id, str) else None
    if address is None or address in gone:
        raise invalid("there is no such identity", "identityId")
    return address


def _check_from(identity: str, sender: str, email: Email) -> None:
    """`*@domain` stands for any address there."""
    for address, code in ((sender, "forbiddenMailFrom"), (_addresses(email.header("from"))[0], "forbiddenFrom")):
        own = address.lower() == identity or (identity[:1] == "*" and address.lower().endswith(identity[1:]))
        if not own:
            raise SetError(code, "the identity does not allow this address")


def _from_headers(email: Email) -> tuple[str, tuple[str, ...], int]:
    named = [address for name in ("to", "cc", "bcc") for address in _addresses(email.header(name))]
    return _addresses(email.header("from"))[0], _recipients(named), 0


def _addresses(header: str) -> list[str]:
    return [one["email"] for one in as_addresses(header) if one["email"]]


def _envelope(envelope: object) -> tuple[str, tuple[str, ...], int]:
    """Sender, recipients, and the seconds of HOLDFOR."""
    match envelope:
        case {"mailFrom": {"email": str(sender), **rest}, "rcptTo": [*listed]}:
            recipients = [each["email"] for each in listed if isinstance(each, dict) and "email" in each]
            parameters = rest.get("parameters")
            held = parameters.get("HOLDFOR") if isinstance(parameters, dict) else None
            if held is not None and not (isinstance(held, str) and _SECONDS.fullmatch(held)):
                raise invalid("HOLDFOR is a number of seconds", "envelope")
            hold = int(held or 0)
            if hold > MAX_DELAYED_SEND:
                raise invalid("that is longer than maxDelayedSend", "envelope")
            return sender, _recipients(recipients), hold
    raise invalid("an envelope has mailFrom and rcptTo", "envelope")


def _recipients(named: list[str]) -> tuple[str, ...]:
    recipients = tuple(dict.fromkeys(named))
    if not recipients:
        raise SetError("noRecipients", "there are no recipients")
    if len(recipients) > _MAX_RECIPIENTS:
        raise SetError("tooManyRecipients", "too many recipients", maxRecipients=_MAX_RECIPIENTS)
    return recipients
