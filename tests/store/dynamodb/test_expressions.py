"""Updates as DynamoDB's expressions."""

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update
from mailconnect.store.dynamodb.expressions import condition_parameters, update_parameters
from tests.store.transitions import NOW, TRANSITIONS, Transition

MAX_EXPRESSION = 4096  # bytes


@pytest.mark.parametrize(
    ("condition", "text", "values"),
    [
        (Equals("state", GrantState.ACTIVE), "#state = :0", [{"S": "active"}]),
        (Equals("props_version", 7), "#props_version = :0", [{"N": "7"}]),
        (Equals("write_id", b"\x00"), "#write_id = :0", [{"B": b"\x00"}]),
        (Absent("code_hash"), "attribute_not_exists(#code_hash)", []),
        (OneOf("state", ("a", "b")), "#state IN (:0, :1)", [{"S": "a"}, {"S": "b"}]),
        (After("expires_at", NOW), "#expires_at > :0", [{"N": str(NOW)}]),
        (NotAfter("due_at", 5), "(attribute_not_exists(#due_at) OR #due_at <= :0)", [{"N": "5"}]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Condition) else None,
)
def test_a_condition_is_an_expression(condition: Condition, text: str, values: list[object]) -> None:
    parameters = condition_parameters([condition])
    assert parameters["ConditionExpression"] == text
    assert list(parameters.get("ExpressionAttributeValues", {}).values()) == values
    assert parameters["ExpressionAttributeNames"] == {f"#{condition.attribute}": condition.attribute}


def test_all_conditions_must_hold() -> None:
    parameters = condition_parameters([Equals("state", "a"), NotAfter("lease_until", 1), After("lease_until", 0)])
    assert parameters == {
        "ConditionExpression": (
            "#state = :0 AND (attribute_not_exists(#lease_until) OR #lease_until <= :1) AND #lease_until > :2"
        ),
        "ExpressionAttributeNames": {"#state": "state", "#lease_until": "lease_until"},
        "ExpressionAttributeValues": {":0": {"S": "a"}, ":1": {"N": "1"}, ":2": {"N": "0"}},
    }


def test_an_update_is_one_expression_and_makes_no_item_of_nothing() -> None:
    update = Update((Equals("lease_id", "attempt"),), {"props": b"sealed", "props_version": 2}, frozenset({"b", "a"}))
    assert update_parameters("id", update) == {
        "UpdateExpression": "SET #props = :0, #props_version = :1 REMOVE #a, #b",
        "ConditionExpression": "attribute_exists(#id) AND #lease_id = :2",
        "ExpressionAttributeNames": {
            f"#{name}": name for name in ("props", "props_version", "a", "b", "id", "lease_id")
        },
        "ExpressionAttributeValues": {":0": {"B": b"sealed"}, ":1": {"N": "2"}, ":2": {"S": "attempt"}},
    }


def test_an_update_without_conditions_still_asks_for_the_item() -> None:
    parameters = update_parameters("key", Update((), {"expires_at": 0}))
    assert parameters["ConditionExpression"] == "attribute_exists(#key)"
    assert parameters["UpdateExpression"] == "SET #expires_at = :0"


@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.name)
def test_every_transition_is_far_below_the_longest_expression(transition: Transition) -> None:
    parameters = update_parameters("id", Update((), {"write_id": b""} | dict(transition.update.set)))
    assert len(parameters["UpdateExpression"]) < MAX_EXPRESSION / 4


def test_values_are_not_in_the_names_and_names_not_bare() -> None:
    parameters = update_parameters("id", retire(Reason.EXPIRED, NOW))
    bare = (parameters["UpdateExpression"] + parameters["ConditionExpression"]).replace("#state", "")
    assert "state" not in bare
    assert "retired_reason" in bare
    assert Reason.EXPIRED not in bare
