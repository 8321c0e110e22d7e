"""Other people's words inside our sentences: on one line, without what steers a terminal or hides from the eye."""

import unicodedata

_HARMLESS = frozenset("\u200c\u200d")  # joiners: Persian, Indic scripts and emoji are misspelt without them
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str, *, longest: int = 255) -> str:
    """Control, bidirectional and invisible characters become U+FFFD, and what is longer than `longest` is cut."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    if cut.isascii() and cut.isprintable():
        return cut
    return "".join(
        "\ufffd" if unicodedata.category(character) in _STEERING and character not in _HARMLESS else character
        for character in cut
    )
