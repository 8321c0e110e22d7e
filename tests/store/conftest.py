import pytest

pytest.register_assert_rewrite(
    *(f"tests.store.{port}_contract" for port in ("audit", "clients", "grants", "ledger", "owned", "switches")),
    "tests.store.clients_contract",
    "tests.store.grants_contract",
    "tests.store.ledger_contract",
    "tests.store.switches_contract",
    "tests.store.outbox_contract",
)
