"""The lenient reading of a tool's arguments, which models write in many ways.

An empty string, null or empty array for an optional argument counts as absent, and so does `[]` for all arguments.
Numbers and booleans in strings are taken, and a text for a list of one. Members that are no arguments are ignored and
named.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mailconnect.mcp.tool import ArgumentError, TakenArguments

_MAX_NAMED = 5
_LONGEST_NAME = 64
_ABSENT: tuple[Any, ...] = (None, "", [])
_KEPT = ("type", "description", "enum", "minimum", "maximum", "maxLength", "minItems", "maxItems", "default", "items")
_ERRORS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "int_from_float": "must be an integer",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be an array",
    "string_too_long": "may have at most {max_length} characters",
    "too_long": "may have at most {max_length} items",
    "too_short": "must have at least {min_length} items",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "may be at most {le}",
    "literal_error": "must be one of {expected}",
}


class LenientArguments(BaseModel):
    """The model of one tool's arguments. Each field has a description; an optional one defaults to None or a value."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True, populate_by_name=False
    )
    schema_of_arguments: ClassVar[Mapping[str, Any]] = {}
    nothing_given: ClassVar[TakenArguments | None] = None
    rule: ClassVar[str] = ""
    """A rule between arguments, as a sentence; `fits` checks it."""

    def fits(self) -> bool:
        return True

    @classmethod
    def input_schema(cls) -> Mapping[str, Any]:
        return cls.schema_of_arguments

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.schema_of_arguments = _schema(cls)
        cls.nothing_given = None if cls.schema_of_arguments.get("required") else TakenArguments(cls())

    @classmethod
    def take(cls, given: Any) -> TakenArguments:
        """Raises ArgumentError, whose text repeats no value."""
        if not given and cls.nothing_given is not None and cls.nothing_given.arguments.fits():
            return cls.nothing_given
        if given is None or given == []:
            given = {}
        if not isinstance(given, dict):
            raise ArgumentError("The arguments must be an object.")
        known = cls.schema_of_arguments["properties"]
        written = {name: _listed(value, known[name].get("type")) for name, value in given.items() if name in known}
        kept = {name: value for name, value in written.items() if not any(value == one for one in _ABSENT)}
        arguments = cls._validated(kept)
        if not arguments.fits():
            raise ArgumentError(cls.rule)
        return TakenArguments(arguments, tuple(_shown(name) for name in given if name not in known)[:_MAX_NAMED])

    @classmethod
    def _validated(cls, given: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ArgumentError(" ".join(_sentence(one) for one in error.errors()[:_MAX_NAMED])) from None


def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Plain JSON Schema: no titles, no $defs, no anyOf for what may be absent. Small clients and models read it."""
    made = model.model_json_schema(by_alias=True)
    objects = {f"#/$defs/{name}": one for name, one in made.get("$defs", {}).items()}
    properties = {name: _plain(one, objects) for name, one in made.get("properties", {}).items()}
    described = {"type": "object", "properties": properties}
    if required := made.get("required"):
        described["required"] = required
    return described


def _plain(described: Mapping[str, Any], objects: Mapping[str, Any]) -> Mapping[str, Any]:
    kinds = [one for one in described.get("anyOf", ()) if one.get("type") != "null"]
    whole = {**described, **(kinds[0] if kinds else {})}
    kept = {name: whole[name] for name in _KEPT if whole.get(name) is not None}
    if "items" in kept:
        kept["items"] = _item(kept["items"], objects)
    return kept


def _item(described: Mapping[str, Any], objects: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of an array. An object's members stand in it by their types alone."""
    if described.get("$ref") in objects:
        members = objects[described["$ref"]]["properties"]
        return {
            "type": "object",
            "properties": {name: {"type": _plain(one, {})["type"]} for name, one in members.items()},
        }
    return {name: value for name, value in described.items() if name in _KEPT}


def _listed(value: Any, kind: str) -> Any:
    if kind != "array" or isinstance(value, list):
        return value
    return [] if any(value == one for one in _ABSENT) else [value]


def _sentence(error: Any) -> str:
    place = [str(one) for one in error["loc"]]
    named = place[0] if len(place) == 1 else f"{place[0]}[{place[1]}]" if place else "arguments"
    context = error.get("ctx") or {}
    told = _ERRORS.get(error["type"], "does not fit its schema")
    return f"`{named}` {told.format_map({'max_length': '', 'min_length': '', **context})}."


def _shown(name: str) -> str:
    cut = name[:_LONGEST_NAME]
    return cut if cut.isascii() and cut.isprintable() else ascii(cut)[1:-1]
