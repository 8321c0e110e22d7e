"""What a call, a refresh, a connection and the sweep cost with a thousand, a hundred thousand and a million grants.

A store of each size and a server on each take turns, round after round; ratios are of one round, and the median counts.
"""

import asyncio
import secrets
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import bridge, bridge_environment, stub
from bench.load import CALL, connected, connects, keep_tokens, post, refreshes
from bench.process import Process, free_port
from bench.rounds import CONNECTIONS, median_ratio
from mailconnect.local import bridge as local
from mailconnect.settings import from_environment

SIZES = (1_000, 100_000, 1_000_000)
_SWEPT = 100
_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU in microseconds; `p50` in milliseconds at one connection; `sweep_us` for each grant that is erased."""

    call_us: float
    call_p50: float
    refresh_us: float
    refresh_p50: float
    connect_us: float
    connect_p50: float
    sweep_us: float


@dataclass(frozen=True, slots=True)
class Grown:
    """`rounds`: in order, the same for each size."""

    grants: int
    bytes_each: float
    rounds: list[Costs]

    def of_each_round(self, name: str) -> list[float]:
        return [getattr(one, name) for one in self.rounds]

    def median(self, name: str) -> float:
        return statistics.median(self.of_each_round(name))


def worst(grown: list[Grown], name: str) -> float:
    """The highest ratio to the smallest size: for each other size, the median of the rounds' ratios."""
    smallest, *others = grown
    least = smallest.of_each_round(name)
    return max((median_ratio(other.of_each_round(name), least) for other in others), default=1.0)


@dataclass(frozen=True, slots=True)
class _Store:
    """A server's folder with so many grants."""

    grants: int
    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "bridge" / "mailconnect.sqlite3"


def grow(sizes: tuple[int, ...], rounds: int, seconds: int, say: Callable[[str], None]) -> list[Grown]:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder, stub() as stub_port:
        stores = _stores(Path(folder), sizes, stub_port, say)
        bytes_each = [store.database.stat().st_size / store.grants for store in stores]
        swept = [[_sweep(stub_port, store.database) for store in stores] for _ in range(rounds)]
        with ExitStack() as running:
            servers = [running.enter_context(bridge(stub_port, store.folder)) for store in stores]
            costs: list[list[Costs]] = []
            for number, sweep_us in enumerate(swept):
                say(f"growth: round {number + 1} of {rounds}")
                turns = zip(servers, stores, sweep_us, strict=True)
                costs.append([_costs(server, store, us, seconds) for server, store, us in turns])
    return [
        Grown(store.grants, each, [turns[number] for turns in costs])
        for number, (store, each) in enumerate(zip(stores, bytes_each, strict=True))
    ]


def _stores(folder: Path, sizes: tuple[int, ...], stub_port: int, say: Callable[[str], None]) -> list[_Store]:
    first = _Store(1, folder / "first")
    first.folder.mkdir()
    with bridge(stub_port, first.folder) as server:
        connected(server, 1)
    stores = []
    for size in sizes:
        say(f"growth: {size:,} grants")
        store = _Store(size, folder / str(size))
        shutil.copytree(first.folder, store.folder)
        _fill(store.database, size - first.grants)
        stores.append(store)
    return stores


def _costs(server: Process, store: _Store, sweep_us: float, seconds: int) -> Costs:
    connections = connected(server, CONNECTIONS)
    tokens = keep_tokens(connections, store.folder)
    post(server, "/mcp", CALL, tokens, connections=CONNECTIONS, seconds=1, refused=False)
    call = post(server, "/mcp", CALL, tokens, connections=CONNECTIONS, seconds=seconds, refused=False)
    alone = post(server, "/mcp", CALL, tokens, connections=1, seconds=seconds, refused=False)
    once = refreshes(server, connections[:1], seconds=seconds)
    many = refreshes(server, connections[1:], seconds=seconds)
    whole = connects(server, seconds=seconds)
    return Costs(call.cpu_us, alone.p50, many.cpu_us, once.p50, whole.cpu_us, whole.p50, sweep_us)


def _fill(database: Path, count: int) -> None:
    """`count` more grants: copies of the first one under other ids and owners, due within the next year."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        names = [row[1] for row in connection.execute("PRAGMA table_info(grants)")]
        (row,) = connection.execute("SELECT * FROM grants LIMIT 1").fetchall()
        first = dict(zip(names, row, strict=True))
        now = int(time.time())

        def copies() -> Iterator[list[object]]:
            for _ in range(count):
                other = {
                    "id": secrets.token_hex(len(first["id"]) // 2),
                    "owner": secrets.token_hex(len(first["owner"]) // 2),
                    "due_at": now + 86_400 + secrets.randbelow(_YEAR),
                }
                yield [*(first | other).values()]

        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO grants VALUES ({', '.join('?' * len(names))})", copies())
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _sweep(stub_port: int, database: Path) -> float:
    """Microseconds of CPU for each of the grants that one round erases."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        ids = [(grant_id,) for (grant_id,) in connection.execute(f"SELECT id FROM grants LIMIT {_SWEPT} OFFSET 1")]
        connection.executemany("UPDATE grants SET state = 'retired', retired_at = 1, due_at = 1 WHERE id = ?", ids)
    return asyncio.run(_swept(stub_port, database))


async def _swept(stub_port: int, database: Path) -> float:
    settings = from_environment(bridge_environment(stub_port, free_port(), database.parent.parent))
    store = local.Store.open(settings)
    async with local.bridge(settings, store) as (_, sweeper):
        began = time.process_time()
        erased = await sweeper.sweep.run()
        used = time.process_time() - began
    await store.database.close()
    assert erased == _SWEPT, erased
    return used * 1e6 / erased
