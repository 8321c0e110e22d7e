"""The body that Email/set creates: from bodyStructure, or from textBody, htmlBody and attachments (RFC 8621 §4.6)."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.set_errors import SetError, invalid
from mailconnect.sandbox.mail.composing import Entity, encoded, multipart, parameter

_PART = frozenset(
    {
        *("partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location"),
        "subParts",
    }
)
_DEPTH = 20


def body(call: Call, properties: dict[str, Any]) -> Entity:
    """Raises SetError."""
    values = _values(properties.get("bodyValues"))
    structure = properties.get("bodyStructure")
    listed = {name: _parts(properties, name) for name in ("textBody", "htmlBody", "attachments")}
    if structure is not None:
        if any(name in properties for name in listed):
            raise invalid("the body is given twice", "bodyStructure")
        return _Body(call, values).structure(structure, "bodyStructure", _DEPTH)
    return _Body(call, values).listed(listed)


def _values(given: object) -> dict[str, str]:
    values: dict[str, str] = {}
    for part_id, each in (given if isinstance(given, dict) else {}).items():
        match each:
            case {"value": str(text), **rest} if not any(rest.values()):
                values[part_id] = text
            case _:
                raise invalid("a body value is a whole text without a problem", f"bodyValues/{part_id}")
    if given is not None and not isinstance(given, dict):
        raise invalid("bodyValues is an object", "bodyValues")
    return values


def _parts(properties: dict[str, Any], name: str) -> list[dict[str, Any]]:
    given = properties.get(name)
    if given is None:
        return []
    if isinstance(given, list) and all(isinstance(each, dict) for each in given):
        return given
    raise invalid("this is a list of parts", name)


class _Body:
    def __init__(self, call: Call, values: dict[str, str]) -> None:
        self._call = call
        self._values = values

    def listed(self, parts: dict[str, list[dict[str, Any]]]) -> Entity:
        texts: list[Entity] = []
        for name, kind in (("textBody", "text/plain"), ("htmlBody", "text/html")):
            if parts[name]:
                if len(parts[name]) > 1 or parts[name][0].get("type", "text/plain") != kind:
                    raise invalid(f"this is one part of {kind}", name)
                texts.append(self._leaf(parts[name][0], name))
        attached = [(part, self._leaf(part, "attachments", "attachment")) for part in parts["attachments"]]
        related = [leaf for part, leaf in attached if parts["htmlBody"] and _is_inline(part)]
        others = [leaf for part, leaf in attached if not (parts["htmlBody"] and _is_inline(part))]
        if related:
            texts[-1] = self._multipart("multipart/related", [texts[-1], *related])
        whole = texts or [Entity((("Content-Type", "text/plain; charset=us-ascii"),), b"")]
        text = self._multipart("multipart/alternative", whole) if len(whole) > 1 else whole[0]
        if not others:
            return text
        return self._multipart("multipart/mixed", [text, *others] if texts else others)

    def structure(self, part: object, where: str, depth: int) -> Entity:
        if not isinstance(part, dict) or not depth:
            raise invalid("this is a part, at a bounded depth", where)
        kind = part.get("type", "text/plain")
        if not (isinstance(kind, str) and kind.startswith("multipart/")):
            return self._leaf(part, where)
        inside = part.get("subParts")
        if "partId" in part or "blobId" in part or not (isinstance(inside, list) and inside):
            raise invalid("a multipart has subParts, and no partId or blobId", where)
        return self._multipart(kind, [self.structure(each, f"{where}/subParts", depth - 1) for each in inside])

    def _multipart(self, kind: str, inside: list[Entity]) -> Entity:
        return multipart(kind, inside, f"=_{self._call.provider.entropy(12).hex()}")

    def _leaf(self, part: dict[str, Any], where: str, disposition: str | None = None) -> Entity:
        unknown = sorted(name for name in part if name not in _PART and not name.startswith("header:"))
        if unknown or any(name.startswith("header:") for name in part):
            raise invalid("this server creates parts without header fields of their own", where)
        kind = part.get("type") or "text/plain"
        content = self._content(part, where)
        by_value = part.get("partId") is not None
        charset = part.get("charset") if not by_value else "utf-8"
        named, shown = part.get("name"), part.get("disposition") or disposition
        for value in (kind, charset, named, shown, part.get("cid"), part.get("location")):
            if value is not None and (not isinstance(value, str) or any(ord(each) < 32 for each in value)):
                raise invalid("this is a text without control characters", where)
        parameters = [parameter("charset", charset)] if charset and kind.startswith("text/") else []
        parameters += [parameter("name", named)] if named else []
        transfer, data = encoded(content, kind)
        headers = [
            ("Content-Type", "; ".join([kind, *parameters])),
            ("Content-Transfer-Encoding", transfer),
        ]
        if shown:
            file_name = [parameter("filename", named)] if named else []
            headers.append(("Content-Disposition", "; ".join([shown, *file_name])))
        if part.get("cid"):
            headers.append(("Content-ID", f"<{part['cid']}>"))
        if part.get("language"):
            headers.append(("Content-Language", ", ".join(map(str, part["language"]))))
        if part.get("location"):
            headers.append(("Content-Location", part["location"]))
        return Entity(tuple(headers), data)

    def _content(self, part: dict[str, Any], where: str) -> bytes:
        part_id, blob_id = part.get("partId"), part.get("blobId")
        if (part_id is None) == (blob_id is None):
            raise invalid("a part has a partId or a blobId", where)
        if part_id is not None:
            if part.get("charset") or part.get("size") is not None or part_id not in self._values:
                raise invalid("a part of bodyValues is there, and has no charset and no size", where)
            return self._values[part_id].replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
        if not isinstance(blob_id, str):
            raise invalid("blobId is an id", where)
        found = self._call.store.blob(blob_id, self._call.visible().values())
        if found is None:
            raise SetError("blobNotFound", "there is no such blob", notFound=[blob_id])
        return found


def _is_inline(part: dict[str, Any]) -> bool:
    return part.get("disposition") == "inline" and bool(part.get("cid"))
