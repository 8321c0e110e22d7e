import pytest


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> int:
    """How many requests Schemathesis draws for each operation."""
    return int(pytestconfig.getoption("fuzz")) or 30
