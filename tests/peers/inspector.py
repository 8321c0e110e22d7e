"""MCP Inspector on the command line: every call is a process of its own, and they share what one of them stored."""

import json
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from tests.peers.browser import browser
from tests.peers.client import AskThePerson, Connected, Credentials
from tests.peers.node import PACKAGES, Node
from tests.peers.running_bridge import RunningBridge

_PACKAGE = PACKAGES / "node_modules" / "@modelcontextprotocol" / "inspector"
_PROGRAM = _PACKAGE / "clients" / "launcher" / "build" / "index.js"
_LONGEST_CALL = 60


class InspectorFailedError(RuntimeError):
    """What it wrote to its standard error, or found in a tool's schema."""


class Inspector:
    def __init__(self, command: list[str], environment: Mapping[str, str], store: Path, sent: list[str]) -> None:
        self.sent = sent
        self._command = command
        self._environment = environment
        self._store = store

    async def connect(self) -> Connected:
        """Fails with what `--strict` finds in a tool's schema that could trouble some model or client."""
        first = await self._run("initialize")
        listed = await self._run("tools/list", "--strict")
        tools = [tool["name"] for tool in listed["tools"]]
        return Connected(first["protocolVersion"], first["instructions"], tools)

    async def call(self, *tools: str, **arguments: Any) -> list[dict[str, Any]]:
        """One after the other, as a script would."""
        given = ["--tool-args-json", json.dumps(arguments)] if arguments else []
        return [await self._run("tools/call", "--tool-name", tool, *given) for tool in tools]

    async def credentials(self) -> Credentials:
        [server] = self._stored("oauth")["servers"].values()
        [known] = server["byIssuer"].values()
        [secret] = self._stored("secrets")["secrets"].values()
        tokens = json.loads(secret)
        client_id = known["clientInformation"]["client_id"]
        return Credentials(client_id, tokens["access_token"], tokens["refresh_token"])

    async def believes_expired(self) -> bool:
        return True

    async def _run(self, method: str, *options: str) -> dict[str, Any]:
        command = [*self._command, "--format", "json", "--method", method, *options]
        with anyio.fail_after(_LONGEST_CALL):
            ended = await anyio.run_process(command, stdin=subprocess.DEVNULL, env=self._environment, check=False)
        if ended.returncode:
            raise InspectorFailedError(ended.stderr.decode())
        told = json.loads(ended.stdout)
        if "schemaFindings" in told:
            raise InspectorFailedError(told["schemaFindings"])
        return dict(told["result"])

    def _stored(self, what: str) -> dict[str, Any]:
        return dict(json.loads((self._store / f"{what}.json").read_text()))


@asynccontextmanager
async def inspector(
    node: Node, home: Path, era: str, bridge: RunningBridge, ask: AskThePerson
) -> AsyncIterator[Inspector]:
    """`era` is legacy or auto."""
    assert bridge.relay
    sent = bridge.relay.listen()
    store = home / "inspector"
    async with browser(home, ask) as environment:
        own = {
            "PATH": f"{node.program.parent}:{environment['PATH']}",
            "MCP_AUTO_OPEN_ENABLED": "true",
            "MCP_STORAGE_DIR": str(store),
            "MCP_INSPECTOR_SECRET_STORE": "file",
        }
        with socket.create_server(("127.0.0.1", 0)) as free:
            callback = f"http://127.0.0.1:{free.getsockname()[1]}/oauth/callback"
        command = [
            str(node.program),
            str(_PROGRAM),
            "--cli",
            bridge.mcp_url,
            "--protocol-era",
            era,
            "--callback-url",
            callback,
            *(["--client-metadata-url", bridge.document] if bridge.document else []),
        ]
        yield Inspector(command, environment | own, store, sent)
