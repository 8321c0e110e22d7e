"""The state of a stack, which decides what may be done with it (CloudFormation User Guide, "Stack status codes")."""

from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]


class StackState(StrEnum):
    ABSENT = "absent"
    UNMADE = "unmade"
    """A change set was made and never executed."""
    NEVER_WORKED = "never worked"
    """Its creation failed: it can only be deleted."""
    HALF_DELETED = "half deleted"
    MOVING = "moving"
    STUCK = "stuck"
    """A roll-back of an update failed: it has to be continued first."""
    WORKING = "working"


_OTHERS = {
    "REVIEW_IN_PROGRESS": StackState.UNMADE,
    "ROLLBACK_COMPLETE": StackState.NEVER_WORKED,
    "ROLLBACK_FAILED": StackState.NEVER_WORKED,
    "CREATE_FAILED": StackState.NEVER_WORKED,
    "DELETE_FAILED": StackState.HALF_DELETED,
    "DELETE_COMPLETE": StackState.ABSENT,
    "UPDATE_ROLLBACK_FAILED": StackState.STUCK,
}


def of_status(status: str) -> StackState:
    if status in _OTHERS:
        return _OTHERS[status]
    return StackState.MOVING if status.endswith("_IN_PROGRESS") else StackState.WORKING


def described(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """CloudFormation's description of it; None where there is no such stack. Raises ClientError."""
    try:
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        told = error.response.get("Error", {})
        if told.get("Code") == "ValidationError" and "does not exist" in told.get("Message", ""):
            return None
        raise
    return dict(stack)


def state_of(stack: dict[str, Any] | None) -> StackState:
    return StackState.ABSENT if stack is None else of_status(stack["StackStatus"])


def outputs(stack: dict[str, Any] | None) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}


def parameters(stack: dict[str, Any] | None) -> dict[str, str]:
    return {one["ParameterKey"]: one["ParameterValue"] for one in (stack or {}).get("Parameters", [])}
