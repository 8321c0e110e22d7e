"""The bridge under a name and with a certificate, as people meet it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import chromium, reaching
from tests.browser.served import served
from tests.browser.visitor import visiting

pytestmark = pytest.mark.browser

NAME = "mail.example.com"


@pytest.mark.row("CO-09")
def test_a_browser_takes_the_cookies_that_are_for_this_host_alone(tmp_path: Path, browser: Browser) -> None:
    with served(tmp_path, ISSUER=f"https://{NAME}") as bridge:
        named = browser.browser_type.launch(executable_path=chromium(), args=list(reaching(NAME, bridge.https_port)))
        with visiting(bridge, named) as person:
            assistant = bridge.assistant()
            person.connect(assistant)
            person.see_connections()
            kept = {cookie["name"]: cookie for cookie in person.context.cookies()}
        named.close()
    assert kept
    for name, cookie in kept.items():
        assert name.startswith("__Host-mailconnect-")
        assert (cookie["secure"], cookie["httpOnly"], cookie["path"], cookie["domain"]) == (True, True, "/", NAME)
