import pytest

pytest.register_assert_rewrite("tests.keys.contract")
