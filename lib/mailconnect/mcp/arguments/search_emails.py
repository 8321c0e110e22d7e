"""The arguments of search_emails."""

from typing import Annotated, Literal

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class SearchEmails(LenientArguments):
    query: Annotated[
        str,
        Field(
            max_length=500,
            description=(
                "As in Gmail: from: to: cc: with: subject: body: in: is: has:attachment filename: larger: list: "
                "after:2026-11-02 newer_than:7d, - for not, OR, (), quotes, me. Empty: the newest emails."
            ),
        ),
    ] = ""
    mailbox: Annotated[
        str | None, Field(max_length=255, description="Only in this mailbox: its role, mailboxId, path or name.")
    ] = None
    timeZone: Annotated[  # noqa: N815 -- as clients write it
        str | None,
        Field(max_length=64, description="IANA time zone of the person, for days and shown times."),
    ] = None
    order: Annotated[Literal["newest", "oldest"], Field(description="Which come first.")] = "newest"
    collapse: Annotated[bool, Field(description="One hit for each thread.")] = True
    limit: Annotated[int, Field(ge=1, le=50, description="How many hits.")] = 15
    cursor: Annotated[
        str | None, Field(max_length=500, description="From the previous page, with the same other arguments.")
    ] = None
