"""For a tool without arguments."""

from mailconnect.mcp.arguments.lenient import LenientArguments


class NoArguments(LenientArguments):
    pass
