"""What request_access takes."""

from typing import Annotated, Literal

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class RequestAccess(LenientArguments):
    scope: Annotated[
        Literal[
            "session:read",
            "mailboxes:read",
            "emails:metadata",
            "emails:read",
            "contacts:read",
            "emails:organize",
            "mailboxes:write",
            "drafts:write",
            "emails:send",
            "masked:read",
            "masked:write",
        ]
        | None,
        Field(description="The permission that is needed. Without it, all that are missing are named."),
    ] = None
