"""The JMAP session resource (RFC 8620 §2) as Fastmail fills it in."""

import hashlib
from typing import Any

from mailconnect.sandbox.accounts import Account
from mailconnect.sandbox.oauth.bearer import Access
from mailconnect.sandbox.oauth.scopes import CONTACTS, CORE, MAIL, SUBMISSION
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.switches import Switches

LIMITS: dict[str, Any] = {
    "maxSizeUpload": 250_000_000,
    "maxConcurrentUpload": 10,
    "maxSizeRequest": 10_000_000,
    "maxConcurrentRequests": 10,
    "maxCallsInRequest": 50,
    "maxObjectsInGet": 4096,
    "maxObjectsInSet": 4096,
    "collationAlgorithms": ["i;ascii-numeric", "i;ascii-casemap", "i;octet"],
}
_MAIL = {
    "maxMailboxesPerEmail": 1000,
    "maxMailboxDepth": None,
    "maxSizeMailboxName": 490,
    "maxSizeAttachmentsPerEmail": 50_000_000,
    "emailQuerySortOptions": ["receivedAt", "from", "to", "subject", "size", "header.x-spam-score"],
}


def account_id(account: Account, switches: Switches) -> str:
    """The account's id of today: another account_epoch, another id."""
    if not switches.account_epoch:
        return account.account_id
    return f"u{(int(account.account_id[1:], 16) + switches.account_epoch) % 2**32:08x}"


def session_state(held: Access, switches: Switches) -> str:
    """In the form of Fastmail's own, which is one with Cyrus's."""
    seen = f"{held.owner.username} {sorted(held.capabilities)} {held.read_only} {switches.account_epoch}"
    return f"cyrus-{switches.session_epoch};p-{hashlib.sha256(seen.encode()).hexdigest()[:10]};s-67362d7d426ad71b"


def session(held: Access, settings: Settings, switches: Switches) -> dict[str, Any]:
    ids = {account: account_id(account, switches) for account in held.owner.accounts}
    return {
        "capabilities": {name: LIMITS if name == CORE else {} for name in sorted(held.capabilities)},
        "accounts": {ids[account]: _account(account, held) for account in held.owner.accounts},
        "primaryAccounts": dict.fromkeys(sorted(held.capabilities), ids[held.owner.primary]),
        "username": held.owner.username,
        **urls(settings),
        "state": session_state(held, switches),
    }


def urls(settings: Settings) -> dict[str, str]:
    shard = settings.sharded_api_url.removesuffix("api/")
    return {
        "apiUrl": settings.sharded_api_url,
        "downloadUrl": f"{shard}download/{{accountId}}/{{blobId}}/{{name}}?type={{type}}",
        "uploadUrl": f"{shard}upload/{{accountId}}/",
        "eventSourceUrl": f"{shard}event/",
    }


def read_only(account: Account, held: Access) -> bool:
    return held.read_only or account.read_only


def _account(account: Account, held: Access) -> dict[str, Any]:
    capabilities: dict[str, Any] = {}
    if not account.bare:
        owned = held.capabilities if account.personal else held.capabilities & {CORE, MAIL}
        capabilities = {name: {} for name in sorted(owned)}
    if MAIL in capabilities:
        capabilities[MAIL] = {**_MAIL, "mayCreateTopLevelMailbox": not read_only(account, held)}
    if SUBMISSION in capabilities:
        capabilities[SUBMISSION] = {"maxDelayedSend": 44_236_800, "submissionExtensions": {"FUTURERELEASE": []}}
    if CONTACTS in capabilities:
        writable = not read_only(account, held)
        capabilities[CONTACTS] = {"maxAddressBooksPerCard": None, "mayCreateAddressBook": writable}
    return {
        "name": account.name,
        "isPersonal": account.personal,
        "isReadOnly": read_only(account, held),
        "accountCapabilities": capabilities,
    }
