"""Ties a form of the approval page to one message, one owner, and to how they came to it."""

from starlette.requests import Request

from mailconnect import pseudonyms
from mailconnect.approvals.approvals import PATH
from mailconnect.endpoints.approvals.approvers import Approver
from mailconnect.grants.account_session import FormForged, check_form_token
from mailconnect.grants.approval import Approval


def action_of(approval: Approval, *, opened_by_hand: bool = False) -> str:
    """The values that the forms of one message's page are tied to."""
    return f"{PATH} {pseudonyms.grant_hash(approval.grant)} {approval.id}{' by hand' if opened_by_hand else ''}"


def is_of(form: dict[str, str], approver: Approver, action: str) -> bool:
    try:
        check_form_token(form.get("form", ""), approver.secret, action)
    except FormForged:
        return False
    return True


def opened_by_hand(request: Request) -> bool:
    """Typed, or opened from another program, or from a page of ours (Fetch Metadata). Unknown is no."""
    return request.headers.get("sec-fetch-site") in {"none", "same-origin"}
