"""The arguments of read_emails."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class ReadEmails(LenientArguments):
    rule: ClassVar[str] = "Give either `emailIds` or `threadId`; `offset` goes with one emailId."

    emailIds: Annotated[  # noqa: N815 -- as clients write it
        list[Annotated[str, Field(max_length=255)]] | None,
        Field(max_length=10, description="The emails to read, 1 to 10."),
    ] = None
    threadId: Annotated[  # noqa: N815
        str | None, Field(max_length=255, description="Instead: a whole thread, newest email first.")
    ] = None
    skip: Annotated[int, Field(ge=0, le=4096, description="Of a thread: how many of the newest to pass over.")] = 0
    body: Annotated[
        Literal["new", "full", "none"],
        Field(description="new: without quoted older text and signature; full: all of it; none: headers alone."),
    ] = "new"
    maxCharacters: Annotated[  # noqa: N815
        int, Field(ge=1000, le=60_000, description="The longest answer in all.")
    ] = 24_000
    offset: Annotated[int, Field(ge=0, le=10_000_000, description="Reads on where a body was cut.")] = 0
    links: Annotated[
        Literal["none", "hosts", "full"], Field(description="How links are listed: hosts, or full addresses.")
    ] = "hosts"
    timeZone: Annotated[  # noqa: N815
        str | None, Field(max_length=64, description="IANA name, for shown times. Default: UTC.")
    ] = None

    def fits(self) -> bool:
        if self.threadId is not None:
            return not self.emailIds and not self.offset
        return bool(self.emailIds) and (not self.offset or len(self.emailIds or ()) == 1)
