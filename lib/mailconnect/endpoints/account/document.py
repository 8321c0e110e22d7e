"""The content of an export: all of an owner's records that are not secret, as docs/export.md describes them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mailconnect.endpoints.account.connections import OwnedGrants, shown
from mailconnect.grants.account_session import LIFETIME, AccountSession
from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.provider.provider import Provider
from mailconnect.store.audit import AuditPage, Event

SCHEMA = "mailconnect-export/1"


def export_document(
    session: AccountSession,
    owned: OwnedGrants,
    history: AuditPage,
    *,
    approvals: Sequence[Approval],
    browsers: Sequence[TrustedBrowser],
    provider: Provider,
    issuer: str,
    now: int,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "exported_at": _time(now),
        "service": issuer,
        "provider": {"id": provider.id, "name": provider.name},
        "username": session.username,
        "session": {"signed_in_at": _time(session.signed_in_at), "ends_at": _time(session.signed_in_at + LIFETIME)},
        "connections": [_connection(grant) for grant in owned.grants],
        "approvals": [_approval(approval) for approval in approvals],
        "browsers_that_may_approve": [_browser(browser) for browser in browsers],
        "history": [_event(event) for event in history.events],
        "history_goes_on": history.earlier is not None,
        "not_readable": {"connections": owned.unknown, "history": history.unknown},
    }


def _approval(approval: Approval) -> dict[str, Any]:
    """Without the link's hash, the digest and what is sealed."""
    return {
        "connection": approval.grant,
        "message": approval.draft_id,
        "state": str(approval.state),
        "asked_at": _time(approval.created_at),
        "link_ends_at": _time(approval.until),
        "decided_at": _time(approval.decided_at),
        "sent_message": approval.sent_id,
        "stoppable_until": _time(approval.stoppable_until),
        "kept_until": _time(approval.expires_at),
    }


def _browser(browser: TrustedBrowser) -> dict[str, Any]:
    return {
        "called": browser.called,
        "remembered_at": _time(browser.created_at),
        "last_used_at": _time(browser.used_at),
        "ends_at": _time(browser.expires_at),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": _time(event.at),
        "what": event.what,
        "actor": event.actor,
        "reason": event.reason,
        "receipt_number": event.grant,
        "assistant": event.client_name,
        "door": event.door,
        "over": event.source,
        "request": event.request,
        "kept_until": _time(event.expires_at),
    }


def _connection(grant: Grant) -> dict[str, Any]:
    """Without tokens, hashes of tokens and what is sealed. What is not known is null."""
    one = shown(grant)
    return {
        "id": grant.id,
        "receipt_number": one.number,
        "state": str(grant.state),
        "assistant": {"id": grant.client_id, "name": grant.client_name, "redirect_uri": grant.redirect_uri},
        "provider": grant.provider,
        "resource": grant.resource,
        "scopes": sorted(grant.scope.split()),
        "switched_off_scopes": sorted(scope.name for scope in one.off),
        "sending": grant.sending,
        "notice_version": grant.notice_version,
        "connected_at": _time(grant.created_at),
        "code_redeemed_at": _time(grant.code_redeemed_at),
        "last_used_at": _time(grant.last_used_at),
        "last_used_over": grant.last_used_over,
        "elicitation": grant.elicitation,
        "ends_unused_at": _time(grant.idle_expires_at),
        "ends_at": _time(grant.expires_at),
        "provider_token_renewals": grant.props_version - 1,
        "ended_at": _time(grant.retired_at),
        "ended_because": grant.retired_reason,
        "revocation_attempts": grant.revoke_attempts,
    }


def _time(seconds: int | None) -> str | None:
    """RFC 3339, UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
