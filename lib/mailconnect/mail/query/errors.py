"""Why a query cannot be searched with."""


class QueryError(ValueError):
    """`text` is for a model: what is wrong, and how to write it instead. `position` counts characters from 1.

    The text repeats words of the query and names of mailboxes. They are mail content: it never goes into a log.
    """

    def __init__(self, text: str, position: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.position = position

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


def shown(text: str, longest: int = 40) -> str:
    """A piece of the query as an error repeats it."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(character if character.isprintable() else "?" for character in cut)
