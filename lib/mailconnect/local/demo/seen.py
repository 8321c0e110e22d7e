"""Arguments to begin with: an example for each tool, with the ids that the assistant has seen."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_IDS = re.compile(r"\b(emailId|threadId|draftId|attachmentId) (\S+)")
_RECIPIENT = re.compile(r"^(?:to|cc): .*<(\S+@\S+)>", re.MULTILINE)

_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "search_emails": {"query": "subject:invoice has:attachment"},
    "find_contacts": {"name": "carol"},
    "write_draft": {"mode": "reply", "body": "Thank you. I will look through it by Friday."},
    "update_emails": {"actions": ["archive"]},
    "manage_mailbox": {"action": "create", "name": "Tried"},
    "write_masked_email": {"action": "create", "site": "shop.example"},
}
_TAKES: Mapping[str, tuple[str, ...]] = {
    "read_emails": ("emailIds",),
    "write_draft": ("emailId",),
    "update_emails": ("emailIds",),
}
"""The arguments that a tool does not require, and its example needs."""


@dataclass(slots=True)
class SeenIds:
    """The first id of each kind in the newest answer that has one."""

    ids: dict[str, str] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)

    def look(self, text: str) -> None:
        """A sender's text may look like an id: it is shown to the owner before it is sent."""
        self.ids |= dict(reversed(_IDS.findall(text)))
        self.recipients = _RECIPIENT.findall(text) or self.recipients

    def example(self, tool: Mapping[str, Any]) -> str:
        """JSON, for one of tools/list."""
        required = tool.get("inputSchema", {}).get("required", [])
        arguments = {**_EXAMPLES.get(tool["name"], {})}
        for name in (*_TAKES.get(tool["name"], ()), *required):
            arguments.setdefault(name, self._value(name))
        return json.dumps(arguments, ensure_ascii=False, indent=2) if arguments else "{}"

    def _value(self, name: str) -> str | list[str]:
        if name == "recipients":
            return self.recipients
        if name == "emailIds":
            return [self.ids["emailId"]] if "emailId" in self.ids else []
        return self.ids.get(name, "")
