"""The measured servers, and how each is started in front of the stub provider."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench import environment
from bench.process import MEASURED, OTHERS, Process, free_port, running

BRIDGE = "mailconnect"
FASTMCP_FILE = "FastMCP OAuthProxy, file store"
FASTMCP_MEMORY = "FastMCP OAuthProxy, memory"
WORKERD = "workers-oauth-provider on workerd, memory"
FLOOR = "floor: bare Starlette, the same client (aiohttp)"
FLOOR_HTTPX = "bare Starlette, httpx"
FLOOR_SOCKET = "bare Starlette, a bare socket"


@dataclass(frozen=True, slots=True)
class Contender:
    """`paths`: where a load goes that is not for `/mcp`. `floor`: has no authorization, so nothing to connect to."""

    name: str
    start: Callable[[int, Path], AbstractContextManager[Process]]
    floor: bool = False


def contenders() -> list[Contender]:
    return [
        Contender(BRIDGE, bridge),
        Contender(FLOOR, _floor, floor=True),
        Contender(WORKERD, _workerd),
        Contender(FASTMCP_MEMORY, lambda stub, folder: _fastmcp(stub, folder, "memory")),
        Contender(FASTMCP_FILE, lambda stub, folder: _fastmcp(stub, folder, "file")),
    ]


@contextlib.contextmanager
def stub() -> Iterator[int]:
    port = free_port()
    with running([sys.executable, "-m", "bench.stub_provider", str(port)], port, cores=OTHERS):
        yield port


def bridge(
    stub_port: int, folder: Path, *, workers: int = 1, cores: AbstractSet[int] = MEASURED
) -> AbstractContextManager[Process]:
    """As an operator starts it, in front of a JMAP provider of their own."""
    port = free_port()
    command = [sys.executable, "-m", "mailconnect.local"]
    return running(command, port, cores=cores, environment=bridge_environment(stub_port, port, folder, workers))


def bridge_environment(stub_port: int, port: int, folder: Path, workers: int = 1) -> dict[str, str]:
    stub = f"http://127.0.0.1:{stub_port}"
    return {
        "MAILCONNECT_PORT": str(port),
        "MAILCONNECT_DATA_DIR": str(folder / "bridge"),
        "MAILCONNECT_LIMITS": "off",
        "MAILCONNECT_WORKERS": str(workers),
        "MAILCONNECT_PROVIDER": "jmap",
        "MAILCONNECT_SESSION_URL": f"{stub}/jmap/session",
        "MAILCONNECT_PROVIDER_ISSUER": stub,
        "MAILCONNECT_CLIENT_ID": "bench",
    }


def _floor(stub_port: int, _: Path) -> AbstractContextManager[Process]:
    port = free_port()
    command = [sys.executable, "-m", "bench.servers.floor", str(port), str(stub_port)]
    return running(command, port, cores=MEASURED)


def _fastmcp(stub_port: int, folder: Path, store: str) -> AbstractContextManager[Process]:
    port = free_port()
    script = environment.HERE / "servers" / "fastmcp_proxy.py"
    home = folder / f"fastmcp-{store}"
    return running([environment.python(), script, str(port), str(stub_port), store, home], port, cores=MEASURED)


def _workerd(stub_port: int, _: Path) -> AbstractContextManager[Process]:
    port = free_port()
    command: list[str | Path] = [
        environment.workerd(),
        "serve",
        "config.capnp",
        "--socket-addr",
        f"http=127.0.0.1:{port}",
    ]
    addresses = {"ORIGIN": f"http://127.0.0.1:{port}", "STUB": f"http://127.0.0.1:{stub_port}"}
    return running(command, port, cores=MEASURED, environment=addresses, folder=environment.WORKERS)
