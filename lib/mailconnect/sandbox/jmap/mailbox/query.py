"""Mailbox/query (RFC 8621 §2.3)."""

from typing import Any

from mailconnect.sandbox.jmap import window
from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import InvalidArguments, UnsupportedFilter, UnsupportedSort
from mailconnect.sandbox.jmap.filters import Test, compiled
from mailconnect.sandbox.mail.boxes import Box


def mailbox_query(call: Call) -> dict[str, Any]:
    """Raises UnsupportedFilter where filterAsTree is asked for."""
    call.allow(*window.ARGUMENTS, "sortAsTree", "filterAsTree")
    if call.flag("filterAsTree"):
        raise UnsupportedFilter("filterAsTree is not offered here")

    def condition(name: str, value: Any) -> Test[Box]:
        match name, value:
            case "parentId", None | str():
                return lambda box: box.parent_id == value
            case "name", str():
                return lambda box: value.casefold() in box.name.casefold()
            case "role", None | str():
                return lambda box: box.role == value
            case "hasAnyRole", bool():
                return lambda box: (box.role is not None) is value
            case "isSubscribed", bool():
                return lambda box: box.is_subscribed is value
            case (("parentId" | "name" | "role" | "hasAnyRole" | "isSubscribed"), _):
                raise InvalidArguments(f"{name} cannot be that", arguments=["filter"])
            case _:
                raise UnsupportedFilter(f"there is no condition {name[:100]}")

    test = compiled(call.arguments.get("filter"), condition)
    found = [box for box in call.boxes if test(box)]
    for comparator in reversed(window.comparators(call)):
        if comparator["property"] not in {"name", "sortOrder"}:
            raise UnsupportedSort("this property cannot be sorted by")
        by_name, ascending = comparator["property"] == "name", comparator.get("isAscending", True)
        found.sort(key=lambda box: (box.name.casefold() if by_name else "", box.order), reverse=not ascending)
    if call.flag("sortAsTree"):
        boxes = call.provider.post.boxes(call.account)
        rank = {box.mailbox_id: number for number, box in enumerate(found)}
        found.sort(key=lambda box: [rank.get(one.mailbox_id, -1) for one in reversed(boxes.upwards(box.mailbox_id))])
    return window.windowed(call, [box.mailbox_id for box in found])
