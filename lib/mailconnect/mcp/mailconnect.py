"""The server that this program is to an assistant."""

from mailconnect.mcp.instructions import instructions
from mailconnect.mcp.server import Server
from mailconnect.mcp.tool import Tool
from mailconnect.mcp.tools import TOOLS


def mailconnect(version: str, tools: tuple[Tool, ...] = TOOLS) -> Server:
    return Server(
        name="mailconnect", title="mailconnect", version=version, instructions=instructions(tools), tools=tools
    )
