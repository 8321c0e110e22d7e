"""What holds of the text of every result, whatever mail it shows."""

import re
import unicodedata
from typing import Any

LONGEST = 24_000
_INVISIBLE = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
_FILLERS = "\u115f\u1160\u3164\uffa0"
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""They may stand in some scripts and between emoji; tests of the sanitizer say where."""


def forbidden(text: str) -> set[str]:
    """What a person does not see, and a model does."""
    suspect = {one for one in set(text) - {"\n", "\t"} if unicodedata.category(one) in _INVISIBLE or one in _FILLERS}
    selectors = {one for one in text if "\ufe00" <= one <= "\ufe0f" or "\U000e0100" <= one <= "\U000e01ef"}
    return (suspect | selectors) - set(_JOINERS)


def inside_fences(text: str) -> list[str]:
    """The content of each fence. Fails where one is not closed, is nested, or a line of it has no bar."""
    blocks: list[list[str]] = []
    nonce = ""
    for line in text.split("\n"):
        opened, closed = re.fullmatch(r"<<mail (\w+)>>", line), re.fullmatch(r"<</mail (\w+)>>", line)
        if opened:
            assert not nonce
            nonce = opened[1]
            blocks.append([])
        elif closed:
            assert closed[1] == nonce
            nonce = ""
        elif nonce:
            assert line.startswith("│"), line
            assert not re.search(r"<\s*</?\s*mail", line), line
            blocks[-1].append(line.removeprefix("│").removeprefix(" "))
        else:
            assert not line.startswith("│"), line
    assert not nonce
    return ["\n".join(block) for block in blocks]


def text_of(result: dict[str, Any], *, longest: int = LONGEST) -> str:
    """Fails where the tool did, or the result is too long or has what must not reach a model."""
    text = str(result["content"][0]["text"])
    assert not result["isError"], text
    assert len(text) <= longest
    assert not forbidden(text), {hex(ord(one)) for one in forbidden(text)}
    return text
