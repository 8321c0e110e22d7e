"""What `pip install mailconnect` gives a newcomer: one package, and a bridge that serves from an empty folder."""

import asyncio
import os
import signal
import subprocess
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.person import Person
from mailconnect.version import VERSION
from tests.local.process import LocalProcess, environment, free_ports
from tests.wheel.wheel import ROOT, UV, build, install

pytestmark = [pytest.mark.aws, pytest.mark.anyio]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("newcomer") / "venv")


@asynccontextmanager
async def serving(
    command: Sequence[str | Path], folder: Path, inherited: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[LocalProcess, str]]:
    """The process of `command` in `folder`, and the address of its MCP endpoint once it is ready."""
    port, sandbox_port = free_ports(2)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**(inherited or {}), **environment(PORT=port, SANDBOX_PORT=sandbox_port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = LocalProcess(process)
    try:
        yield running, await running.ready()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_it_carries_mailconnect_alone_and_all_of_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if not name.startswith(f"mailconnect-{VERSION}.dist-info/")}
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "lib"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert carried == {name.removeprefix("lib/") for name in tracked.stdout.split()} | {"mailconnect/PRIVACY.md"}


async def test_in_an_empty_folder_it_serves_connects_an_assistant_and_stops(programs: Path, tmp_path: Path) -> None:
    async with serving([programs / "mailconnect", "serve"], tmp_path) as (process, resource):
        async with httpx.AsyncClient(trust_env=False) as http:
            assistant = Assistant(resource, http)
            await assistant.connect(Person("alice", "secret", http))
            await assistant.initialize()
            listed = await assistant.call_tool("list_mailboxes")
            pages = {path: await http.get(resource.removesuffix("/mcp") + path) for path in ("/", "/privacy")}
        process.order_stop(signal.SIGINT)
        assert await process.stopped() == (0, "")
    assert listed["content"][0]["text"].startswith("18 mailboxes")
    assert {path: page.status_code for path, page in pages.items()} == {"/": 200, "/privacy": 200}
    assert names_in(tmp_path) == {".mailconnect"}


async def test_python_m_mailconnect_is_the_same_command(programs: Path, tmp_path: Path) -> None:
    async with serving([programs / "python", "-m", "mailconnect", "serve"], tmp_path) as (process, _):
        process.order_stop(signal.SIGTERM)
        assert await process.stopped() == (0, "")


def test_python_m_mailconnect_has_the_commands_exit_code(programs: Path, tmp_path: Path) -> None:
    misspelt = [programs / "python", "-m", "mailconnect", "serve"]
    refused = subprocess.run(
        misspelt, cwd=tmp_path, env=environment(PORT="none"), capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def settings_of_uv() -> dict[str, str]:
    """The machine's variables for uv: certificates, a proxy, a registry."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MAILCONNECT_", "VIRTUAL_ENV"))}


@pytest.fixture(scope="module")
def run_by_uv(settings_of_uv: dict[str, str]) -> list[str | Path]:
    """The command, after its first run has brought what it needs: that may take longer than a start."""
    command: list[str | Path] = [UV, "tool", "run", "--quiet", "--from", ROOT, "mailconnect"]
    told = subprocess.run(
        [*command, "--version"], env=settings_of_uv, capture_output=True, text=True, check=False, timeout=300
    )
    assert told.stdout == f"mailconnect {VERSION}\n", told.stderr
    return command


async def test_uv_runs_it_from_a_checkout(
    run_by_uv: list[str | Path], settings_of_uv: dict[str, str], tmp_path: Path
) -> None:
    async with serving([*run_by_uv, "serve"], tmp_path, settings_of_uv) as (process, _):
        process.order_stop(signal.SIGTERM)
        assert (await process.stopped())[0] == 0
    assert names_in(tmp_path) == {".mailconnect"}
