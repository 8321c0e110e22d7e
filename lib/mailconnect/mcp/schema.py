"""Checks a tool's arguments by its input schema: the few keywords of JSON Schema that our tools use."""

from collections.abc import Iterator, Mapping
from typing import Any

KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "enum", "maxLength"})
"""What is checked here; annotations such as `description` need no checking. A test holds our tools to these."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


def complaints(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
    """Sentences for the model that sent the arguments; none if they fit.

    A null for what is not required passes as if it were left out: models write it where they mean nothing.
    """
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    found = [f"`{name}` is missing." for name in required if arguments.get(name) is None]
    for name, value in arguments.items():
        if name in properties:
            if value is not None:
                found.extend(_mismatches(name, value, properties[name]))
        elif schema.get("additionalProperties") is False:
            known = ", ".join(f"`{known}`" for known in properties) or "none"
            found.append(f"{name[:64]!r} is not an argument; there are: {known}.")
    return found


def _mismatches(name: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    kind = str(schema.get("type"))
    types = _TYPES.get(kind, (object,))
    if not isinstance(value, types) or (isinstance(value, bool) and int in types):
        yield f"`{name}` must be of type {kind}."
    elif "enum" in schema and value not in schema["enum"]:
        yield f"`{name}` must be one of {', '.join(map(str, schema['enum']))}."
    elif isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield f"`{name}` may have at most {schema['maxLength']} characters."
