"""The properties of a message itself in Email/get and Email/parse (RFC 8621 §4.1.2 to §4.1.4)."""

from collections.abc import Callable
from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.email.body import BODY_PROPERTIES, body_values, written_part
from mailconnect.sandbox.jmap.email.headers import CONVENIENCE, header_property
from mailconnect.sandbox.jmap.errors import InvalidArguments
from mailconnect.sandbox.mail.content import Content
from mailconnect.sandbox.mail.search import plain_text

BODY = ("hasAttachment", "preview", "bodyValues", "textBody", "htmlBody", "attachments")
OTHERS = frozenset({"bodyStructure", "headers"})
FETCHING = ("fetchTextBodyValues", "fetchHTMLBodyValues", "fetchAllBodyValues")
ARGUMENTS = ("properties", "bodyProperties", *FETCHING, "maxBodyValueBytes")

Written = Callable[[Content], dict[str, Any]]


def asked_properties(call: Call, default: tuple[str, ...]) -> list[str]:
    """Raises InvalidArguments where one is unknown."""
    asked = _known(call.strings("properties"), frozenset({*default, *CONVENIENCE, *BODY, *OTHERS}), "properties")
    return list(default) if asked is None else asked


def content_writer(call: Call, properties: list[str]) -> Written:
    """Those of the properties that are about the content.  Raises InvalidArguments for the call's other arguments."""
    known = frozenset({*BODY_PROPERTIES, "headers", "subParts"})
    of_parts = _known(call.strings("bodyProperties"), known, "bodyProperties")
    fetching = {name: call.flag(name) for name in FETCHING}
    maximum = call.number("maxBodyValueBytes", 0) or 0
    grown = call.provider.switches.grown_bodies

    def parts(name: str, content: Content) -> list[dict[str, Any]]:
        listed = {"textBody": content.text_body, "htmlBody": content.html_body, "attachments": content.attachments}
        return [written_part(part, of_parts, nested=False) for part in listed[name]]

    def written(content: Content) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in properties:
            if name.startswith("header:") or name in CONVENIENCE:
                field = header_property(CONVENIENCE.get(name, name), "properties")
                found[name] = field.of(content.headers)
            match name:
                case "bodyValues":
                    found[name] = body_values(content, fetching, maximum, grown)
                case "textBody" | "htmlBody" | "attachments":
                    found[name] = parts(name, content)
                case "bodyStructure":
                    found[name] = written_part(content.structure, of_parts, nested=True)
                case "headers":
                    found[name] = [{"name": field, "value": value} for field, value in content.headers]
                case "hasAttachment":
                    found[name] = content.has_attachment
                case "preview":
                    found[name] = preview(content)
        return found

    return written


def preview(content: Content) -> str:
    """The first 256 characters of the body without what it quotes."""
    lines = [line for line in plain_text(content).split("\n") if not line.startswith(">")]
    return " ".join(" ".join(lines).split())[:256]


def _known(asked: list[str] | None, known: frozenset[str], argument: str) -> list[str] | None:
    for name in asked or ():
        if name.startswith("header:"):
            header_property(name, argument)
        elif name not in known:
            raise InvalidArguments("a property is unknown", arguments=[argument])
    return None if asked is None else list(dict.fromkeys(asked))
