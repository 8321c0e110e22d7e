"""The template's rights, the rights in the functions' docstrings, and the calls that were made: three sets that must be
equal.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.infra.cloud import Call
from tests.infra.environment import PROJECT
from tests.infra.template import FUNCTIONS, Deployment

OF_THE_PLATFORM = {"logs:CreateLogStream", "logs:PutLogEvents"}
"""Lambda itself writes the log, by the function's role."""

_ROW = re.compile(r"^\| ([a-z/ ]+) \| ([A-Za-z:, ]+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Right:
    entry: str
    action: str
    resource: str
    condition: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    def allows(self, call: Call) -> bool:
        """Whether its conditions hold for a call (IAM reference, condition operators)."""
        for operator, wanted in self.condition.items():
            for key, value in wanted.items():
                match operator:
                    case "StringEquals":
                        holds = call.context.get(key) == value
                    # True of no value too, which is why Null stands beside each.
                    case "ForAllValues:StringLike":
                        holds = key not in call.context or any(
                            fnmatchcase(call.context[key], one) for one in listed(value)
                        )
                    case "ForAllValues:StringNotEquals":
                        holds = call.context.get(key) not in listed(value)
                    case "Null":
                        holds = (key not in call.context) is (value == "true")
                    case _:
                        raise AssertionError(operator)
                if not holds:
                    return False
        return True


class GrantedTwice(AssertionError):
    """Under two conditions, say, of which either opens what the other keeps shut."""


def granted(deployment: Deployment) -> set[Right]:
    """By the policies of the functions' roles; those of the platform left out. Raises GrantedTwice."""
    rights = [right for right in _of_policies(deployment) if right.action not in OF_THE_PLATFORM]
    if len(rights) != len({*rights}):
        raise GrantedTwice
    return {*rights}


def of_the_platform(deployment: Deployment) -> set[Right]:
    return {right for right in _of_policies(deployment) if right.action in OF_THE_PLATFORM}


def _of_policies(deployment: Deployment) -> Iterator[Right]:
    roles = {f"{entry}Role": entry for entry in FUNCTIONS}
    for name, resource in deployment.template["Resources"].items():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            raise AssertionError(f"{name}: rights are in AWS::IAM::RolePolicy, where they are looked for")
        if resource["Type"] != "AWS::IAM::RolePolicy":
            continue
        entry = roles[resource["Properties"]["RoleName"]["Ref"]]
        for statement in deployment.properties(name)["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow", name
            assert {*statement} <= {"Effect", "Action", "Resource", "Condition"}, name
            for action in listed(statement["Action"]):
                for arn in listed(statement["Resource"]):
                    yield Right(entry, action, arn, statement.get("Condition", {}))


def called(calls: Iterable[Call], deployment: Deployment) -> set[Right]:
    entries = {deployment.of_function(entry, "FunctionName"): entry for entry in FUNCTIONS}
    return {Right(entries[call.caller], call.action, call.resource) for call in calls}


def documented(deployment: Deployment) -> set[Right]:
    """By the tables in the docstrings of handlers/."""
    state = deployment.state
    arns = {
        "approvals": state["ApprovalsTableArn"],
        "approvals/owner": f"{state['ApprovalsTableArn']}/index/owner",
        "audit": state["AuditTableArn"],
        "clients": state["ClientsTableArn"],
        "grants": state["GrantsTableArn"],
        "grants/due": f"{state['GrantsTableArn']}/index/due",
        "grants/owner": f"{state['GrantsTableArn']}/index/owner",
        "ledger": state["LedgerTableArn"],
        "switches": state["SwitchesTableArn"],
        "sealing key": state["SealingKeyArn"],
        "owner key": state["OwnerKeyArn"],
        "attachments": deployment.resolved({"Fn::GetAtt": "AttachmentsFunction.Arn"}),
        "sweep": deployment.resolved({"Fn::GetAtt": "SweepFunction.Arn"}),
    }
    found = set()
    for entry in FUNCTIONS:
        source = (PROJECT / "handlers" / f"{entry.lower()}.py").read_text()
        for resource, actions in _ROW.findall(ast.get_docstring(ast.parse(source)) or ""):
            if resource != "Resource":
                found |= {Right(entry, action, arns[resource]) for action in actions.split(", ")}
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
