"""Other people's words inside our sentences: on one line, without what steers a terminal or hides from the eye."""

import unicodedata
from collections.abc import Sequence

_HARMLESS = frozenset("\u200c\u200d")  # joiners: Persian, Indic scripts and emoji are misspelt without them
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def all_printable(texts: Sequence[str], *, longest: int = 255) -> Sequence[str]:
    """Each of them so: mostly they are as they come, which is seen of all at once."""
    together = "".join(texts)
    if together.isascii() and together.isprintable() and max(map(len, texts), default=0) <= longest:
        return texts
    return [printable(text, longest=longest) for text in texts]


def printable(text: str, *, longest: int = 255) -> str:
    """Control, bidirectional and invisible characters become U+FFFD, and what is longer than `longest` is cut."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(
        "\ufffd" if unicodedata.category(character) in _STEERING and character not in _HARMLESS else character
        for character in cut
    )
