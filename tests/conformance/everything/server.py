"""Everything that the suite asks for, on our dispatcher; the suite's authors call such a server "everything server"."""

from mailconnect.mcp.server import Method, Server
from tests.conformance.everything import elicitation, input_required, prompts, resources, tools
from tests.conformance.everything.resources import nothing

EVERYTHING = Server(
    name="everything",
    title="Everything",
    version="1",
    instructions="For the conformance suite.",
    tools=(*tools.TOOLS, *elicitation.TOOLS, *input_required.TOOLS),
    methods={
        **resources.METHODS,
        **prompts.METHODS,
        "logging/setLevel": Method(nothing, modern=False),
    },
    capabilities={"resources": {}, "prompts": {}, "completions": {}},
    legacy_capabilities={"resources": {"subscribe": True}, "logging": {}},
)
