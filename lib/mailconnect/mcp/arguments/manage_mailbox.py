"""The arguments of manage_mailbox."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from mailconnect.mcp.arguments.lenient import LenientArguments


class ManageMailbox(LenientArguments):
    rule: ClassVar[str] = (
        "create needs `name`; rename needs `mailbox` and `name`; move needs `mailbox` and `parent` (`/` for the top); "
        "delete needs `mailbox`."
    )

    action: Literal["create", "rename", "move", "delete"] = Field(description="delete: only an empty mailbox.")
    mailbox: Annotated[
        str | None, Field(max_length=255, description="Which: its mailboxId, path or name. Not for create.")
    ] = None
    name: Annotated[str | None, Field(max_length=255, description="The new name, without a slash.")] = None
    parent: Annotated[
        str | None,
        Field(max_length=255, description="The mailbox around it: mailboxId, path or name; / for the top."),
    ] = None

    def fits(self) -> bool:
        match self.action:
            case "create":
                return bool(self.name)
            case "rename":
                return bool(self.mailbox and self.name)
            case "move":
                return bool(self.mailbox and self.parent)
            case _:
                return bool(self.mailbox)
