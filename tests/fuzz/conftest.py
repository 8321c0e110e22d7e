import secrets

import pytest


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> int:
    """How many requests Schemathesis draws for each operation."""
    return int(pytestconfig.getoption("fuzz")) or 30


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """Another one each time. Schemathesis says which where it finds something, for --fuzz-seed."""
    return int(pytestconfig.getoption("fuzz_seed")) or secrets.randbelow(2**31) + 1
