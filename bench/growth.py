"""What a call, a refresh, a connection and the sweep cost with a thousand, a hundred thousand and a million grants."""

import asyncio
import math
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import bridge, bridge_environment, stub
from bench.load import CALL, connected, connects, post, refreshes
from bench.process import free_port
from handlers.local import bridge as local
from lib.settings import from_environment

SIZES = (1_000, 100_000, 1_000_000)
_SWEPT = 100
_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class Grown:
    """CPU in microseconds; `p50` in milliseconds at one connection; `sweep_us` for each grant that is erased."""

    grants: int
    bytes_each: float
    call_us: float
    call_p50: float
    refresh_us: float
    refresh_p50: float
    connect_us: float
    connect_p50: float
    sweep_us: float


def grow(sizes: tuple[int, ...], seconds: int, say: Callable[[str], None]) -> list[Grown]:
    grown = []
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder, stub() as stub_port:
        with bridge(stub_port, Path(folder)) as server:
            connected(server, 1)
        database = Path(folder) / "bridge" / "mailconnect.sqlite3"
        there = 1
        for size in sizes:
            say(f"{size:,} grants")
            _fill(database, size - there)
            there = size
            each = database.stat().st_size / size
            swept = _sweep(stub_port, database)
            with bridge(stub_port, Path(folder)) as server:
                connections = connected(server, 16)
                there += 16 - _SWEPT
                tokens = Path(folder) / "tokens"
                tokens.write_text("".join(f"{one.access_token}\n" for one in connections))
                post(server, "/mcp", CALL, tokens, connections=16, seconds=1, refused=False)
                call = post(server, "/mcp", CALL, tokens, connections=16, seconds=seconds, refused=False)
                alone = post(server, "/mcp", CALL, tokens, connections=1, seconds=seconds, refused=False)
                one, many = (
                    refreshes(server, connections[:1], seconds=seconds),
                    refreshes(server, connections[1:], seconds=seconds),
                )
                whole = connects(server, seconds=seconds)
                there += whole.requests + 1
            grown.append(
                Grown(
                    grants=size,
                    bytes_each=each,
                    call_us=call.cpu_us,
                    call_p50=alone.p50,
                    refresh_us=many.cpu_us,
                    refresh_p50=one.p50,
                    connect_us=whole.cpu_us,
                    connect_p50=whole.p50,
                    sweep_us=swept,
                )
            )
    return grown


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


def worst(grown: list[Grown], name: str) -> float:
    """The highest ratio to the smallest size."""
    first = getattr(grown[0], name)
    return max((getattr(one, name) / first for one in grown), default=math.nan)
