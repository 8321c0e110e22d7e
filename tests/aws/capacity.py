"""What a client's calls to DynamoDB consume: by operation, as DynamoDB itself counts it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mailconnect.store.dynamodb.conversion import Attribute, Item


@dataclass(frozen=True, slots=True)
class Consumed:
    """`units` are read units of a read and write units of a write, those of the indexes included."""

    operation: str
    table: str
    units: float


@contextlib.contextmanager
def counted(client: Any) -> Iterator[list[Consumed]]:
    calls: list[Consumed] = []

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "INDEXES"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        consumed = parsed.get("ConsumedCapacity", {})
        calls.append(
            Consumed(model.name, consumed.get("TableName", "").split("-")[0], consumed.get("CapacityUnits", 0))
        )

    client.meta.events.register("before-parameter-build.dynamodb.*", ask)
    client.meta.events.register("after-call.dynamodb.*", note)
    yield calls
    client.meta.events.unregister("before-parameter-build.dynamodb.*", ask)
    client.meta.events.unregister("after-call.dynamodb.*", note)


def size(item: Item) -> int:
    """Bytes, as DynamoDB counts them (developer guide, "DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Attribute) -> int:
    ((tag, content),) = value.items()
    match tag:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.strip("0").lstrip("-")) // 2 + 2
        case "B":
            return len(content)
        case "L":
            return 3 + sum(1 + _value_size(member) for member in content)
    raise AssertionError(tag)
