"""The arguments of request_access: the name of a scope that there is."""

from typing import Any, Literal

from pydantic import Field, create_model

from mailconnect.mcp.arguments.lenient import LenientArguments

_DESCRIPTION = "The permission that is needed. Without it, all that are missing are named."


def request_access(scopes: tuple[str, ...]) -> type[LenientArguments]:
    named: Any = Literal[scopes] | None
    return create_model(
        "RequestAccess", __base__=LenientArguments, scope=(named, Field(default=None, description=_DESCRIPTION))
    )
