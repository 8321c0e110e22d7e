"""get_session: whose mailbox this is, and what its server allows (RFC 8620 §2)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.jmap.session import Account, Session
from mailconnect.mcp.tool import Call, Tool, tool_result
from mailconnect.mcp.tools.printable import printable

SCOPE = "session:read"

_OUTPUT = {
    "type": "object",
    "properties": {
        "accountId": {"type": "string", "description": "The mail account; other tools' results name it alike."},
        "name": {"type": "string", "description": "What the mail provider calls the account; usually its address."},
        "username": {"type": "string", "description": "The login the mailbox was connected with."},
        "isReadOnly": {"type": "boolean", "description": "Whether the provider forbids every change in the account."},
        "otherMailAccounts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "accountId": {"type": "string"},
                    "name": {"type": "string"},
                    "isReadOnly": {"type": "boolean"},
                },
                "required": ["accountId", "name", "isReadOnly"],
            },
            "description": "Mail accounts that others share with this person; list_mailboxes takes their accountId.",
        },
        "capabilities": {
            "type": "array",
            "items": {"type": "string"},
            "description": "URNs of what the provider offers for this account. mailconnect may offer less.",
        },
        "limits": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "The provider's limits for one request (RFC 8620): octets, calls, objects.",
        },
    },
    "required": ["accountId", "name", "username", "isReadOnly", "otherMailAccounts", "capabilities", "limits"],
}


async def _run(call: Call) -> Mapping[str, Any]:
    session = await call.access.session()
    return tool_result(_text(session), _structure(session))


def _structure(session: Session) -> dict[str, Any]:
    """Without the session's URLs, its state and accounts without mail: nothing here takes them."""
    account = session.account
    return {
        "accountId": account.id,
        "name": account.name,
        "username": session.username,
        "isReadOnly": account.is_read_only,
        "otherMailAccounts": [
            {"accountId": other.id, "name": other.name, "isReadOnly": other.is_read_only}
            for other in session.mail_accounts[1:]
        ],
        "capabilities": sorted(account.capabilities),
        "limits": dict(session.limits),
    }


def _text(session: Session) -> str:
    account = session.account
    lines = [
        f"Mail account: {printable(account.name)} [accountId {account.id}]",
        f"Login: {printable(session.username)}",
        f"The provider allows changes in it: {'no' if account.is_read_only else 'yes'}",
        f"Other mail accounts: {', '.join(map(_other, session.mail_accounts[1:])) or 'none'}",
        f"Capabilities: {', '.join(printable(name) for name in sorted(account.capabilities)) or 'none named'}",
        f"Limits: {', '.join(f'{name} {value}' for name, value in session.limits.items()) or 'none named'}",
    ]
    return "\n".join(lines)


def _other(account: Account) -> str:
    return f"{printable(account.name)} [accountId {account.id}]{' read-only' if account.is_read_only else ''}"


GET_SESSION = Tool(
    name="get_session",
    title="Mailbox session",
    description=(
        "Tells whose mailbox is connected: the account's name and id, the login, mail accounts that others share, the "
        "provider's capabilities and limits. Use it to confirm the account or to answer what the mailbox supports. It "
        "does not list mailboxes or count emails: that is list_mailboxes."
    ),
    input_schema={"type": "object", "properties": {}, "additionalProperties": False},
    output_schema=_OUTPUT,
    scope=SCOPE,
    run=_run,
)
