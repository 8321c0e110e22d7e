"""The templates of this checkout: which parameters there are to answer, and what each takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailconnect.cli.subcommand import CommandFailed

SERVICE = Path("template.yaml")
STATE = Path("infra/state.yaml")
ALARMS = Path("infra/observability.yaml")
OF_ALARMS = ("AlarmEmail", "MonthlyBudget")
"""Those of its parameters that an operator answers."""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    description: str
    default: str
    allowed: tuple[str, ...]
    pattern: str | None
    longest: int | None
    least: int | None
    maximum: int | None

    def wrong(self, value: str) -> str | None:
        """Why CloudFormation would refuse it, or None."""
        if self.allowed and value not in self.allowed:
            return f"{self.name} is one of {', '.join(self.allowed)}"
        if self.least is not None and self.maximum is not None and not _within(value, self.least, self.maximum):
            return f"{self.name} is a number from {self.least} to {self.maximum}"
        if self.longest is not None and len(value) > self.longest:
            return f"{self.name} has at most {self.longest} characters"
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            return f"{self.name} cannot be {value!r}: it has to match {self.pattern}"
        return None


def parameters() -> dict[str, Parameter]:
    """Of the service, then of its alarms, in their order. Raises CommandFailed."""
    asked = {name: _parameter(name, one) for name, one in _document(SERVICE)["Parameters"].items()}
    alarms = _document(ALARMS)["Parameters"]
    return asked | {name: _parameter(name, alarms[name]) for name in OF_ALARMS}


def _within(value: str, least: int, maximum: int) -> bool:
    return re.fullmatch(r"-?[0-9]{1,12}", value) is not None and least <= int(value) <= maximum


def _document(path: Path) -> dict[str, Any]:
    try:
        import yaml  # type: ignore[import-untyped]  # noqa: PLC0415 - of the development tools, which a build needs too
    except ImportError:
        raise CommandFailed("Deploying needs the development tools: run make test once") from None

    class Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """CloudFormation's own tags are of no interest here."""

    Plain.add_multi_constructor("!", lambda *_: None)
    if not path.exists():
        raise CommandFailed(f"{path} is not here: deploy from the folder of a checkout")
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Plain)  # noqa: S506 - a safe loader
    return document


def _parameter(name: str, told: Mapping[str, Any]) -> Parameter:
    number = told["Type"] == "Number"
    return Parameter(
        name=name,
        description=" ".join(str(told.get("Description", "")).split()),
        default=str(told.get("Default", "")),
        allowed=tuple(map(str, told.get("AllowedValues", ()))),
        pattern=told.get("AllowedPattern"),
        longest=told.get("MaxLength"),
        least=told.get("MinValue") if number else None,
        maximum=told.get("MaxValue") if number else None,
    )
