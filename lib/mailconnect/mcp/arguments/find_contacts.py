"""The arguments of find_contacts."""

from typing import Annotated

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class FindContacts(LenientArguments):
    name: Annotated[str, Field(max_length=200, description="A name, organization or address, or a part of one.")]
    limit: Annotated[int, Field(ge=1, le=50, description="How many contacts.")] = 10
