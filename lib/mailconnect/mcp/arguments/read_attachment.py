"""The arguments of read_attachment."""

from typing import Annotated

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class ReadAttachment(LenientArguments):
    emailId: Annotated[str, Field(max_length=255, description="The email it belongs to.")]  # noqa: N815
    attachmentId: Annotated[  # noqa: N815
        str | None, Field(max_length=255, description="As read_emails names it; left out, the only one.")
    ] = None
    offset: Annotated[int, Field(ge=0, le=10_000_000_000, description="Reads on where the text was cut.")] = 0
    maxCharacters: Annotated[  # noqa: N815
        int, Field(ge=1000, le=60_000, description="The longest text.")
    ] = 20_000
