"""The pictures in docs/screenshots: every page on a phone and on a desk, and the first three of them by night."""

import io
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.chromium import chromium, installed, reaching
from tests.browser.gallery import PAGES
from tests.browser.served import served
from tests.browser.visitor import DESK, PHONE, visiting

NAME = "mail.example.com"
PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
BY_NIGHT = ("home", "consent", "account")
_COLOURS = 128
_HIGHEST = 1800  # pixels; of a long page its beginning
_DECISIONS = ("consent", "api-token")
_AT_THE_PROVIDER = {"account-delete", "account-once-more"}
"""Pages that take a sign-in at the provider: under a name, the sandbox lets nobody return."""


def main() -> int:
    installed("fonts-roboto-unhinted", "/usr/share/fonts/truetype/roboto")
    installed("fonts-liberation", "/usr/share/fonts/truetype/liberation")
    environment = os.environ | {"FONTCONFIG_FILE": str(Path(__file__).parent / "fonts.conf")}
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    given = {"ISSUER": f"https://{NAME}", "CONTACT": "post@example.com"}
    with sync_playwright() as tool:
        for name, way in PAGES.items():
            if name in _AT_THE_PROVIDER:
                continue
            # A bridge for each page: what its neighbours did is neither seen nor counted there.
            with tempfile.TemporaryDirectory() as folder, served(Path(folder), **given) as bridge:
                flags = list(reaching(NAME, bridge.https_port))
                browser = tool.chromium.launch(executable_path=chromium(), args=flags, env=dict(environment))
                for scheme, screen in (("light", PHONE), ("light", DESK), ("dark", PHONE), ("dark", DESK)):
                    if scheme == "dark" and name not in BY_NIGHT:
                        continue
                    with visiting(bridge, browser, viewport=screen, color_scheme=scheme) as person:
                        way(person)
                        person.page.evaluate("document.activeElement.blur()")
                        # On a phone the two answers stay in sight, which a picture of the whole page cannot show.
                        whole = not (name.startswith(_DECISIONS) and screen == PHONE)
                        night = "-dark" if scheme == "dark" else ""
                        picture = person.page.screenshot(full_page=whole)
                    (PICTURES / f"{name}-{screen['width']}{night}.png").write_bytes(_small(picture))
                browser.close()
    return 0


def _small(picture: bytes) -> bytes:
    """Few colours are enough for ink on paper."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = image.crop((0, 0, image.width, min(image.height, _HIGHEST)))
    written = io.BytesIO()
    image.quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    sys.exit(main())
