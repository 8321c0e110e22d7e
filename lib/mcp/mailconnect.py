"""The server that this program is to an assistant."""

from lib.mcp.instructions import INSTRUCTIONS
from lib.mcp.server import Server
from lib.mcp.tools import TOOLS


def mailconnect(version: str) -> Server:
    return Server(name="mailconnect", title="mailconnect", version=version, instructions=INSTRUCTIONS, tools=TOOLS)
