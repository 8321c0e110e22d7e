"""PowerPoint's PPTX (ISO/IEC 29500-1 §19): slides in order, each with its title, lines, tables and notes."""

from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.errors import CannotRead
from mailconnect.attachments.formats.archive import Archive
from mailconnect.attachments.formats.relationships import relationships
from mailconnect.attachments.formats.xml_events import events
from mailconnect.attachments.window import Window

_SHOW = "ppt/presentation.xml"


def read(data: bytes, charset: str | None, window: Window, bounds: Bounds) -> None:  # noqa: ARG001 - one signature
    """Each slide begins with a line `[slide 3 of 12]`."""
    archive = Archive(data, "PowerPoint presentation", bounds)
    targets = relationships(archive, _SHOW, bounds)
    slides = [
        targets.get(event.attributes.get("r:id", ""), ("", ""))[1]
        for event in events(archive, _SHOW, bounds)
        if event.kind == "start" and event.name == "sldId"
    ]
    if not slides:
        raise CannotRead("The PowerPoint presentation has no slides.")
    for number, slide in enumerate(slides, 1):
        if not archive.has(slide):
            window.write(f"[slide {number} of {len(slides)}: missing]\n\n")
            continue
        _tell(archive, slide, f"slide {number} of {len(slides)}", window, bounds)
        for kind, notes in relationships(archive, slide, bounds).values():
            if kind == "notesSlide" and archive.has(notes):
                _tell(archive, notes, "notes", window, bounds)


def _tell(archive: Archive, member: str, title: str, window: Window, bounds: Bounds) -> None:
    """Paragraphs as lines; the slide's title as a heading; rows of a table as `cell | cell`."""
    lines: list[str] = []
    line: list[str] = []
    cells: list[str] | None = None
    collecting = False
    holder = ""
    for event in events(archive, member, bounds):
        match event.kind, event.name:
            case "text", text:
                if collecting:
                    line.append(text)
            case "start", "sld" if event.attributes.get("show") == "0":
                title += ", hidden"
            case "start", "sp":
                holder = ""
            case "start", "ph":
                holder = event.attributes.get("type", "body")
            case (("start" | "end"), "t"):
                collecting = event.kind == "start"
            case "start", "br":
                line.append(" ")
            case "start", "tr":
                cells = []
            case "start", "tc" if cells is not None:
                cells.append("")
            case "end", "p":
                text = "".join(line).strip()
                line.clear()
                if not text or holder in ("sldNum", "dt", "ftr"):
                    continue
                if cells:
                    cells[-1] = f"{cells[-1]} {text}".strip()
                else:
                    lines.append(f"# {text}" if holder in ("title", "ctrTitle") else text)
            case "end", "tr" if cells is not None:
                lines.append(" | ".join(cells))
                cells = None
    if lines or title != "notes":
        window.write("\n".join((f"[{title}]", *lines)) + "\n\n")
