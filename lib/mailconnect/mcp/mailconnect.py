"""The server that this program is to an assistant."""

from mailconnect.mcp.instructions import INSTRUCTIONS
from mailconnect.mcp.server import Server
from mailconnect.mcp.tools import TOOLS


def mailconnect(version: str) -> Server:
    return Server(name="mailconnect", title="mailconnect", version=version, instructions=INSTRUCTIONS, tools=TOOLS)
