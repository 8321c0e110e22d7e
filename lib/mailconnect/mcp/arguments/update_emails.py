"""The arguments of update_emails."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from mailconnect.mcp.arguments.lenient import LenientArguments

Action = Literal["read", "unread", "flag", "unflag", "archive", "trash", "junk", "notJunk"]

_SAME: Mapping[str, Action] = {
    "markread": "read",
    "markasread": "read",
    "seen": "read",
    "markunread": "unread",
    "markasunread": "unread",
    "unseen": "unread",
    "flagged": "flag",
    "star": "flag",
    "pin": "flag",
    "unflagged": "unflag",
    "unstar": "unflag",
    "unpin": "unflag",
    "archived": "archive",
    "delete": "trash",
    "trashed": "trash",
    "bin": "trash",
    "spam": "junk",
    "notspam": "notJunk",
    "notjunk": "notJunk",
    "unspam": "notJunk",
}
_OPPOSITES = ({"read", "unread"}, {"flag", "unflag"}, {"junk", "notJunk"}, {"archive", "trash"})


def _action(written: Any) -> Any:
    """The words that models write for an action, where the meaning is not in doubt."""
    if not isinstance(written, str):
        return written
    bare = "".join(one for one in written.lower() if one.isalnum())
    return _SAME.get(bare, bare)


class UpdateEmails(LenientArguments):
    rule: ClassVar[str] = (
        "Give `emailIds` or `query`, and at least one of `actions`, `moveTo`, `addTo`, `removeFrom`. An email goes to "
        "one place: `archive`, `trash`, `junk` and `moveTo` exclude each other, and opposite actions do."
    )

    emailIds: Annotated[  # noqa: N815 -- as clients write it
        list[Annotated[str, Field(max_length=255)]] | None,
        Field(max_length=200, description="The emails, 1 to 200."),
    ] = None
    threads: Annotated[
        bool, Field(description="With emailIds: also the rest of their threads in the same mailbox.")
    ] = False
    query: Annotated[
        str | None,
        Field(max_length=500, description="Instead: all that it finds, as in search_emails; at most 200."),
    ] = None
    mailbox: Annotated[str | None, Field(max_length=255, description="With query: only in this mailbox.")] = None
    timeZone: Annotated[  # noqa: N815
        str | None, Field(max_length=64, description="With query: IANA time zone.")
    ] = None
    expectedTotal: Annotated[  # noqa: N815
        int | None,
        Field(ge=0, le=200, description="With query: the number that the first call gave."),
    ] = None
    actions: Annotated[
        list[Annotated[Action, BeforeValidator(_action)]] | None,
        Field(max_length=8, description="archive takes an email out of the inbox and keeps its labels."),
    ] = None
    moveTo: Annotated[  # noqa: N815
        str | None,
        Field(max_length=255, description="The mailbox (role, mailboxId, path or name) that replaces all others."),
    ] = None
    addTo: Annotated[  # noqa: N815
        list[Annotated[str, Field(max_length=255)]] | None,
        Field(max_length=10, description="Mailboxes (labels) to add, beside the others."),
    ] = None
    removeFrom: Annotated[  # noqa: N815
        list[Annotated[str, Field(max_length=255)]] | None,
        Field(max_length=10, description="Mailboxes (labels) to take away."),
    ] = None

    def fits(self) -> bool:
        actions = {*(self.actions or ())}
        places = [one for one in ("archive", "trash", "junk") if one in actions] + (
            [self.moveTo] if self.moveTo else []
        )
        asks = bool(actions or self.moveTo or self.addTo or self.removeFrom)
        by_query = bool(self.query or self.mailbox)
        return (
            asks
            and bool(self.emailIds) is not by_query
            and (by_query or not self.expectedTotal)
            and not (by_query and self.threads)
            and len(places) <= 1
            and not any(one <= actions for one in _OPPOSITES)
        )
