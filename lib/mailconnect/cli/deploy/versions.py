"""The published versions behind the functions' aliases: the one that runs, the one before it, and the way between them.

Each version of ours has a snapshot that is paid for, so those before the last two are deleted. What was taken back is
marked by an alias, so that nobody goes back to it later.
"""

from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

ENTRY_POINTS = ("oauth", "web", "mcp")
ALIAS = "live"
TAKEN_BACK = "taken-back"


def back(lambda_: Any, stack: str) -> dict[str, tuple[int, int]]:
    """Lets each function run what ran before, at once: from which version to which. One without another stays."""
    moved = {}
    for entry_point in ENTRY_POINTS:
        function = f"{stack}-{entry_point}"
        running, rest = _others(lambda_, function)
        earlier = [number for number in rest if number < running and number != _of_alias(lambda_, function, TAKEN_BACK)]
        if earlier:
            lambda_.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=str(earlier[0]))
            _mark(lambda_, function, running)
            moved[entry_point] = (running, earlier[0])
    return moved


def prune(lambda_: Any, stack: str) -> int:
    """Deletes all but the one that runs and the newest that was not taken back. How many were deleted."""
    deleted = 0
    for entry_point in ENTRY_POINTS:
        function = f"{stack}-{entry_point}"
        running, rest = _others(lambda_, function)
        marked = _of_alias(lambda_, function, TAKEN_BACK)
        if marked is not None and marked != running:
            lambda_.delete_alias(FunctionName=function, Name=TAKEN_BACK)
        good = [number for number in rest if number != marked]
        for number in (*good[1:], *([marked] if marked in rest else [])):
            lambda_.delete_function(FunctionName=function, Qualifier=str(number))
            deleted += 1
    return deleted


def _others(lambda_: Any, function: str) -> tuple[int, list[int]]:
    """The version that runs, and the others, the newest first."""
    running = int(lambda_.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"])
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"].isdigit()]
    return running, sorted({*numbers} - {running}, reverse=True)


def _of_alias(lambda_: Any, function: str, name: str) -> int | None:
    try:
        return int(lambda_.get_alias(FunctionName=function, Name=name)["FunctionVersion"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return None
        raise


def _mark(lambda_: Any, function: str, number: int) -> None:
    alias = {"FunctionName": function, "Name": TAKEN_BACK, "FunctionVersion": str(number)}
    if _of_alias(lambda_, function, TAKEN_BACK) is None:
        lambda_.create_alias(**alias)
    else:
        lambda_.update_alias(**alias)
