"""The loads, the same for every server: each gives requests, rate, latency, and the server's CPU for each request."""

import asyncio
import http.client
import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx

from bench.connecting import Connection, connect
from bench.environment import HERE
from bench.process import OTHERS, Process

LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_mailboxes", "arguments": {}}}


@dataclass(frozen=True, slots=True)
class Measured:
    """`cpu_us`: of the server, for each request; `p50`: milliseconds."""

    requests: int
    per_second: float
    p50: float
    cpu_us: float


def post(
    server: Process, path: str, body: object, tokens: Path | None, *, connections: int, seconds: int, refused: bool
) -> Measured:
    """By wrk. `refused`: whether a response other than 2xx is expected."""
    environment = os.environ | {"BODY": json.dumps(body)} | ({"TOKENS": str(tokens)} if tokens else {})
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "post.lua")]
    before = server.cpu()
    told = subprocess.run(
        [*command, f"{server.url}{path}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
        preexec_fn=_among_the_others,
    ).stdout
    used = server.cpu() - before
    result = json.loads(next(line for line in told.splitlines() if line.startswith("RESULT")).removeprefix("RESULT"))
    wrong = result["requests"] - result["refused"] if refused else result["refused"]
    if wrong or result["broken"] or not result["requests"]:
        raise RuntimeError(f"{server.url}{path} did not answer as it should: {result}")
    return Measured(result["requests"], result["per_second"], result["p50"], used * 1e6 / result["requests"])


def refreshes(server: Process, connections: list[Connection], *, seconds: int) -> Measured:
    """A chain of refreshes for each connection, all at once, over kept-alive sockets."""
    latencies: list[float] = []
    failures: list[str] = []
    until = time.monotonic() + seconds

    def chain(one: Connection) -> None:
        parts = urlsplit(one.token_endpoint)
        line = http.client.HTTPConnection(parts.netloc, timeout=30)
        token = one.refresh_token
        while time.monotonic() < until and not failures:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": token,
                "client_id": one.client_id,
                "resource": one.resource,
            }
            began = time.perf_counter()
            headers = {"content-type": "application/x-www-form-urlencoded"}
            line.request("POST", parts.path, urlencode(form), headers)
            answer = line.getresponse()
            document = answer.read()
            latencies.append(time.perf_counter() - began)
            if answer.status != 200:
                failures.append(f"{answer.status} {document[:200]!r}")
                return
            token = json.loads(document)["refresh_token"]

    threads = [threading.Thread(target=chain, args=(one,)) for one in connections]
    return _measured(server, threads, latencies, failures)


def _measured(
    server: Process, threads: list[threading.Thread], latencies: list[float], failures: list[str]
) -> Measured:
    before, began = server.cpu(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, used = time.perf_counter() - began, server.cpu() - before
    if failures or not latencies:
        raise RuntimeError(f"{server.url} did not refresh: {failures[:1]}")
    p50 = sorted(latencies)[len(latencies) // 2] * 1000
    return Measured(len(latencies), len(latencies) / took, p50, used * 1e6 / len(latencies))


def connects(server: Process, *, seconds: int) -> Measured:
    """Whole connections, one after another."""
    return asyncio.run(_connects(server, seconds))


async def _connects(server: Process, seconds: int) -> Measured:
    latencies: list[float] = []
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        await connect(client, server.url)
        before, began = server.cpu(), time.perf_counter()
        while time.perf_counter() - began < seconds:
            at = time.perf_counter()
            await connect(client, server.url)
            latencies.append(time.perf_counter() - at)
        took, used = time.perf_counter() - began, server.cpu() - before
    p50 = sorted(latencies)[len(latencies) // 2] * 1000
    return Measured(len(latencies), len(latencies) / took, p50, used * 1e6 / len(latencies))


def connected(server: Process, count: int, *, allows_all: bool = False) -> list[Connection]:
    async def all_of_them() -> list[Connection]:
        # Writes wait while the sweep rewrites the file of a million grants.
        async with httpx.AsyncClient(timeout=180, trust_env=False) as client:
            return [await connect(client, server.url, allows_all=allows_all) for _ in range(count)]

    return asyncio.run(all_of_them())


def keep_tokens(connections: list[Connection], folder: Path) -> Path:
    """The file of access tokens that `post` takes, one a line."""
    tokens = folder / "tokens"
    tokens.write_text("".join(f"{one.access_token}\n" for one in connections))
    return tokens


def _among_the_others() -> None:
    os.sched_setaffinity(0, OTHERS)
