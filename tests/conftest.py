import gc
import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.bridge import Bridge, running_bridge
from tests.compiled_templates import compile_each_template_once

if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # httpx's ASGITransport looks for it at each request

collect_ignore = [] if importlib.util.find_spec("playwright") else ["browser", "peers/test_writing.py"]
"""The packages that make test-browser installs are not there for the other lanes."""

settings.register_profile("the same examples every time", derandomize=True, deadline=None)
# For make mutation, where it matters only whether a test fails.
settings.register_profile(
    "few and unshrunk",
    parent=settings.get_profile("the same examples every time"),
    max_examples=20,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile("the same examples every time")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz", type=int, default=0, help="draw so many inputs for each test, and others every time")
    parser.addoption("--fuzz-seed", type=int, default=0, help="have Schemathesis draw what it drew with this seed")


def pytest_collection_finish() -> None:
    """What is there before the first test stays: Python's collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_configure(config: pytest.Config) -> None:
    compile_each_template_once()
    if more := config.getoption("fuzz"):
        unlike_before = settings(max_examples=more, deadline=None, suppress_health_check=list(HealthCheck))
        settings.register_profile("fuzz", unlike_before, derandomize=False)
        settings.load_profile("fuzz")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def bridge(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    async with running_bridge(tmp_path) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = terminalreporter.getreports("passed")
    explored = [value for report in passed for name, value in report.user_properties if name == "schedules"]
    if explored:
        terminalreporter.write_line(f"{sum(explored)} interleavings explored by {len(explored)} tests")
