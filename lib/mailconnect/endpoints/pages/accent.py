"""The operator's accent colour, made dark or light enough to be read in both colour schemes (WCAG 2.2 §1.4.3)."""

import colorsys
from dataclasses import dataclass

ENOUGH = 4.5
"""The contrast that text needs to its ground."""

GROUNDS = {"light": ("#fdfeff", "#e9eef4"), "dark": ("#151f31", "#0d1421")}
"""The backgrounds of text: a sheet and the paper around it, as in style.css."""

_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Accent:
    """`light` and `dark` are for text and for the ground of text in the sheet's colour. `stamp` is the chosen one."""

    light: str
    dark: str
    stamp: str


def accent(chosen: str) -> Accent:
    """Of a colour like #1c4a9b."""
    return Accent(
        light=_readable(chosen, GROUNDS["light"], -_STEP),
        dark=_readable(chosen, GROUNDS["dark"], _STEP),
        stamp=_readable(chosen, ("#ffffff",), -_STEP),  # white is what is drawn on it
    )


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _readable(colour: str, grounds: tuple[str, ...], step: float) -> str:
    """The nearest lightness of the same hue that is read on all of them; black or white at the end."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while min(contrast(colour, ground) for ground in grounds) < ENOUGH:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def _luminance(colour: str) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255
