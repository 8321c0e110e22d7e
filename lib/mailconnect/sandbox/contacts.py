"""The address books of the sandbox's people: cards of JSContact (RFC 9553), from contacts.toml."""

import hashlib
import tomllib
import uuid
from functools import cache
from pathlib import Path
from typing import Any

ADDRESS_BOOKS = {"Default": "Personal", "Shared": "Household"}
"""Names by id; the first is the default one."""

CARD_PROPERTIES = frozenset(
    {
        *(
            "id",
            "addressBookIds",
            "@type",
            "version",
            "uid",
            "kind",
            "created",
            "updated",
            "language",
            "members",
            "name",
        ),
        *("nicknames", "organizations", "titles", "emails", "phones", "onlineServices", "addresses", "anniversaries"),
        *("notes", "keywords", "links", "media", "preferredLanguages", "relatedTo", "speakToAs", "prodId"),
    },
)

_NAMESPACE = uuid.UUID("5a0db0c5-0000-4000-8000-00000000ca4d")


@cache
def cards(login: str) -> tuple[dict[str, Any], ...]:
    """Every card of alice's or bob's address books."""
    told = tomllib.loads(Path(__file__).with_name("contacts.toml").read_text("utf-8"))
    return tuple(_card(entry) for entry in told.get(login, []))


def uid(key: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, key)}"


def _card(entry: dict[str, Any]) -> dict[str, Any]:
    """From one entry of TOML: `key`, `given`, `surname`, `org`, `emails` as {work = "..."}, and so on."""
    key = entry["key"]
    card: dict[str, Any] = {
        "id": f"C{hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()[:16]}",
        "addressBookIds": {entry.get("book", "Default"): True},
        "@type": "Card",
        "version": "1.0",
        "uid": uid(key),
        "kind": entry.get("kind", "individual"),
        "created": entry.get("created", "2021-03-01T09:00:00Z"),
        "updated": entry.get("updated", "2025-06-15T18:30:00Z"),
        "name": _name(entry),
    }
    if "members" in entry:
        card["members"] = dict.fromkeys(map(uid, entry["members"]), True)
    for name, member, values in (
        ("nicknames", "name", {"n": entry.get("nick")}),
        ("organizations", "name", {"o": entry.get("org")}),
        ("titles", "name", {"t": entry.get("title")}),
        ("notes", "note", {"n": entry.get("note")}),
        ("emails", "address", entry.get("emails", {})),
        ("phones", "number", entry.get("phones", {})),
    ):
        written = {label: _entry(member, label, value) for label, value in values.items() if value}
        if written:
            card[name] = written
    if "address" in entry:
        parts = [{"kind": kind, "value": value} for kind, value in entry["address"].items() if kind != "countryCode"]
        card["addresses"] = {"a": {"components": parts, "countryCode": entry["address"].get("countryCode", "CH")}}
    if "birthday" in entry:
        year, month, day = entry["birthday"]
        date = {"@type": "PartialDate", "year": year, "month": month, "day": day}
        card["anniversaries"] = {"b": {"kind": "birth", "date": date}}
    return card


def _name(entry: dict[str, Any]) -> dict[str, Any]:
    if "full" in entry:
        return {"full": entry["full"]}
    components = [{"kind": kind, "value": entry[kind]} for kind in ("given", "surname") if kind in entry]
    return {"components": components, "full": " ".join(part["value"] for part in components), "isOrdered": True}


def _entry(member: str, label: str, value: str) -> dict[str, Any]:
    """label: work, private or mobile, where it says something."""
    found: dict[str, Any] = {member: value}
    if label in {"work", "private"}:
        found["contexts"] = {label: True}
    if label == "mobile":
        found["features"] = {"mobile": True}
    return found
