"""Invitations as iCalendar (RFC 5545, RFC 5546)."""

from collections.abc import Mapping
from datetime import datetime, timedelta


def ics(event: Mapping[str, str], sent: datetime) -> str:
    """`method`, `uid`, `summary`, `organizer`, `attendees` (space separated), `in_days`, `hour`, `minutes`, `location`.

    Optional: `sequence`, `description`, `rrule`, `zone` (a TZID; without it the time is UTC).
    """
    start = (sent + timedelta(days=int(event["in_days"]))).replace(hour=int(event["hour"]), minute=0, second=0)
    end = start + timedelta(minutes=int(event.get("minutes", "60")))
    zone = event.get("zone", "")
    mark = f";TZID={zone}" if zone else ""
    suffix = "" if zone else "Z"
    cancelled = event["method"] == "CANCEL"
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Sandbox//Calendar//EN",
        "VERSION:2.0",
        f"METHOD:{event['method']}",
        "BEGIN:VEVENT",
        f"UID:{event['uid']}",
        f"SEQUENCE:{event.get('sequence', '0')}",
        f"DTSTAMP:{sent:%Y%m%dT%H%M%SZ}",
        f"DTSTART{mark}:{start:%Y%m%dT%H%M%S}{suffix}",
        f"DTEND{mark}:{end:%Y%m%dT%H%M%S}{suffix}",
        f"SUMMARY:{_escaped(event['summary'])}",
        f"LOCATION:{_escaped(event.get('location', ''))}",
        f"DESCRIPTION:{_escaped(event.get('description', ''))}",
        f"ORGANIZER:mailto:{event['organizer']}",
        *(f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{who}" for who in event["attendees"].split()),
        *([f"RRULE:{event['rrule']}"] if "rrule" in event else []),
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) + "\r\n" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 octets a line (RFC 5545 §3.1)."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > 74:
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])
