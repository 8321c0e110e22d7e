"""What a flood costs others, in figures (docs/threat-model.md).

python -m tests.floods     prints them, in a minute or two
"""

import asyncio
import gc
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from tests.bridge import Bridge, running_bridge
from tests.endpoints.oauth.test_private_key_jwt import SIGNS, proof
from tests.endpoints.wire import Client, Window, Wire
from tests.oauth.signing import key, key_set

REFUSALS = 2_000
BODY = 20_000
A_SECOND, SECONDS = 50, 8
NEIGHBOUR = "203.0.113.1"

Ask = Callable[[Wire], Awaitable[int]]


async def memory_of_a_refusal() -> tuple[float, float]:
    """Bytes that stay after each refused request of 20 kB: objects, and of the process."""
    unbounded = {f"MAILCONNECT_{name}FAILURES_PER_HOUR": "100000" for name in ("", "ALL_")}
    async with _Bridge(unbounded) as bridge:
        wire = Wire(bridge, "198.18.0.1")
        client = await wire.register(token_endpoint_auth_method="client_secret_post")

        async def refuse(number: int) -> None:
            form = {"grant_type": "refresh_token", "refresh_token": f"mcr_{number}", "pad": "x" * BODY}
            answer = await wire("POST", "/token", data=form | {"client_id": client.id, "client_secret": "wrong"})
            assert answer.status_code == 401

        tracemalloc.start()
        for number in range(REFUSALS):
            await refuse(number)
        await asyncio.sleep(0)  # the loop lets go of timers that were cancelled
        gc.collect()
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        before = tracemalloc.get_traced_memory()[0]
        for number in range(REFUSALS):
            await refuse(number)
        await asyncio.sleep(0)  # the loop lets go of timers that were cancelled
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss) * 1024
        return kept / REFUSALS, grown / REFUSALS


async def bystander() -> tuple[float, float]:
    """Milliseconds of a GET, the median: alone, and beside 50 forged assertions a second, each from its own address."""
    async with _Bridge() as bridge:
        client = await Wire(bridge, "198.18.0.1").register(**SIGNS, jwks=key_set(key("RS256")))
        forger: Any = key("RS256", 1)

        async def flood() -> None:
            for number in range(A_SECOND * SECONDS):
                wire = Wire(bridge, f"198.18.{1 + number // 250}.{number % 250}")
                same = Client(wire, client.id, None, client.redirect_uri)
                waiting.append(asyncio.create_task(same.refresh("x", **forged[number])))
                await asyncio.sleep(1 / A_SECOND)

        async def asked() -> list[float]:
            wire, taken = Wire(bridge, NEIGHBOUR), []
            for _ in range(SECONDS * 20):
                began = time.perf_counter()
                await wire("GET", "/.well-known/oauth-authorization-server")
                taken.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.05)
            return taken

        forged = [proof(client, "RS256", signer=forger) for _ in range(A_SECOND * SECONDS)]
        waiting: list[Any] = []
        alone = statistics.median(await asked())
        flooding = asyncio.create_task(flood())
        beside = statistics.median(await asked())
        await flooding
        statuses = {(await one).status_code for one in waiting}
        assert statuses <= {401}, statuses
        return alone, beside


async def shut_out() -> Mapping[str, str]:
    """For one address and for fifty: how many requests they sent, and whether another address is served."""
    found = {}
    for count, each in ((1, 4_000), (50, 200)):
        for what, ask in (("decisions", _deny), ("registrations", _register), ("failed secrets", _fail)):
            async with _Bridge() as bridge:
                others = [Wire(bridge, f"198.18.9.{number}") for number in range(count)]
                client = await Wire(bridge, "192.0.2.1").register(token_endpoint_auth_method="client_secret_post")
                sent, taken = 0, 0
                for _ in range(each):
                    for wire in others:
                        sent += 1
                        taken += await ask(wire, client) < 429
                served = await ask(Wire(bridge, NEIGHBOUR), client) < 429
                kind = f"{what}, {count} address{'es' if count > 1 else ''}"
                found[kind] = f"{sent} sent, {taken} taken; another address is {'served' if served else 'SHUT OUT'}"
    return found


async def _deny(wire: Wire, client: Client) -> int:
    window = Window(wire)
    same = Client(wire, client.id, client.secret, client.redirect_uri)
    return int((await window.decide(await window.ask(same.query()), decision="deny")).status_code)


async def _register(wire: Wire, _: Client) -> int:
    return int((await wire("POST", "/register", json={"redirect_uris": ["https://app.example/cb"]})).status_code)


async def _fail(wire: Wire, client: Client) -> int:
    return int((await Client(wire, client.id, "wrong", client.redirect_uri).refresh("x")).status_code)


class _Bridge:
    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self._environment = environment

    async def __aenter__(self) -> Bridge:
        self._folder = tempfile.TemporaryDirectory()
        self._running = running_bridge(Path(self._folder.name), environment=self._environment)
        return await self._running.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._running.__aexit__(*error)
        self._folder.cleanup()


async def main() -> None:
    kept, grown = await memory_of_a_refusal()
    sys.stdout.write(f"memory after a refusal of 20 kB: {kept:.1f} bytes of objects, {grown:.0f} of the process\n")
    alone, beside = await bystander()
    sys.stdout.write(f"a bystander's GET, median: {alone:.2f} ms alone, {beside:.2f} ms beside 50 forgeries a second\n")
    for what, said in (await shut_out()).items():
        sys.stdout.write(f"{what}: {said}\n")


if __name__ == "__main__":
    asyncio.run(main())
