"""XML read as a stream of events by expat. Document types, and so entities, are refused; depth is bounded."""

from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import Bomb, CannotRead
from mailconnect.attachments.formats.archive import Archive, Member

_CHUNK = 65_536
_LARGEST_CHUNK = 4_000_000


class XmlEvent(NamedTuple):
    """`name` is local, without its namespace. `kind`: `start`, `end` or `text`; of text, `name` is the text.

    An attribute of the namespace of relationships is named `r:id`, since another `id` may stand beside it.
    """

    kind: str
    name: str
    attributes: dict[str, str]


_NONE: dict[str, str] = {}


def events(archive: Archive, member: str, bounds: Bounds) -> Iterator[XmlEvent]:
    """Raises CannotRead for a document type, Bomb for depth, expat.ExpatError for damage."""
    found: list[XmlEvent] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > bounds.depth:
            raise Bomb(f"This {archive.word} is nested too deeply to read.")
        named = {_attribute(key): value for key, value in attributes.items()} if attributes else _NONE
        found.append(XmlEvent("start", name[name.rfind(" ") + 1 :], named))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append(XmlEvent("end", name[name.rfind(" ") + 1 :], _NONE))

    def refuse(*_: object) -> int:
        raise CannotRead(f"This {archive.word} has a document type in its XML, which no office program writes.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: found.append(XmlEvent("text", text, _NONE))
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    yield from _fed(parser, archive, archive.open(member), found)


def _fed(parser: expat.XMLParserType, archive: Archive, stream: Member, found: list[XmlEvent]) -> Iterator[XmlEvent]:
    """Feeds small chunks, and larger ones while a single token goes on: old expats begin it anew for each chunk."""
    size = _CHUNK
    while data := stream.read(size):
        parser.Parse(data, False)
        size = _CHUNK if found else min(size * 2, _LARGEST_CHUNK)
        archive.count(len(found) // 2)
        yield from found
        found.clear()
    parser.Parse(b"", True)
    yield from found


def _attribute(key: str) -> str:
    namespace, _, local = key.rpartition(" ")
    return f"r:{local}" if namespace.endswith("/relationships") else local
