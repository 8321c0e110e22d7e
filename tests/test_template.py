"""What can be said of template.yaml without AWS's own tools: it can be read, and its routes are the doors'."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from handlers.composition.door_mcp import mcp_routes
from handlers.composition.door_oauth import oauth_routes
from handlers.composition.door_web import web_routes
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


async def test_the_gateways_routes_are_the_doors_routes(bridge: Bridge) -> None:
    resources = yaml.load(TEMPLATE.read_text("utf-8"), Loader)["Resources"]
    at_the_gateway = {
        resource["Properties"]["RouteKey"].removeprefix("ANY ")
        for resource in resources.values()
        if resource["Type"] == "AWS::ApiGatewayV2::Route"
    }
    a = bridge.adapters
    served = [*oauth_routes(a), *mcp_routes(a), *web_routes(a, sealer=bridge.keys, owners=bridge.keys)]
    assert at_the_gateway == {route.path for route in served}
