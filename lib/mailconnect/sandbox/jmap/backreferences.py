"""Arguments that refer to an earlier answer of the same request (RFC 8620 §3.7)."""

from typing import Any

from mailconnect.sandbox.jmap.errors import InvalidArguments, InvalidResultReference


def resolved(arguments: dict[str, Any], responses: list[list[Any]]) -> dict[str, Any]:
    """Raises InvalidArguments where an argument is given both ways, InvalidResultReference where nothing is found."""
    plain = {name: value for name, value in arguments.items() if not name.startswith("#")}
    for name, reference in arguments.items():
        if name.startswith("#"):
            if name[1:] in plain:
                raise InvalidArguments(f"{name[1:]} is given twice")
            plain[name[1:]] = _found(reference, responses)
    return plain


def _found(reference: object, responses: list[list[Any]]) -> Any:
    if not isinstance(reference, dict):
        raise InvalidResultReference("a reference is an object")
    for name, result, call_id in responses:
        if (call_id, name) == (reference.get("resultOf"), reference.get("name")):
            path = reference.get("path")
            if isinstance(path, str) and path.startswith("/"):
                return _evaluated(result, path[1:].split("/"))
    raise InvalidResultReference("no earlier answer is of that name and id")


def _evaluated(value: Any, steps: list[str]) -> Any:
    """RFC 6901, and * over a list, whose results are put into one list."""
    if not steps:
        return value
    step = steps[0].replace("~1", "/").replace("~0", "~")
    if isinstance(value, dict) and step in value:
        return _evaluated(value[step], steps[1:])
    if isinstance(value, list) and step == "*":
        gathered: list[Any] = []
        for item in value:
            found = _evaluated(item, steps[1:])
            gathered.extend(found if isinstance(found, list) else [found])
        return gathered
    if isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
        return _evaluated(value[int(step)], steps[1:])
    raise InvalidResultReference("the path leads nowhere")
