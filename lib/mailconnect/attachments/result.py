"""The result of reading an attachment: text, one image, or the reason why there is neither."""

from typing import NamedTuple


class AttachmentText(NamedTuple):
    """A stretch of an attachment's text. The repr tells nothing of it.

    `kind` says what the attachment is, in words, such as `PDF`. `next_offset` reads on, and is None at the end.
    `total` counts the characters of the whole text, and is None where counting them would cost as much as reading on.
    `notes` are sentences of ours about the text, and quote nothing of it.
    """

    kind: str
    text: str
    offset: int
    next_offset: int | None
    total: int | None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "AttachmentText(…)"


class AttachmentImage(NamedTuple):
    """An image as it was attached. `media_type` is by its content; sizes in pixels. The repr tells nothing of it."""

    media_type: str
    data: bytes
    width: int
    height: int

    def __repr__(self) -> str:
        return "AttachmentImage(…)"


class Unreadable(NamedTuple):
    """`reason`: whole sentences in plain words, which quote nothing of the attachment.

    `retry`: the cause is ours and passes, so that the same call may succeed a moment later.
    """

    reason: str
    retry: bool = False


Result = AttachmentText | AttachmentImage | Unreadable
