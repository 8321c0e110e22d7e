"""The tables of clients are what was proven, with the versions that are tested."""

import pytest

from tests.peers.proven import CLIENTS, DOCUMENTS, Known, Proof, write, written

TABLE = written(DOCUMENTS[0].read_text("utf-8"))
STEPS = ("test_it_registers_connects_and_calls_both_tools", "test_it_refreshes_an_expired_access_token_by_itself")


def test_the_documents_have_one_table() -> None:
    assert TABLE
    assert {written(path.read_text("utf-8")) for path in DOCUMENTS} == {TABLE}


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_each_proof_is_of_the_version_that_is_tested(client: Known) -> None:
    assert f"| {client.name} | {client.version()} | 20" in TABLE


def test_only_what_went_well_everywhere_is_written() -> None:
    proof = Proof()
    for client in CLIENTS:
        for step in STEPS:
            proof.note(client, step, "2025-11-25", passed=True)
    assert proof.whole()
    assert f"| {CLIENTS[0].name} | {CLIENTS[0].version()} | 2025-11-25 | yes | no | yes | no | no |" in proof.table()
    proof.note(CLIENTS[0], STEPS[0], "2025-06-18", passed=False)
    proof.note(CLIENTS[0], STEPS[0], "2025-06-18", passed=True)
    assert not proof.whole()


def test_a_table_replaces_the_one_before(tmp_path) -> None:
    document = tmp_path / "a.md"
    document.write_text(f"before\n{DOCUMENTS[0].read_text('utf-8')}after\n")
    write("| new |\n", [document])
    write("| new |\n", [document])
    assert written(document.read_text()) == "| new |\n"
    assert document.read_text().startswith("before\n")
    assert document.read_text().endswith("after\n")
