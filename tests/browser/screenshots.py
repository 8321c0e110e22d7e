"""The pictures in docs/screenshots: every page on a phone and on a desktop, and the first three of them in the dark
scheme.
"""

import io
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import ViewportSize, sync_playwright

from tests.browser.chromium import chromium, installed, reaching
from tests.browser.gallery import ON_THIS_MACHINE, PAGES
from tests.browser.served import served
from tests.browser.visitor import DESKTOP, PHONE, Visitor, visiting

NAME = "mail.example.com"
PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
BY_NIGHT = ("home", "consent", "account")
_COLOURS = 128
_HIGHEST = 1800  # pixels; of a long page its beginning
_DECIDED_IN_SIGHT = {*(name for name in PAGES if name.startswith(("consent", "api-token"))), "approve-known"}
_DECIDED_IN_SIGHT |= {"approve-quoted", "approve-two-texts"}
"""On a phone the two answers stay in sight there, which a picture of the whole page cannot show."""
SCREENS: tuple[tuple[Literal["light", "dark"], ViewportSize], ...] = (
    ("light", PHONE),
    ("light", DESKTOP),
    ("dark", PHONE),
    ("dark", DESKTOP),
)


def main(names: Sequence[str]) -> int:
    """Of all pages, or of those named."""
    installed("fonts-roboto-unhinted", "/usr/share/fonts/truetype/roboto")
    installed("fonts-liberation", "/usr/share/fonts/truetype/liberation")
    environment = os.environ | {"FONTCONFIG_FILE": str(Path(__file__).parent / "fonts.conf")}
    installed("fonts-ipafont-gothic", "/usr/share/fonts/opentype/ipafont-gothic")
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png") if not names else ():
        old.unlink()
    given = {"ISSUER": f"https://{NAME}", "CONTACT": "post@example.com", "OPERATOR_NAME": "Example Post Ltd"}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with sync_playwright() as tool:
        flags = list(reaching(NAME, port))
        browser = tool.chromium.launch(executable_path=chromium(), args=flags, env=dict(environment))
        for name in names or [*PAGES, *ON_THIS_MACHINE]:
            named = given if name in PAGES else {}
            # A bridge for each page: what its neighbours did is neither seen nor counted there.
            with (
                tempfile.TemporaryDirectory() as folder,
                served(Path(folder), https_port=port, **named) as bridge,
                visiting(bridge, browser, viewport=PHONE) as person,
            ):
                (PAGES | ON_THIS_MACHINE)[name](person)
                person.page.evaluate("document.activeElement.blur()")
                for scheme, screen in SCREENS if name in BY_NIGHT else SCREENS[:2]:
                    _take(person, name, scheme, screen)
        browser.close()
    return 0


def _take(person: Visitor, name: str, scheme: Literal["light", "dark"], screen: ViewportSize) -> None:
    person.page.emulate_media(color_scheme=scheme)
    person.page.set_viewport_size(screen)
    whole = not (name in _DECIDED_IN_SIGHT and screen == PHONE)
    night = "-dark" if scheme == "dark" else ""
    picture = person.page.screenshot(full_page=whole)
    (PICTURES / f"{name}-{screen['width']}{night}.png").write_bytes(_small(picture))


def _small(picture: bytes) -> bytes:
    """Few colours are enough for ink on paper."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, _HIGHEST)))
    written = io.BytesIO()
    # Without `kmeans` the paper has another colour in each picture.
    few = image.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
