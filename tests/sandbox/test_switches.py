import pytest

from mailconnect.sandbox.switches import Fault, SwitchError, Switches

pytestmark = pytest.mark.anyio


def test_a_fault_fires_as_often_as_it_says_and_then_no_more():
    switches = Switches()
    switches.add(Fault("token", answer=503, times=2))
    taken = [switches.take({"token"}) for _ in range(3)]
    assert [fault is not None for fault in taken] == [True, True, False]


def test_a_fault_without_times_fires_until_cleared():
    switches = Switches()
    switches.add(Fault("token", answer=503))
    assert all(switches.take({"token"}) for _ in range(5))
    switches.clear()
    assert switches.take({"token"}) is None


def test_faults_fire_in_their_order_and_only_where_they_belong():
    switches = Switches()
    switches.add(Fault("token.refresh", answer=500, times=1))
    switches.add(Fault("token", answer=502, times=1))
    assert switches.take({"token", "token.code"}).answer == 502
    assert switches.take({"token", "token.refresh"}).answer == 500


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"nothing": 1},
        {"access_token_seconds": "5"},
        {"access_token_seconds": True},
        {"loopback_registration": 1},
        {"locked": "alice"},
        {"faults": {}},
        {"faults": [{}]},
        {"faults": [1]},
        {"faults": [{"endpoint": "nowhere"}]},
        {"faults": [{"endpoint": 1}]},
        {"faults": [{"endpoint": "token", "answer": 200}]},
        {"faults": [{"endpoint": "token", "answer": "shrug"}]},
        {"faults": [{"endpoint": "token", "answer": True}]},
        {"faults": [{"endpoint": "token", "times": 0}]},
        {"faults": [{"endpoint": "token", "speed": 0}]},
    ],
)
def test_a_switch_that_is_not_understood_changes_nothing(document):
    switches = Switches()
    with pytest.raises(SwitchError):
        switches.apply({"session_epoch": 7, **document} if isinstance(document, dict) else document)
    assert switches == Switches()


async def test_switches_are_set_and_read_from_outside(http, provider):
    document = {
        "access_token_seconds": 5,
        "locked": ["bob@sandbox.test"],
        "faults": [{"endpoint": "token.refresh", "answer": "drop", "acts": True, "times": 1}],
    }
    answer = await http.post("/sandbox/switches", json=document)
    assert answer.json()["access_token_seconds"] == 5
    assert provider.switches.access_token_seconds == 5
    assert provider.switches.locked == {"bob@sandbox.test"}
    shown = (await http.get("/sandbox/switches")).json()
    assert shown["faults"] == [{"endpoint": "token.refresh", "answer": "drop", "error": None, "left": 1}]
    assert (await http.delete("/sandbox/switches")).json()["faults"] == []
    assert (await http.post("/sandbox/switches", json={"clear": True, "session_epoch": 2})).json()["session_epoch"] == 2


@pytest.mark.parametrize("body", [b"", b"{", b'{"nothing": 1}'])
async def test_a_wrong_switch_is_a_400_that_says_why(http, body):
    answer = await http.post("/sandbox/switches", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
