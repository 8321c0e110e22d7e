"""A plugin for pytest under mutmut: what a test module does when it is imported, it does under the mutant too.

mutmut forks from a process that has imported the tests already, and takes what was called then for the work of the
first test alone.
"""

import sys
from collections.abc import Iterator

import pytest
from mutmut.state import state

_called_at_import: dict[str, set[str]] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    for name in [name for name in sys.modules if name.startswith("tests.") and ".test_" in name]:
        del sys.modules[name]


def pytest_configure(config: pytest.Config) -> None:
    """A test's name may have a value in it that is another under the mutant: not to be found would count as killed."""
    config.args = list(dict.fromkeys(name.partition("[")[0] for name in config.args))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    before, state()._stats = state()._stats, set()
    try:
        return (yield)
    finally:
        _called_at_import[collector.nodeid] = state()._stats
        state()._stats = before


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    module = item.getparent(pytest.Module)
    state()._stats |= _called_at_import[module.nodeid] if module else set()
