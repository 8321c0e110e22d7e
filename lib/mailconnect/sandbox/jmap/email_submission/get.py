"""EmailSubmission/get and EmailSubmission/query (RFC 8621 §7.1, §7.3)."""

from collections.abc import Callable
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import InvalidArguments, UnsupportedFilter
from mailconnect.sandbox.jmap.filters import Test, compiled
from mailconnect.sandbox.jmap.getting import got, properties_of
from mailconnect.sandbox.mail.submissions import Submission, utc_date

_PROPERTIES = (
    "id",
    "identityId",
    "emailId",
    "threadId",
    "envelope",
    "sendAt",
    "undoStatus",
    "deliveryStatus",
    "dsnBlobIds",
    "mdnBlobIds",
)
_FILTERS: dict[str, Callable[[Submission], str]] = {
    "identityIds": lambda each: each.identity_id,
    "emailIds": lambda each: each.posted.email_id,
    "threadIds": lambda each: each.thread_id,
}


def email_submission_get(call: Call) -> dict[str, Any]:
    call.allow("ids", "properties")
    response = got(call, call.submissions.all, submission_document, properties=properties_of(call, _PROPERTIES))
    return {**response, "state": call.submissions.state}


def email_submission_query(call: Call) -> dict[str, Any]:
    """Oldest first."""
    call.allow("filter", "sort", "position", "limit", "calculateTotal")
    matches = compiled(call.arguments.get("filter"), _condition)
    found = [name for name, each in call.submissions.all.items() if matches(each)]
    return {
        "accountId": call.account_id,
        "queryState": call.submissions.state,
        "canCalculateChanges": False,
        "position": 0,
        "ids": found,
        "total": len(found),
    }


def submission_document(submission: Submission) -> dict[str, Any]:
    return {
        "id": submission.submission_id,
        "identityId": submission.identity_id,
        "emailId": submission.posted.email_id,
        "threadId": submission.thread_id,
        "envelope": submission.envelope,
        "sendAt": utc_date(submission.send_at),
        "undoStatus": submission.undo_status,
        "deliveryStatus": None,
        "dsnBlobIds": [],
        "mdnBlobIds": [],
    }


def _condition(name: str, value: Any) -> Test[Submission]:
    if name == "undoStatus":
        return lambda each: each.undo_status == value
    of = _FILTERS.get(name)
    if of is None:
        raise UnsupportedFilter(f"no condition is called {name[:100]}")
    if not isinstance(value, list):
        raise InvalidArguments(f"{name} is a list of ids", arguments=["filter"])
    return lambda each: of(each) in value
