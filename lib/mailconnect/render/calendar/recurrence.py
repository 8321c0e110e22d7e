"""A recurrence rule in words (RFC 5545 §3.3.10): "every 2 weeks on Monday and Wednesday, 10 times"."""

import re

_UNITS = {
    "SECONDLY": "second",
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second last"}
_MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
_MONTHS += ["August", "September", "October", "November", "December"]
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER = re.compile(r"-?[0-9]{1,5}")
_LONGEST = 1_000


def in_words(rule: str) -> str:
    """It is "repeats by a rule" where the rule cannot be read."""
    parts = dict(part.split("=", 1) for part in rule[:_LONGEST].upper().split(";") if "=" in part)
    unit = _UNITS.get(parts.get("FREQ", "").strip())
    if unit is None:
        return "repeats by a rule"
    interval = parts.get("INTERVAL", "1")
    words = f"every {interval} {unit}s" if _is_number(interval) and interval != "1" else f"every {unit}"
    days = [_day(found[1], found[2]) for found in _DAY.finditer(parts.get("BYDAY", "")[:100])]
    if days:
        words += f" on {_listed(days)}"
    dates = [number for number in parts.get("BYMONTHDAY", "").split(",")[:31] if _is_number(number)]
    if dates:
        words += " on day " + _listed(["the last" if number == "-1" else number for number in dates])
    months = [number for number in parts.get("BYMONTH", "").split(",")[:12] if _is_number(number)]
    named = [_MONTHS[int(number) - 1] for number in months if 1 <= int(number) <= 12]
    if named:
        words += f" in {_listed(named)}"
    until = _UNTIL.match(parts.get("UNTIL", ""))
    if until:
        words += f", until {until[1]}-{until[2]}-{until[3]}"
    elif _is_number(parts.get("COUNT", "")):
        words += f", {parts['COUNT']} times"
    return words


def _day(ordinal: str | None, day: str) -> str:
    if not ordinal:
        return _DAYS[day]
    return f"the {_ORDINALS.get(int(ordinal), f'{int(ordinal)}th')} {_DAYS[day]}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None
