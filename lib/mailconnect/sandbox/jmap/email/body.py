"""The parts and the texts of a message as JMAP shows them (RFC 8621 §4.1.4)."""

from collections.abc import Mapping
from typing import Any

from mailconnect.sandbox.jmap.email.headers import header_property
from mailconnect.sandbox.mail.content import Content
from mailconnect.sandbox.mail.part import Part

BODY_PROPERTIES = (
    *("partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location"),
)


def written_part(part: Part, properties: list[str] | None, *, nested: bool) -> dict[str, Any]:
    """nested: with subParts, as bodyStructure has them."""
    everything = {
        "partId": part.part_id,
        "blobId": part.blob_id,
        "size": len(part.content),
        "name": part.name,
        "type": part.type,
        "charset": part.charset,
        "disposition": part.disposition,
        "cid": part.cid,
        "language": part.language,
        "location": part.location,
        "headers": [{"name": name, "value": value} for name, value in part.headers],
    }
    found: dict[str, Any] = {}
    for name in BODY_PROPERTIES if properties is None else properties:
        if name.startswith("header:"):
            found[name] = header_property(name, "bodyProperties").of(part.headers)
        elif name != "subParts":
            found[name] = everything[name]
    if nested and part.multipart:
        found["subParts"] = [written_part(inner, properties, nested=True) for inner in part.sub_parts]
    return found


def body_values(content: Content, fetching: Mapping[str, bool], maximum: int, grown: int) -> dict[str, dict[str, Any]]:
    """Texts by part id; fetching: Email/get's three arguments; most: maxBodyValueBytes, 0 for no limit.

    grown: fill each text up to so many characters and forget the limit, as a server gone wrong might.
    """
    chosen: list[Part] = []
    if fetching["fetchTextBodyValues"]:
        chosen += content.text_body
    if fetching["fetchHTMLBodyValues"]:
        chosen += content.html_body
    if fetching["fetchAllBodyValues"]:
        chosen += content.parts()
    values = {}
    for part in chosen:
        if part.is_text and part.part_id is not None:
            text, problem = part.text()
            shown = text + "x" * (grown - len(text)) if grown else cut(text, maximum, html=part.type == "text/html")
            values[part.part_id] = {"value": shown, "isEncodingProblem": problem, "isTruncated": len(shown) < len(text)}
    return values


def cut(text: str, maximum: int, *, html: bool) -> str:
    """At most so many octets of UTF-8, 0 for no limit: never within a character, nor within a tag of HTML."""
    encoded = text.encode()
    if not maximum or len(encoded) <= maximum:
        return text
    kept = encoded[:maximum].decode("utf-8", "ignore")
    if html and kept.rfind("<") > kept.rfind(">"):
        kept = kept[: kept.rfind("<")]
    return kept
