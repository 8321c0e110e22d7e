"""The official conformance suite, in the version that package.json names, and what it finds."""

import json
import re
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from anyio.streams.text import TextReceiveStream

from tests.peers.node import Node

PACKAGE = Path(__file__).parent
_PROGRAM = PACKAGE / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
_LONGEST = 120
"""Seconds; a set takes four."""

_FAILED = {"FAILURE", "WARNING"}


@dataclass(frozen=True, slots=True)
class Check:
    scenario: str
    id: str
    status: str
    message: str

    @property
    def name(self) -> str:
        """As in a baseline."""
        return f"{self.scenario}:{self.id}"

    @property
    def failed(self) -> bool:
        return self.status in _FAILED


@dataclass(frozen=True, slots=True)
class Outcome:
    """`told` is all that the suite wrote."""

    exit_code: int
    told: str = field(repr=False)
    checks: tuple[Check, ...]

    def passed(self, scenario: str) -> bool:
        """Nothing failed or was warned of, and something was found right: what was skipped proves nothing."""
        statuses = {check.status for check in self.checks if check.scenario == scenario}
        return "SUCCESS" in statuses and not statuses & _FAILED


@dataclass(frozen=True, slots=True)
class Selection:
    """Server scenarios. A requirement set is what a revision demanded when it was released, `--suite all` whatever
    the suite has for a revision; only what is demanded, or all of the latter, is `scored`."""

    revision: str
    requirements: bool
    size: int

    @property
    def listing(self) -> list[str]:
        return ["--requirements", self.revision] if self.requirements else ["--server", "--spec-version", self.revision]

    @property
    def running(self) -> list[str]:
        return self.listing if self.requirements else ["--suite", "all", "--spec-version", self.revision]


SELECTIONS = (
    Selection("2026-07-28", requirements=True, size=37),
    Selection("2025-11-25", requirements=True, size=30),
    Selection("2025-06-18", requirements=False, size=27),
)


@dataclass(frozen=True, slots=True)
class Suite:
    node: Node

    async def scored(self, selection: Selection) -> list[str]:
        _, listed = await self._run("list", *selection.listing)
        of_servers = listed.partition("Server scenarios")[2].partition("Client scenarios")[0]
        found = re.findall(r"^  - (\S+)", of_servers, re.MULTILINE)
        assert len(found) == selection.size, listed
        return found

    async def server(self, url: str, selection: Selection, *options: str) -> Outcome:
        with tempfile.TemporaryDirectory() as folder:
            told = await self._run("server", "--url", url, "--output-dir", folder, *selection.running, *options)
            return Outcome(*told, tuple(_checks(Path(folder), "server")))

    async def authorization(self, issuer: str, browser: Callable[[str], Awaitable[None]], *options: str) -> Outcome:
        """`browser` is given the authorization request's URL, and goes as far as the redirect."""
        request = re.compile(rf"^{re.escape(issuer)}/authorize\?\S+$")
        with tempfile.TemporaryDirectory() as folder:
            command = ["authorization", "--url", issuer, "--output-dir", folder, *options]
            told = await self._run(*command, on_line=lambda line: browser(line) if request.match(line) else None)
            return Outcome(*told, tuple(_checks(Path(folder), "authorization-server")))

    async def _run(
        self, *arguments: str, on_line: Callable[[str], Awaitable[None] | None] = lambda _: None
    ) -> tuple[int, str]:
        """How it ended, and all it wrote."""
        told = ""
        command = [str(self.node.program), str(_PROGRAM), *arguments]
        async with await anyio.open_process(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT) as process:
            assert process.stdout
            try:
                with anyio.fail_after(_LONGEST):
                    async for part in TextReceiveStream(process.stdout):
                        before, told = told, told + part
                        for line in told.split("\n")[before.count("\n") : -1]:
                            if (awaited := on_line(line)) is not None:
                                await awaited
                    return await process.wait(), told
            finally:
                if process.returncode is None:
                    process.kill()


def _checks(results: Path, kind: str) -> Iterator[Check]:
    """Of `kind-scenario-time/checks.json`."""
    for file in sorted(results.glob("*/checks.json")):
        scenario = re.fullmatch(rf"{kind}-(.+)-\d{{4}}-\d\d-\d\dT[\d-]+Z", file.parent.name)
        assert scenario, file.parent.name
        for check in json.loads(file.read_text()):
            yield Check(scenario[1], check["id"], check["status"], check.get("errorMessage") or "")
