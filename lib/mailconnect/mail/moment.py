"""Instants as the owner's clock shows them."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_LONGEST = 64

_ABBREVIATIONS: Final = {
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "mdt": "America/Denver",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "edt": "America/New_York",
    "bst": "Europe/London",
    "cest": "Europe/Berlin",
    "mez": "Europe/Berlin",
    "mesz": "Europe/Berlin",
    "eest": "Europe/Helsinki",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "aest": "Australia/Sydney",
    "z": "UTC",
}


class UnknownZone(ValueError):
    """`text` is for a model: it names the nearest zone."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name, in any letters' case. Raises UnknownZone."""
    if len(name) <= _LONGEST and _NAME.fullmatch(name):
        zone = _zone(name) or _zone(_folded().get(name.casefold(), ""))
        if zone:
            return zone
    raise UnknownZone(_unknown("".join(letter if letter.isprintable() else "?" for letter in name[:_LONGEST])))


def printed(instant: datetime, zone: ZoneInfo) -> str:
    """`2026-11-30 09:12+01:00`. `instant` has an offset. Offsets are whole minutes: seconds, as of 1890, are cut."""
    local = instant.astimezone(zone)
    offset = local.utcoffset()
    minutes = 0 if offset is None else int(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{local:%Y-%m-%d %H:%M}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as `Europe`
        return None


@cache
def _names() -> tuple[str, ...]:
    """Those of the tzdata package: the system's folder would have to be read file by file."""
    from importlib.resources import files  # noqa: PLC0415 -- 10 ms, for an error alone

    return tuple(files("tzdata").joinpath("zones").read_text(encoding="ascii").split())


@cache
def _folded() -> dict[str, str]:
    return {name.casefold(): name for name in _names()}


def _unknown(name: str) -> str:
    folded = name.strip().casefold().replace(" ", "_")
    near = _ABBREVIATIONS.get(folded) or _city(folded, _names()) or _close(folded)
    if near:
        return f"There is no time zone `{name}`; did you mean `{near}`?"
    return f"There is no time zone `{name}`; write an IANA name such as `Europe/Berlin`, `America/New_York` or `UTC`."


def _city(folded: str, names: Iterable[str]) -> str | None:
    return next((name for name in names if name.casefold().rpartition("/")[2] == folded.rpartition("/")[2]), None)


def _close(folded: str) -> str | None:
    if any(name.startswith(f"{folded}/") for name in _folded()):
        return None
    from difflib import get_close_matches  # noqa: PLC0415 -- for an error alone

    close = get_close_matches(folded, tuple(_folded()), n=1, cutoff=0.7)
    if not close:
        cities = {name.rpartition("/")[2]: name for name in _folded()}
        found = get_close_matches(folded, tuple(cities), n=1, cutoff=0.8)
        close = [cities[found[0]]] if found else []
    return _folded()[close[0]] if close else None
