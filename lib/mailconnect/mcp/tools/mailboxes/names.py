"""Whether the grant lets a tool say what the owner's mailboxes are called."""

from mailconnect.mcp.tool import Call

_SEES = frozenset({"mailboxes:read", "emails:metadata", "emails:read"})

_UNKNOWN = (
    "No mailbox is meant by this name, or more than one. Give its mailboxId or its role; the owner does not allow "
    "to see the names."
)


def may_name(call: Call) -> bool:
    """An owner may allow filing messages or changing folders without allowing their names to be seen."""
    return bool(call.context.granted & _SEES)


def unknown(call: Call, text: str) -> str:
    """`text` says which mailboxes are near to the one that was named."""
    return text if may_name(call) else _UNKNOWN
