"""An owner is deleted while their assistants work: only the receipts are left, which name nobody."""

import json
import logging
from pathlib import Path

import pytest

from tests.bridge import Bridge
from tests.endpoints.wire import Window, Wire, answered
from tests.erasure_under_load import deleted, erased_while_calls_are_in_flight, left_in, logs_to, receipts_say_so

pytestmark = pytest.mark.anyio


@pytest.mark.row("F-36", "OP-06")
async def test_a_deletion_amid_fifty_calls_leaves_nothing_but_its_receipts(bridge: Bridge, tmp_path: Path) -> None:
    log, handler = logging.getLogger("mailconnect"), logs_to(tmp_path)
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        erased = await erased_while_calls_are_in_flight(bridge)
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
        handler.close()
    assert receipts_say_so(erased)
    await bridge.database.erase_traces()
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}  # noqa: ASYNC240
    assert {"mailconnect.sqlite3", "mailconnect.sqlite3-wal", "everything.log"} <= {*files}
    assert b"operator_disconnected" in files["everything.log"]
    assert {name: left_in(content, erased) for name, content in files.items()} == {name: set() for name in files}
    for receipt in erased.receipts:
        kept = {name: value for name, value in receipt.items() if name != "id"}  # the id is the operator's own question
        assert json.dumps(kept).encode() in files["mailconnect.sqlite3"]
        assert not left_in(json.dumps(kept).encode(), erased)


@pytest.mark.row("AC-13")
async def test_a_sign_in_that_was_under_way_when_the_operator_deleted_connects_nothing(bridge: Bridge) -> None:
    wire = Wire(bridge)
    client = await wire.register()
    window = Window(wire)
    callback = await window.sign_in(await window.approve(client.query()))
    bridge.clock.now += 1
    await deleted(bridge)
    bridge.woken.clear()
    assert answered(await window.send("GET", callback))["error"] == "access_denied"
    assert len(bridge.woken) == 1, "the provider's tokens are revoked at once"
    assert bridge.database.read("SELECT what FROM audit WHERE what = 'grant_retired'", ()) == []
    await bridge.sweep.run()
    assert bridge.database.read("SELECT id FROM grants", ()) == []

    bridge.clock.now += 1
    assert "code" in answered(await Window(wire).connect(client.query())), "who begins anew is connected"
