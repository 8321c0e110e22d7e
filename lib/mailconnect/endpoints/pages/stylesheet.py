"""The stylesheet: the operator's accent, the typeface, and the rules of static/style.css.

The typeface is inside it: a file of its own would be one more invocation on Lambda, and the text would move when it
arrives.
"""

import base64
import re
from functools import cache
from pathlib import Path

from mailconnect.endpoints.pages.accent import accent

STATIC = Path(__file__).parent / "static"


def stylesheet(chosen: str, *, face: bool = True) -> bytes:
    """`chosen` is the accent colour. `face`: with the typeface, which other languages than English do not use."""
    colours = accent(chosen)
    return (
        f":root{{--accent:{colours.light};--stamp:{colours.stamp};--edge-blue:{colours.stamp};--stamp-paper:#dfe6ee}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{colours.dark};--stamp-paper:#d5deea}}}}\n"
        f"{_typeface() if face else ''}{_rules()}"
    ).encode()


@cache  # a process asks for every endpoint that shows pages
def _typeface() -> str:
    font = base64.b64encode((STATIC / "besley.woff2").read_bytes()).decode()
    return f'@font-face{{font-family:Besley;src:url(data:font/woff2;base64,{font})format("woff2")}}\n'


@cache
def _rules() -> str:
    return tightened((STATIC / "style.css").read_text("utf-8"))


def tightened(rules: str) -> str:
    """Without comments and spaces that mean nothing: a page with all that it loads is held to a budget."""
    without_comments = re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL)
    in_one_line = re.sub(r"\s+", " ", without_comments)
    tight = re.sub(r"(?<=[{};,]) | (?=[{}])", "", in_one_line).replace(";}", "}").strip()
    return re.sub(r'(?<!"): ', ":", tight)  # but for a text of two characters, which is shown
