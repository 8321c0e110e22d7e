"""The port by which a tool has an attachment read, away from every key."""

from typing import Protocol

from mailconnect.attachments.result import Result


class AttachmentReader(Protocol):
    """Reads in a process that has no key of this program, no setting and no way to the network that can be closed.

    Nothing of an attachment is kept, logged or written to a file. Every adapter passes
    tests/attachments/reader_contract.py.
    """

    @property
    def max_bytes(self) -> int:
        """The largest attachment that this adapter takes. Callers compare sizes with it before they download."""

    async def read(
        self, data: bytes, declared: str, name: str, *, offset: int = 0, characters: int | None = None
    ) -> Result:
        """The attachment's text from `offset` on, at most `characters` of it, or the image.

        `declared` is the part's Content-Type, `name` its file name; both only break ties, the content decides.
        Never raises, except asyncio.CancelledError. An attachment that is too large, unreadable or made to harm gives
        Unreadable; so do a process that dies, hangs or talks nonsense, and too many readers at once (`retry` is true).
        """
