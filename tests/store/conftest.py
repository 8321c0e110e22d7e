import pytest

pytest.register_assert_rewrite(
    "tests.store.clients_contract",
    "tests.store.grants_contract",
    "tests.store.ledger_contract",
    "tests.store.switches_contract",
)
