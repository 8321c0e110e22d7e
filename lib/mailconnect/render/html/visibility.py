"""Whether an element's own attributes hide its text. Style sheets are not read: classes may hide more."""

import re
from dataclasses import dataclass, field, replace

_COMMENT = re.compile(r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/|\Z)")
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?|\\(.)", re.IGNORECASE | re.DOTALL)
_LENGTH = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))\s*(px|pt|pc|em|ex|ch|rem|%|vw|vh|cm|mm|in|q)?", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*([\d.]+%?))?\s*\)")
_LONGEST_STYLE = 4_096
_MAX_DECLARATIONS = 64
_PIXELS = {"pt": 1.333, "pc": 16.0, "cm": 37.8, "mm": 3.78, "in": 96.0, "q": 0.945}
_FONT_RELATIVE = frozenset({"em", "ex", "ch", "%"})
_OFF_SCREEN = -300.0  # pixels
_NAMED = {
    "white": "ffffff",
    "black": "000000",
    "transparent": "",
    "red": "ff0000",
    "silver": "c0c0c0",
    "gray": "808080",
}


@dataclass(frozen=True, slots=True)
class Look:
    """The look of an element's text, as far as this and the elements around it say inline."""

    gone: bool = False  # with all that is inside
    tiny: bool = False  # letters of at most one pixel
    invisible: bool = False  # visibility
    color: str | None = None  # six hexadecimal digits, "" for transparent, None for unknown
    background: str | None = None

    hides: bool = field(init=False)

    def __post_init__(self) -> None:
        hides = self.gone or self.tiny or self.invisible or self.color == "" or self._blends
        object.__setattr__(self, "hides", hides)

    @property
    def _blends(self) -> bool:
        """Also nearly the same colour: no channel differs by more than 8 of 255."""
        if not self.color or not self.background:
            return False
        return all(
            abs(int(self.color[at : at + 2], 16) - int(self.background[at : at + 2], 16)) <= 8 for at in (0, 2, 4)
        )


def look(around: Look, given: dict[str, str]) -> Look:
    """`around` is the parent's look, `given` the element's attributes."""
    now = around
    if "hidden" in given:
        now = replace(now, gone=True)
    if given.get("bgcolor"):
        now = replace(now, background=_color(given["bgcolor"].lower()))
    if given.get("background"):
        now = replace(now, background=None)
    if given.get("color"):
        now = replace(now, color=_color(given["color"].lower()))
    style = given.get("style")
    return _styled(now, style) if style else now


def _styled(now: Look, style: str) -> Look:
    said = declarations(style)
    gone = now.gone or _is_gone(said)
    tiny, invisible = now.tiny, now.invisible
    size = said.get("font-size") or _size_of_font(said.get("font", ""))
    if size:
        tiny = _is_tiny(size, around=tiny)
    if "visibility" in said:
        invisible = said["visibility"] in ("hidden", "collapse")
    color, background = now.color, now.background
    painted = said.get("-webkit-text-fill-color") or said.get("color")
    if painted and painted not in ("inherit", "currentcolor"):
        color = _color(painted)
    drawn = said.get("background-color") or said.get("background")
    if drawn and drawn not in ("transparent", "none", "inherit"):
        background = _color(drawn.split(" ", 1)[0]) if "url(" not in drawn and "gradient" not in drawn else None
    if "background-image" in said and said["background-image"] != "none":
        background = None
    return Look(gone, tiny, invisible, color, background)


def declarations(style: str) -> dict[str, str]:
    """Properties in lower case, without comments, escapes and `!important`; the last of a property counts."""
    text = style[:_LONGEST_STYLE]
    if "/*" in text:
        text = _COMMENT.sub("", text)
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    said: dict[str, str] = {}
    for one in text.lower().split(";")[:_MAX_DECLARATIONS]:
        name, colon, value = one.partition(":")
        if colon:
            said[name.strip()] = value.replace("!important", "").replace("! important", "").strip()
    return said


def _unescaped(found: re.Match[str]) -> str:
    if found[1] is None:
        return str(found[2])
    code = int(found[1], 16)
    return chr(code) if 0 < code < 0xD800 else ""


