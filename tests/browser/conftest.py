from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import FLAGS, chromium
from tests.browser.served import Served, served
from tests.browser.visitor import Visitor, visiting
from tests.peers.cache import PeerUnavailableError
from tests.peers.node import Node

AXE = Path(__file__).parent / "axe"

expect.set_options(timeout=20_000)  # as visitor.visiting has it for presses: a busy machine is no failure


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        program = chromium()
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's own source."""
    try:
        Node.found().install_packages(AXE)
    except PeerUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)
    return (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def visitor(bridge: Served, browser: Browser) -> Iterator[Visitor]:
    with visiting(bridge, browser) as person:
        yield person


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what a screen reader said of the pages."""
    for report in (one for reports in terminalreporter.stats.values() for one in reports):
        for name, said in getattr(report, "user_properties", ()):
            if name == "read aloud" and report.when == "teardown":
                terminalreporter.section(f"read aloud in {report.nodeid.rpartition('::')[2]}")
                terminalreporter.write_line(str(said))
