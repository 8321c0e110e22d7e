"""Clients as three kinds of assistants are: Poke's SDK with its callback, Claude Code's registration, a modern one."""

from collections.abc import Mapping

from tests.peers.client import OpenClient
from tests.peers.node import Node
from tests.peers.typescript_client import ON_THIS_MACHINE, typescript_client

POKE = {
    "client_name": "Poke",
    "redirect_uris": ["https://poke.com/api/v1/mcp/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
POKES_HEADERS = {"X-Poke-User-Id": "00000000-0000-4000-8000-000000000000"}
CLAUDE_CODE = ON_THIS_MACHINE | {
    "client_name": "Claude Code (mailconnect)",
    "redirect_uris": ["http://localhost:41234/callback"],
}

READERS = ("Poke", "Claude Code", "modern")


def readers(node: Node) -> Mapping[str, OpenClient]:
    return {
        "Poke": typescript_client(node, "@modelcontextprotocol/sdk", metadata=POKE, headers=POKES_HEADERS),
        "Claude Code": typescript_client(node, "@modelcontextprotocol/sdk-1.32", metadata=CLAUDE_CODE),
        "modern": typescript_client(node, "@modelcontextprotocol/client", "auto"),
    }
