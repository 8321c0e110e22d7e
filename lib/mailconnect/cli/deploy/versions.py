"""The published versions behind the doors' aliases: the one that runs, the one before it, and the way between them.

Each version of ours has a snapshot that is paid for, so those before the last two are deleted.
"""

from typing import Any

DOORS = ("oauth", "web", "mcp")
ALIAS = "live"


def others(lambda_: Any, function: str) -> tuple[int, list[int]]:
    """The version that runs, and the others, the newest first."""
    running = int(lambda_.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"])
    pages = lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"].isdigit()]
    return running, sorted({*numbers} - {running}, reverse=True)


def back(lambda_: Any, stack: str) -> dict[str, tuple[int, int]]:
    """Lets each door run what ran before, at once: from which version to which. A door without another stays."""
    moved = {}
    for door in DOORS:
        function = f"{stack}-{door}"
        running, rest = others(lambda_, function)
        earlier = [number for number in rest if number < running]
        if earlier:
            lambda_.update_alias(FunctionName=function, Name=ALIAS, FunctionVersion=str(earlier[0]))
            moved[door] = (running, earlier[0])
    return moved


def prune(lambda_: Any, stack: str) -> int:
    """Deletes all but the one that runs and the newest of the others. How many were deleted."""
    deleted = 0
    for door in DOORS:
        function = f"{stack}-{door}"
        _, rest = others(lambda_, function)
        for number in rest[1:]:
            lambda_.delete_function(FunctionName=function, Qualifier=str(number))
            deleted += 1
    return deleted
