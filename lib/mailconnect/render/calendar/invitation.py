"""A calendar part in a few lines: what it asks, what, when, where, who (RFC 5545, methods by RFC 5546)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailconnect.render.calendar.content_lines import ContentLine, content_lines
from mailconnect.render.calendar.recurrence import in_words
from mailconnect.render.characters import one_line

_MAX_EVENTS = 3
_LONGEST = 300  # characters of a text
_METHODS = {
    "REQUEST": "invitation",
    "PUBLISH": "event",
    "CANCEL": "cancellation",
    "REPLY": "answer to an invitation",
    "COUNTER": "counter-proposal",
    "DECLINECOUNTER": "declined counter-proposal",
    "REFRESH": "request for the latest version",
    "ADD": "further dates of an event",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative", "NEEDS-ACTION": "not answered"}
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")
_DURATION = re.compile(r"[+-]?P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:\d{1,6}S)?)?")
_PLAIN = frozenset(
    ("SUMMARY", "LOCATION", "DTSTART", "DTEND", "DURATION", "ORGANIZER", "STATUS", "RRULE", "RECURRENCE-ID")
)


@dataclass(slots=True)
class _Event:
    lines: dict[str, ContentLine] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    replier: str = ""


def summarise(source: str) -> str:
    """At most about 20 lines of at most about 400 characters; empty where no event can be read. It is all content."""
    method, events, more = _read(source)
    if not events:
        return ""
    kind = _METHODS.get(method, "event")
    shown = [line for event in events for line in _told(event, kind)]
    if more:
        shown.append(f"and {more:,} more events")
    return "\n".join(shown)


def _read(source: str) -> tuple[str, list[_Event], int]:
    method, events, more = "", list[_Event](), 0
    inside: _Event | None = None
    nested = 0  # components inside an event: alarms
    for line in content_lines(source):
        if line.name == "BEGIN":
            kind = line.value.strip().upper()
            if inside is not None:
                nested += 1
            elif kind in ("VEVENT", "VTODO"):
                if len(events) == _MAX_EVENTS:
                    more += 1
                else:
                    inside, nested = _Event(), 0
                    events.append(inside)
        elif line.name == "END":
            if nested:
                nested -= 1
            else:
                inside = None
        elif line.name == "METHOD" and inside is None:
            method = method or line.value.strip().upper()
        elif inside is not None and not nested:
            _take(inside, line)
    return method, events, more


def _take(event: _Event, line: ContentLine) -> None:
    if line.name in _PLAIN:
        event.lines.setdefault(line.name, line)
    elif line.name == "ATTENDEE":
        answer = _ANSWERS.get(line.parameters.get("PARTSTAT", "NEEDS-ACTION").upper(), "other")
        event.answers[answer] = event.answers.get(answer, 0) + 1
        event.replier = event.replier or f"{_person(line)}: {answer}"


def _told(event: _Event, kind: str) -> Iterator[str]:
    lines = event.lines
    cancelled = kind == "cancellation" or ("STATUS" in lines and lines["STATUS"].value.strip().upper() == "CANCELLED")
    title = _text(lines["SUMMARY"].text) if "SUMMARY" in lines else "(no title)"
    yield f"{kind}: {title}{' (CANCELLED)' if cancelled else ''}"
    if "DTSTART" in lines:
        yield f"when: {_when(lines)}"
    if "RRULE" in lines:
        yield f"repeats: {in_words(lines['RRULE'].value)}"
    if "RECURRENCE-ID" in lines:
        yield f"only the date of {_moment(lines['RECURRENCE-ID'])}"
    if "LOCATION" in lines and lines["LOCATION"].value.strip():
        yield f"where: {_text(lines['LOCATION'].text)}"
    if "ORGANIZER" in lines:
        yield f"organiser: {_person(lines['ORGANIZER'])}"
    if kind == "answer to an invitation" and event.replier:
        yield f"answer: {event.replier}"
    elif event.answers:
        count = sum(event.answers.values())
        told = ", ".join(f"{number} {answer}" for answer, number in event.answers.items())
        yield f"attendees: {count:,} ({told})"


def _when(lines: dict[str, ContentLine]) -> str:
    start = lines["DTSTART"]
    told = _moment(start)
    if "DTEND" in lines:
        end = _moment(lines["DTEND"])
        same_day, same_zone = end[:10] == told[:10], end.partition(" (")[2] == told.partition(" (")[2]
        if same_zone and same_day and len(told) > 10 and len(end) > 10:
            return f"{told[:16]} to {end[11:]}"
        # A whole day ends where the next one begins (§3.6.1).
        return told if same_day else f"{told} {'until before' if len(end) == 10 else 'to'} {end}"
    if "DURATION" in lines:
        return f"{told}, {_duration(lines['DURATION'].value)}"
    return told


def _moment(line: ContentLine) -> str:
    """`2026-12-01 09:00 (Europe/Berlin)`, or the date alone for a whole day."""
    found = _MOMENT.match(line.value.strip())
    if found is None:
        return one_line(line.value.strip(), longest=40)
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if found[4] is None:
        return day
    zone = "UTC" if found[7] else one_line(line.parameters.get("TZID", "").strip(), longest=60)
    return f"{day} {found[4]}:{found[5]}{f' ({zone})' if zone else ' (no zone given)'}"


def _duration(written: str) -> str:
    found = _DURATION.fullmatch(written.strip())
    if found is None:
        return "for an unreadable time"
    units = zip(found.groups(), ("week", "day", "hour", "minute"), strict=True)
    told = [f"{int(number)} {unit}{'s' if int(number) != 1 else ''}" for number, unit in units if number]
    return "for " + (" ".join(told) or "no time")


def _person(line: ContentLine) -> str:
    address = line.value.strip()
    if address[:7].lower() == "mailto:":
        address = address[7:]
    name = line.parameters.get("CN", "").strip()
    told = f"{name} <{address}>" if name and name.lower() != address.lower() else address
    return one_line(told, longest=150)


def _text(text: str) -> str:
    return one_line(" ".join(text.split()), longest=_LONGEST)
