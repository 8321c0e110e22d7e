"""What can be said of template.yaml without AWS's own tools: it can be read, and its routes are the entry points'."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailconnect.composition.mcp import mcp_routes
from mailconnect.composition.oauth import oauth_routes
from mailconnect.composition.web import web_routes
from tests.bridge import Bridge

TEMPLATE = Path(__file__).parents[1] / "template.yaml"

pytestmark = pytest.mark.anyio


class Loader(yaml.SafeLoader):
    """CloudFormation's `!Ref` and the like are their arguments; a name that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(name, deep=True) for name, _ in node.value]  # type: ignore[no-untyped-call]
        assert len(names) == len({*names}), (node.start_mark, names)
        return super().construct_mapping(node, deep=deep)


def _argument(loader: Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]


Loader.add_multi_constructor("!", _argument)  # type: ignore[no-untyped-call]


async def test_the_gateways_routes_are_the_entry_points_routes(bridge: Bridge) -> None:
    resources = yaml.load(TEMPLATE.read_text("utf-8"), Loader)["Resources"]
    at_the_gateway = {
        resource["Properties"]["RouteKey"].removeprefix("ANY ")
        for resource in resources.values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    }
    a = bridge.adapters
    served = [*oauth_routes(a.stores), *mcp_routes(a), *web_routes(a, sealer=bridge.keys, owners=bridge.keys)]
    assert at_the_gateway == {route.path for route in served}


LAMBDA_TAKES = 4096
"""Bytes of environment for one function, names and values together, as JSON (AWS Lambda, quotas)."""
STACK_NAME = 32  # mailconnect.cli.deploy.answers.check_stack
TABLE_NAME = STACK_NAME + len("-state-") + len("Switches-") + 13
GIVEN_BY_AWS = {
    "Api": "a1b2c3d4e5",
    "AttachmentsFunction": "f" * 64,
    "SweepFunction": "f" * 64,
    **dict.fromkeys(("SealingKeyArn", "OwnerKeyArn"), "a" * 90),
    **{f"{name}Table": "t" * TABLE_NAME for name in ("Clients", "Grants", "Audit", "Ledger", "Switches", "Approvals")},
}
REGION = "ap-southeast-10"


def longest(parameter: dict[str, Any]) -> str:
    """Of all values that CloudFormation would take, one of the most bytes."""
    if "AllowedValues" in parameter:
        return str(max(parameter["AllowedValues"], key=len))
    if parameter["Type"] == "Number":
        return str(parameter["MaxValue"])
    pattern = re.compile(parameter["AllowedPattern"])
    heaviest = next(letter for letter in ("\U0001f4ec", "1") if pattern.fullmatch(letter * 2) or letter == "1")
    return heaviest * int(parameter["MaxLength"])


def test_the_longest_parameters_together_fit_into_a_functions_environment() -> None:
    template = yaml.load(TEMPLATE.read_text("utf-8"), Loader)
    bounded = {"AllowedValues", "MaxLength", "MaxValue"}
    maximum = {name: longest(one) for name, one in template["Parameters"].items() if bounded & {*one}}
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    entries = [
        one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"
    ]
    assert len(entries) == 6
    for entry in entries:
        environment = shared | entry.get("Environment", {"Variables": {}})["Variables"]
        filled = {name: _filled(value, maximum) for name, value in environment.items()}
        measured = json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode()
        assert len(measured) <= LAMBDA_TAKES, entry["Handler"]


def test_no_plain_text_grows_when_it_is_written_as_json() -> None:
    for name, parameter in yaml.load(TEMPLATE.read_text("utf-8"), Loader)["Parameters"].items():
        pattern = re.compile(parameter.get("AllowedPattern", "x"))
        beginning = "https://a" if "https" in pattern.pattern else ""
        for letter in '"\\':
            heavy = pattern.fullmatch("\U0001f4ec")  # is counted with as many bytes as four of these
            assert heavy or not pattern.fullmatch(beginning + letter) or name == "AlarmEmail", name


def _filled(value: Any, maximum: dict[str, str]) -> str:
    if isinstance(value, list):  # !If
        return max((_filled(one, maximum) for one in value[1:]), key=len)
    if isinstance(value, dict):  # !ImportValue
        return GIVEN_BY_AWS[value["Fn::Sub"].removeprefix("${AWS::StackName}-state-")]
    if "${" in value:
        put = maximum | GIVEN_BY_AWS | {"AWS::Region": REGION, "AWS::URLSuffix": "amazonaws.com.cn"}
        return re.sub(r"\$\{([A-Za-z:.]+)\}", lambda name: put[name[1]], value)
    return (maximum | GIVEN_BY_AWS)[value]
