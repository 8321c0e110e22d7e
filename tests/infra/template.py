"""template.yaml as CloudFormation would see it: its intrinsic functions resolved for a deployment that is made up.

Only what the templates use is understood; anything else is an error, so that nothing is compared unresolved.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.infra.environment import HERE, PROJECT, sam

ACCOUNT, REGION, STACK = "123456789012", "eu-central-1", "mailconnect"
API_ID = "a1b2c3d4e5"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_ABSENT = object()
ENTRY_POINTS = ("Oauth", "Web", "Mcp", "Operator", "Sweep")
FUNCTIONS = (*ENTRY_POINTS, "Attachments")
"""The last has no table, no key and nothing to record."""


@cache
def documents() -> dict[str, str]:
    """Each template of the project as JSON text, by its path."""
    names = ["template.yaml", *sorted(str(path.relative_to(PROJECT)) for path in PROJECT.glob("infra/*.yaml"))]
    told = subprocess.run(
        [sam() / "python", HERE / "as_json.py", *names], cwd=PROJECT, capture_output=True, check=True, timeout=120
    )
    return {name: json.dumps(document) for name, document in zip(names, json.loads(told.stdout), strict=True)}


def document(name: str = "template.yaml") -> dict[str, Any]:
    """A copy of one's own, to be changed at will."""
    parsed: dict[str, Any] = json.loads(documents()[name])
    return parsed


@dataclass(frozen=True, slots=True)
class Deployment:
    """The values of a deployed template's expressions. `state` has the outputs of the stack that it imports from."""

    template: dict[str, Any]
    state: Mapping[str, str]
    given: Mapping[str, str] = field(default_factory=dict)

    def resource(self, logical_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.template["Resources"][logical_id]
        return found

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Resolved."""
        resolved: dict[str, Any] = self.resolved(self.resource(logical_id)["Properties"])
        return resolved

    def environment(self, entry: str) -> dict[str, str]:
        """A function's variables, as Lambda would have them."""
        everybodys = self.template["Globals"]["Function"]["Environment"]["Variables"]
        own = self.resource(f"{entry}Function")["Properties"].get("Environment", {"Variables": {}})["Variables"]
        return {name: str(value) for name, value in self.resolved(everybodys | own).items()}

    def of_function(self, entry: str, name: str) -> Any:
        """One of its properties, from wherever it is set."""
        own = self.resource(f"{entry}Function")["Properties"]
        return self.resolved(own.get(name, self.template["Globals"]["Function"].get(name)))

    def logging(self, entry: str) -> dict[str, str]:
        """Its own and everybody's, which SAM puts together."""
        everybodys = self.template["Globals"]["Function"]["LoggingConfig"]
        merged: dict[str, str] = self.resolved(everybodys | self.of_function(entry, "LoggingConfig"))
        return merged

    def routes(self) -> dict[str, str]:
        """Which entry point is behind which route key."""
        found = {}
        for resource in self.template["Resources"].values():
            if resource["Type"] == "AWS::ApiGatewayV2::Route":
                integration = re.fullmatch(r"integrations/\$\{(\w+)}", resource["Properties"]["Target"]["Fn::Sub"])
                assert integration
                uri = self.resource(integration[1])["Properties"]["IntegrationUri"]
                found[resource["Properties"]["RouteKey"]] = str(uri["Ref"]).removesuffix("Function.Alias")
        return found

    def resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [one for one in map(self.resolved, value) if one is not _ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and ((name := next(iter(value))) == "Ref" or name.startswith("Fn::")):
            return self._function(name, value[name])
        pairs = {name: self.resolved(member) for name, member in value.items()}
        return {name: member for name, member in pairs.items() if member is not _ABSENT}

    def broken_rules(self) -> list[str]:
        """The errors that CloudFormation would report before it makes anything."""
        return [
            assertion["AssertDescription"]
            for rule in self.template["Rules"].values()
            if self.resolved(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self.resolved(assertion["Assert"])
        ]

    def condition(self, name: str) -> bool:
        return bool(self.resolved(self.template["Conditions"][name]))

    def _function(self, name: str, of: Any) -> Any:
        match name:
            case "Ref":
                return _ABSENT if of == "AWS::NoValue" else self._name(of)
            case "Fn::GetAtt":
                return self._attribute(of if isinstance(of, str) else ".".join(of))
            case "Fn::Sub":
                text, names = of if isinstance(of, list) else (of, {})
                own = {name: str(self.resolved(value)) for name, value in names.items()}
                return re.sub(r"\$\{([^}]+)}", lambda match: own.get(match[1]) or self._attribute(match[1]), text)
            case "Fn::ImportValue":
                return self.state[str(self.resolved(of)).removeprefix(f"{STACK}-state-")]
            case "Fn::If":
                return self.resolved(of[1] if self.condition(of[0]) else of[2])
            case "Fn::Equals":
                left, right = self.resolved(of)
                return str(left) == str(right)
            case "Fn::And":
                return all(self.resolved(one) for one in of)
            case "Fn::Not":
                return not self.resolved(of[0])
        raise AssertionError(f"{name} is not understood")

    def _name(self, of: str) -> str:
        """The value of Ref."""
        if of in _PSEUDO:
            return _PSEUDO[of]
        if of in self.template["Parameters"]:
            return str(self.given.get(of, self.template["Parameters"][of].get("Default", "")))
        if of == "Api":
            return API_ID
        if of.endswith(".Alias"):  # SAM's own
            return f"{self._name(of.removesuffix('.Alias'))}:live"
        resource = self.resource(of)
        if resource["Type"] == "AWS::Serverless::Function":
            return str(self.resolved(resource["Properties"]["FunctionName"]))
        if resource["Type"] == "AWS::IAM::Role":
            return str(self.resolved(resource["Properties"].get("RoleName", of)))
        if resource["Type"] == "AWS::Logs::LogGroup":
            return str(self.resolved(resource["Properties"]["LogGroupName"]))
        return of

    def _attribute(self, of: str) -> str:
        logical_id, _, attribute = of.partition(".")
        if not attribute:
            return self._name(of)
        assert attribute == "Arn", of
        kind, name = self.resource(logical_id)["Type"], self._name(logical_id)
        arn = {
            "AWS::Serverless::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}",
            "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*",
        }
        return arn[kind]
