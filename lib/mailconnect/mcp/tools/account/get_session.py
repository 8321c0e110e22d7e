"""get_session: whose mailbox this is, and what its server allows (RFC 8620 §2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mailconnect.mail.account import Account, Accounts
from mailconnect.mail.bounds import LONGEST_TEXT
from mailconnect.mcp.message import tool_result
from mailconnect.mcp.tool import Arguments, Call, Tool
from mailconnect.render.characters import all_one_line, one_line

SCOPE = "session:read"

_LONGEST_IN_TEXT = 255

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
    accounts = _shown(await call.context.mail.accounts())
    return tool_result(_text(accounts), _structure(accounts))


def _shown(accounts: Accounts) -> Accounts:
    """With names in which others can hide nothing (mailconnect.render.characters)."""
    own, shared = accounts.own, accounts.shared
    written = [accounts.username, own.name, *(account.name for account in shared), *own.capabilities]
    username, name, *rest = all_one_line(written, longest=LONGEST_TEXT)
    names, capabilities = rest[: len(shared)], frozenset(rest[len(shared) :])
    return replace(
        accounts,
        username=username,
        own=replace(own, name=name, capabilities=capabilities),
        shared=tuple(replace(account, name=name) for account, name in zip(shared, names, strict=True)),
    )


def _structure(accounts: Accounts) -> dict[str, Any]:
    account = accounts.own
    return {
        "accountId": account.id,
        "name": account.name,
        "username": accounts.username,
        "isReadOnly": account.is_read_only,
        "otherMailAccounts": [
            {"accountId": other.id, "name": other.name, "isReadOnly": other.is_read_only} for other in accounts.shared
        ],
        "capabilities": sorted(account.capabilities),
        "limits": dict(accounts.limits),
    }


def _cut(name: str) -> str:
    """A line of text names no more than its first 255 characters."""
    return name if len(name) <= _LONGEST_IN_TEXT else one_line(name, longest=_LONGEST_IN_TEXT)


def _text(accounts: Accounts) -> str:
    account = accounts.own
    lines = [
        f"Mail account: {_cut(account.name)} [accountId {account.id}]",
        f"Login: {_cut(accounts.username)}",
        f"The provider allows changes in it: {'no' if account.is_read_only else 'yes'}",
        f"Other mail accounts: {', '.join(map(_other, accounts.shared)) or 'none'}",
        f"Capabilities: {', '.join(map(_cut, sorted(account.capabilities))) or 'none named'}",
        f"Limits: {', '.join(f'{name} {value}' for name, value in accounts.limits.items()) or 'none named'}",
    ]
    if accounts.unreadable:
        lines.append(f"{accounts.unreadable} more accounts could not be read.")
    return "\n".join(lines)


def _other(account: Account) -> str:
    return f"{_cut(account.name)} [accountId {account.id}]{' read-only' if account.is_read_only else ''}"


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
