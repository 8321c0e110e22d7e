"""Which part of an Open Packaging file leads where (ISO/IEC 29500-2 §9.3)."""

import posixpath

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.xml_events import events


def relationships(archive: Archive, part: str, bounds: Bounds) -> dict[str, tuple[str, str]]:
    """By id: the last word of the type, such as `slide`, and the target's name in the archive."""
    folder, name = posixpath.split(part)
    member = f"{folder}/_rels/{name}.rels"
    if not archive.has(member):
        return {}
    found = {}
    for event in events(archive, member, bounds):
        if event.kind == "start" and event.name == "Relationship" and event.attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, event.attributes.get("Target", "")))
            kind = event.attributes.get("Type", "").rpartition("/")[2]
            found[event.attributes.get("Id", "")] = (kind, target.lstrip("/"))
    return found
