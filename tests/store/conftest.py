import pytest

pytest.register_assert_rewrite(
    *(f"tests.store.{port}_contract" for port in ("audit", "clients", "grants", "ledger", "switches")),
)