def _is_gone(said: dict[str, str]) -> bool:
    # Not `mso-hide:all`: it hides from Outlook alone, and is on every button that Outlook gets another way.
    if said.get("display") == "none" or said.get("content-visibility") == "hidden":
        return True
    if "opacity" in said and _number(said["opacity"], 1.0) <= 0.05:
        return True
    if "opacity(0" in said.get("filter", "").replace(" ", "") and "opacity(0." not in said["filter"].replace(" ", ""):
        return True
    if any(name in said and _is_zero(said[name]) for name in ("max-height", "max-width")):
        return True
    if said.get("overflow", said.get("overflow-y", "")) in ("hidden", "clip") and any(
        name in said and _is_zero(said[name]) for name in ("height", "width", "line-height")
    ):
        return True
    if _pixels(said.get("text-indent", "")) <= _OFF_SCREEN:
        return True
    if said.get("position") in ("absolute", "fixed", "relative") and any(
        _pixels(said.get(side, "")) <= _OFF_SCREEN for side in ("left", "right", "top", "bottom")
    ):
        return True
    if any(_pixels(said.get(side, "")) <= _OFF_SCREEN for side in ("margin-left", "margin-top")):
        return True
    return _is_clipped(said)


def _is_clipped(said: dict[str, str]) -> bool:
    clip = said.get("clip", "").replace(" ", "").replace(",", "")
    if clip.startswith("rect(") and not clip[5:-1].replace("px", "").strip("01"):
        return True
    path = said.get("clip-path", "").replace(" ", "")
    if path.startswith(("inset(50%", "inset(100%", "circle(0", "polygon(00", "polygon(0000")):
        return True
    transform = said.get("transform", "").replace(" ", "")
    if any(shrunk in transform for shrunk in ("scale(0)", "scale(0,", "scalex(0)", "scaley(0)")):
        return True
    moved = transform.find("translate")
    return moved >= 0 and _pixels(transform[moved:].partition("(")[2]) <= _OFF_SCREEN


def _size_of_font(font: str) -> str:
    """The size in `font: italic 0/0 Arial`: the first length."""
    return next((word.split("/")[0] for word in font.split()[:6] if word[:1].isdigit() or word[:1] == "."), "")


def _is_tiny(size: str, *, around: bool) -> bool:
    found = _LENGTH.match(size)
    if found is None:
        return around and size in ("inherit", "larger", "smaller", "unset")
    number, unit = float(found[1]), (found[2] or "px").lower()
    if unit in _FONT_RELATIVE:
        return around or number <= (5 if unit == "%" else 0.05)
    return number * (16.0 if unit == "rem" else _PIXELS.get(unit, 1.0)) <= 1.0


def _is_zero(length: str) -> bool:
    """Nothing, or at most one pixel."""
    found = _LENGTH.match(length)
    return found is not None and (float(found[1]) == 0 or 0 < _pixels(length) <= 1)


def _pixels(length: str) -> float:
    """About; 0 where it is no length."""
    found = _LENGTH.match(length)
    if found is None:
        return 0.0
    unit = (found[2] or "px").lower()
    return float(found[1]) * (
        16.0 if unit in ("em", "rem") else 8.0 if unit in ("%", "vw", "vh") else _PIXELS.get(unit, 1.0)
    )


def _number(text: str, otherwise: float) -> float:
    found = _LENGTH.match(text)
    if found is None:
        return otherwise
    return float(found[1]) / (100.0 if found[2] == "%" else 1.0)


def _color(text: str) -> str | None:
    if text.startswith("#") and len(text) in (4, 7):
        digits = text[1:] if len(text) == 7 else "".join(digit * 2 for digit in text[1:])
        return digits if all(digit in "0123456789abcdef" for digit in digits) else None
    found = _RGB.match(text)
    if found:
        if found[4] is not None and _number(found[4], 1.0) <= 0.05:
            return ""
        return "".join(f"{min(int(part), 255):02x}" for part in found.group(1, 2, 3))
    return _NAMED.get(text)
