"""Properties of the form header:Name:asForm:all (RFC 8621 §4.1.3), and those that are short for one."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.mail.header_forms import FORMS, may_have

CONVENIENCE = {
    "messageId": "header:Message-ID:asMessageIds",
    "inReplyTo": "header:In-Reply-To:asMessageIds",
    "references": "header:References:asMessageIds",
    "sender": "header:Sender:asAddresses",
    "from": "header:From:asAddresses",
    "to": "header:To:asAddresses",
    "cc": "header:Cc:asAddresses",
    "bcc": "header:Bcc:asAddresses",
    "replyTo": "header:Reply-To:asAddresses",
    "subject": "header:Subject:asText",
    "sentAt": "header:Date:asDate",
}
_PROPERTY = re.compile(r"header:([!-9;-~]+)(?::(as[A-Za-z]+))?(:all)?")


@dataclass(frozen=True, slots=True)
class HeaderProperty:
    name: str
    form: str
    every: bool

    def of(self, headers: list[tuple[str, str]]) -> Any:
        """The last field's value, or a list of all of them."""
        form, _ = FORMS[self.form]
        found = [value for name, value in headers if name.lower() == self.name]
        if self.every:
            return [form(value) for value in found]
        return form(found[-1]) if found else None


@cache
def header_property(written: str, argument: str) -> HeaderProperty:
    """Raises InvalidArguments where the form is unknown, or may not be asked of that field."""
    found = _PROPERTY.fullmatch(written)
    form = found[2] or "asRaw" if found else ""
    if not found or form not in FORMS or not may_have(found[1], form):
        raise InvalidArguments("a header property is unknown", arguments=[argument])
    return HeaderProperty(found[1].lower(), form, found[3] is not None)
