"""The arguments of write_draft."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from mailconnect.mcp.arguments.lenient import LenientArguments

_People = list[Annotated[str, Field(max_length=400)]]


class Attach(BaseModel):
    """One of two: a file of an email, or a text."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    emailId: Annotated[str | None, Field(max_length=255)] = None  # noqa: N815 -- as clients write it
    attachmentId: Annotated[str | None, Field(max_length=255)] = None  # noqa: N815
    name: Annotated[str | None, Field(max_length=255)] = None
    text: Annotated[str | None, Field(max_length=200_000)] = None

    def is_part(self) -> bool:
        return bool(self.emailId and self.attachmentId) and self.text is None

    def is_text(self) -> bool:
        return bool(self.name) and self.text is not None and not self.emailId


class WriteDraft(LenientArguments):
    rule: ClassVar[str] = (
        "reply, replyAll and forward need `emailId`, replace needs `draftId`, new needs neither. Each item of `attach` "
        "has either emailId and attachmentId, or name and text."
    )

    mode: Annotated[
        Literal["new", "reply", "replyAll", "forward", "replace"],
        Field(description="replace: edit a draft; what is not given stays."),
    ] = "new"
    emailId: Annotated[  # noqa: N815
        str | None, Field(max_length=255, description="The email to answer or forward.")
    ] = None
    draftId: Annotated[str | None, Field(max_length=255, description="The draft to replace.")] = None  # noqa: N815
    to: Annotated[
        _People | None, Field(max_length=50, description="`Ann <ann@x.org>` or `ann@x.org`. Answers know theirs.")
    ] = None
    cc: Annotated[_People | None, Field(max_length=50, description='["none"] empties it.')] = None
    bcc: Annotated[_People | None, Field(max_length=50, description='["none"] empties it.')] = None
    subject: Annotated[str | None, Field(max_length=500, description="Answers know theirs.")] = None
    body: Annotated[
        str | None,
        Field(max_length=50_000, description="Markdown: the new text alone."),
    ] = None
    sender: Annotated[
        str | None, Field(max_length=320, alias="from", description="One of list_identities. Mostly left out.")
    ] = None
    signature: Annotated[bool, Field(description="Add the person's signature.")] = True
    quote: Annotated[bool, Field(description="Quote the email that is answered.")] = True
    keepAttachments: Annotated[bool, Field(description="Of forward and replace.")] = True  # noqa: N815
    attach: Annotated[
        list[Attach] | None,
        Field(max_length=20, description="Each {emailId, attachmentId} or {name, text}."),
    ] = None
    idempotencyKey: Annotated[  # noqa: N815
        str | None, Field(max_length=200, description="One key, one draft.")
    ] = None

    def fits(self) -> bool:
        answers = self.mode in {"reply", "replyAll", "forward"}
        if answers != (self.emailId is not None) or (self.mode == "replace") != (self.draftId is not None):
            return False
        return all(one.is_part() or one.is_text() for one in self.attach or ())
