"""The Dockerfile's own steps without a container engine, and a real Caddy in front of what they made."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.local.process import environment, free_ports
from tests.self_host.files import CADDYFILE, ROOT, environment_of, of, tools

pytestmark = [pytest.mark.aws, pytest.mark.anyio]

TRIES = 300
NAME = "mailconnect.localhost"
BEHIND = {"PROVIDER": "fastmail", "LISTEN": "127.0.0.1", "TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is /opt/mailconnect in the image, made by the build stage's own commands."""
    root = tmp_path_factory.mktemp("image")
    source, made = root / "src", root / "opt"
    source.mkdir()
    for rest in of(0, "COPY"):
        *names, _ = rest.split()
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, source / name)
    _, build = of(0, "RUN")
    here = {
        "/wheel": str(root / "wheel"),
        "/opt/mailconnect": str(made),
        "--python python3": f"--python {sys.executable}",
    }
    for there, instead in here.items():
        build = build.replace(there, instead)
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | environment_of(0)
    inherited["PATH"] = f"{Path(sys.executable).parent}:{inherited['PATH']}"
    told = subprocess.run(
        ["sh", "-euc", build], cwd=source, env=inherited, capture_output=True, text=True, check=False, timeout=400
    )
    assert told.returncode == 0, told.stderr
    return made


@asynccontextmanager
async def running(image: Path, data: Path, **settings: object) -> AsyncIterator[None]:
    """ENTRYPOINT and CMD, in the image's environment, where nothing of the image may be written."""
    words = [*json.loads(of(1, "ENTRYPOINT")[0]), *json.loads(of(1, "CMD")[0])]
    given = environment_of(1) | environment(**settings, DATA_DIR=data)
    process = await asyncio.create_subprocess_exec(
        image / "bin" / words[0], *words[1:], env=given, cwd=data, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        while not (await process.stdout.readline()).startswith(b"ready "):
            assert process.returncode is None
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        assert await process.wait() == 0


def written(folder: Path) -> dict[Path, int]:
    """When each file and folder in it was changed."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def healthy(image: Path, port: int) -> bool:
    command = json.loads(of(1, "HEALTHCHECK")[0].partition(" CMD ")[2])
    words = [word.replace(":8787/", f":{port}/") for word in command]
    assert words != command
    return subprocess.run([image / "bin" / words[0], *words[1:]], capture_output=True, check=False).returncode == 0


@contextmanager
def caddy(folder: Path, port: int, upstream: int) -> Iterator[ssl.SSLContext]:
    """Its file as it is, for a name that Caddy certifies by itself; it listens on loopback alone."""
    options = ("admin off", "skip_install_trust", f"https_port {port}", "http_port 1", "default_bind 127.0.0.1")
    lines = ["{", *options, "auto_https disable_redirects", "}"]
    config = folder / "Caddyfile"
    config.write_text("\n".join([*lines, CADDYFILE.read_text()]))
    given = environment() | {
        "DOMAIN": NAME,
        "UPSTREAM": f"127.0.0.1:{upstream}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with subprocess.Popen(
        [tools() / "caddy", "run", "--config", config], env=given, stderr=subprocess.DEVNULL
    ) as process:
        try:
            root = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
            yield trusting(root, port)
        finally:
            process.terminate()


def trusting(root: Path, port: int) -> ssl.SSLContext:
    """A TLS context that trusts Caddy's own authority, once Caddy serves."""
    for _ in range(TRIES):
        try:
            context = ssl.create_default_context(cafile=str(root))
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                context.wrap_socket(connection, server_hostname=NAME).close()
        except OSError:
            time.sleep(0.1)
        else:
            return context
    raise AssertionError("Caddy did not begin to serve")


@asynccontextmanager
async def asking(context: ssl.SSLContext, port: int) -> AsyncIterator[Callable[..., Awaitable[httpx.Response]]]:
    """Requests to Caddy by its name, which no resolver needs to know."""
    address = f"https://127.0.0.1:{port}"
    async with httpx.AsyncClient(verify=context, trust_env=False, base_url=address, timeout=20) as client:

        async def ask(method: str, path: str, **headers: str) -> httpx.Response:
            named = {"host": f"{NAME}:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named, extensions={"sni_hostname": NAME})

        yield ask


async def test_the_built_image_serves_is_healthy_and_writes_nothing_but_its_data(image: Path, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    before = written(image)
    assert not healthy(image, port)
    async with running(image, tmp_path, **BEHIND, PORT=port, ISSUER="https://mail.example.com"):
        assert await asyncio.to_thread(healthy, image, port)
    assert written(image) == before
    data = {path.name: path.stat().st_mode & 0o077 for path in written(tmp_path)}
    assert data.keys() >= {"mailconnect.sqlite3", "keys.json"}
    assert set(data.values()) == {0}


async def test_through_caddy_the_bridge_is_what_its_issuer_says(image: Path, tmp_path: Path) -> None:
    port, https = free_ports(2)
    issuer = f"https://{NAME}:{https}"
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    async with running(image, data, **BEHIND, PORT=port, ISSUER=issuer):
        with caddy(tmp_path, https, port) as context:
            async with asking(context, https) as ask:
                found = await ask("GET", "/.well-known/oauth-authorization-server")
                assert found.json()["issuer"] == issuer
                assert (await ask("POST", "/mcp")).status_code == 401


async def test_caddy_keeps_the_host_and_says_who_called_whatever_the_caller_says(tmp_path: Path) -> None:
    port, https = free_ports(2)
    heard: list[bytes] = []

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(upstream, "127.0.0.1", port):
        with caddy(tmp_path, https, port) as context:
            async with asking(context, https) as ask:
                assert (await ask("GET", "/", x_forwarded_for="192.0.2.1, 127.0.0.1")).status_code == 204
    headers = [line.split(b": ") for line in heard[0].lower().split(b"\r\n")[1:-2]]
    assert [value for name, value in headers if name == b"x-forwarded-for"] == [b"127.0.0.1"]
    assert [value for name, value in headers if name == b"host"] == [f"{NAME}:{https}".encode()]
