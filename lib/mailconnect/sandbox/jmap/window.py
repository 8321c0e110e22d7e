"""The common part of every /query (RFC 8620 §5.5): the part of the result that is returned."""

from typing import Any

from mailconnect.sandbox.jmap.call import Call
from mailconnect.sandbox.jmap.errors import AnchorNotFound, InvalidArguments

ARGUMENTS = ("filter", "sort", "position", "anchor", "anchorOffset", "limit", "calculateTotal")


def windowed(call: Call, ids: list[str]) -> dict[str, Any]:
    """The answer to a query whose whole result is ids.  Raises InvalidArguments, AnchorNotFound."""
    position = call.number("position", 0, least=-(2**53))
    anchor, offset = call.string("anchor"), call.number("anchorOffset", 0, least=-(2**53))
    limit = call.number("limit", None)
    if position is None or offset is None:
        raise InvalidArguments("position and anchorOffset are numbers")
    if anchor is not None:
        if anchor not in ids:
            raise AnchorNotFound("the anchor is not in the result")
        position = max(0, ids.index(anchor) + offset)
    elif position < 0:
        position = max(0, len(ids) + position)
    end = len(ids) if limit is None else position + limit
    response = {
        "accountId": call.account_id,
        "queryState": call.store.state,
        "canCalculateChanges": False,
        "position": position,
        "ids": ids[position:end],
    }
    return {**response, "total": len(ids)} if call.flag("calculateTotal") else response


def comparators(call: Call) -> list[dict[str, Any]]:
    """Raises InvalidArguments."""
    given = call.arguments.get("sort")
    if given is None:
        return []
    if isinstance(given, list) and all(_is_comparator(each) for each in given):
        return given
    raise InvalidArguments("sort is a list of comparators", arguments=["sort"])


def _is_comparator(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("property"), str)
        and isinstance(value.get("isAscending", True), bool)
        and value.keys() <= {"property", "isAscending", "collation", "keyword"}
    )
