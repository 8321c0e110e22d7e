import pytest

pytest.register_assert_rewrite(
    *(f"tests.faults.{about}_contract" for about in ("token", "ending", "outage", "sending")), "tests.faults.place"
)
