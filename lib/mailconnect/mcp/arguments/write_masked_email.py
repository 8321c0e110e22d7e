"""The arguments of write_masked_email."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class WriteMaskedEmail(LenientArguments):
    rule: ClassVar[str] = "create needs `site`; enable and disable need `maskedEmailId`."

    action: Literal["create", "enable", "disable"] = Field(description="disable: what comes goes to the trash.")
    site: Annotated[
        str | None, Field(max_length=255, description="For create: the site it is for, such as example.com.")
    ] = None
    description: Annotated[str, Field(max_length=200, description="For create: what for.")] = ""
    prefix: Annotated[str, Field(max_length=64, description="For create: how the address begins.")] = ""
    another: Annotated[bool, Field(description="For create: also if the site has one already.")] = False
    maskedEmailId: Annotated[  # noqa: N815 -- as clients write it
        str | None, Field(max_length=255, description="From list_masked_emails, for the others.")
    ] = None

    def fits(self) -> bool:
        return bool(self.site if self.action == "create" else self.maskedEmailId)
