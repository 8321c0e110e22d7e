"""get_session: whose mailbox this is, and what its server allows (RFC 8620 §2)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.mail.account import Account, Accounts
from mailconnect.mail.bounds import LONGEST_TEXT
from mailconnect.mcp.message import tool_result
from mailconnect.mcp.tool import Arguments, Call, Tool
from mailconnect.render.characters import one_line

SCOPE = "session:read"

_OUTPUT = {
    "type": "object",
    "properties": {
        "accountId": {"type": "string"},
        "name": {"type": "string"},
        "username": {"type": "string", "description": "The login the mailbox was connected with."},
        "isReadOnly": {"type": "boolean"},
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
        },
        "limits": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "The provider's limits for one request (RFC 8620): octets, calls, objects.",
        },
    },
    "required": ["accountId", "name", "username", "isReadOnly", "otherMailAccounts", "capabilities", "limits"],
}


def _arguments() -> type[Arguments]:
    from mailconnect.mcp.arguments.none import NoArguments  # noqa: PLC0415 -- brings pydantic

    return NoArguments


async def _run(call: Call, _: Any) -> Mapping[str, Any]:
    accounts = await call.mail.accounts()
    return tool_result(_text(accounts), _structure(accounts))


def _structure(accounts: Accounts) -> dict[str, Any]:
    account = accounts.own
    return {
        "accountId": account.id,
        "name": _whole(account.name),
        "username": _whole(accounts.username),
        "isReadOnly": account.is_read_only,
        "otherMailAccounts": [
            {"accountId": other.id, "name": _whole(other.name), "isReadOnly": other.is_read_only}
            for other in accounts.shared
        ],
        "capabilities": sorted(map(_whole, account.capabilities)),
        "limits": dict(accounts.limits),
    }


def _whole(name: str) -> str:
    return one_line(name, longest=LONGEST_TEXT)


def _text(accounts: Accounts) -> str:
    account = accounts.own
    lines = [
        f"Mail account: {one_line(account.name)} [accountId {account.id}]",
        f"Login: {one_line(accounts.username)}",
        f"The provider allows changes in it: {'no' if account.is_read_only else 'yes'}",
        f"Other mail accounts: {', '.join(map(_other, accounts.shared)) or 'none'}",
        f"Capabilities: {', '.join(one_line(name) for name in sorted(account.capabilities)) or 'none named'}",
        f"Limits: {', '.join(f'{name} {value}' for name, value in accounts.limits.items()) or 'none named'}",
    ]
    if accounts.unreadable:
        lines.append(f"{accounts.unreadable} more accounts could not be read.")
    return "\n".join(lines)


def _other(account: Account) -> str:
    return f"{one_line(account.name)} [accountId {account.id}]{' read-only' if account.is_read_only else ''}"


GET_SESSION = Tool(
    name="get_session",
    title="Mailbox session",
    description=(
        "Tells whose mailbox is connected: the account's name and id, the login, mail accounts that others share, the "
        "provider's capabilities and limits. Use it to confirm the account or to answer what the mailbox supports. It "
        "does not list mailboxes or count emails: that is list_mailboxes."
    ),
    arguments=_arguments,
    output_schema=_OUTPUT,
    scopes=(SCOPE,),
    run=_run,
)
