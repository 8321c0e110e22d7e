"""Why a draft cannot be written as it was asked for."""


class Unwritable(ValueError):
    """`text` is for a model: what is wrong, and what to do instead. It repeats no word of a mailbox."""

    def __init__(self, text: str) -> None:
        super().__init__("a draft that cannot be written")
        self.text = text
