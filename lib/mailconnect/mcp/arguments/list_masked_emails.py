"""The arguments of list_masked_emails."""

from typing import Annotated

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class ListMaskedEmails(LenientArguments):
    text: Annotated[
        str | None, Field(max_length=200, description="Only those whose address, site or description contains this.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many, the last used first.")] = 50
