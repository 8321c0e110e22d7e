"""A thief of the store learns little about addresses: rows FL-10 and FL-11."""

import hmac
import ipaddress
import itertools
import re
import sqlite3
from pathlib import Path
from random import Random

import pytest

from mailconnect.local.sweeper import ERASE_SECONDS, Traces
from tests.bridge import START, Bridge, running_bridge
from tests.endpoints.wire import REDIRECT_URI, Client, Window, Wire

pytestmark = pytest.mark.anyio

HOUR = 3600
KNOWN = [f"10.{number % 16}.{number * 7}.{number * 11}" for number in range(1, 21)]


async def visited(bridge: Bridge) -> None:
    """Each known address registers, decides and fails: three limits have counted it."""
    client = await Wire(bridge).register()
    for address in KNOWN:
        wire = Wire(bridge, address)
        window = Window(wire)
        await wire.register()
        await window.decide(await window.ask(client.query()), decision="deny")
        await Client(wire, "mcp_unknown", None, REDIRECT_URI).refresh("x")


def counted(copy: Path) -> tuple[bytes, dict[str, set[str]]]:
    """The key, and by bucket the limits that have counted there, of a copied database."""
    connection = sqlite3.connect(copy)
    [(key,)] = connection.execute("SELECT value FROM ledger WHERE key LIKE 'address-key%'").fetchall()
    found: dict[str, set[str]] = {}
    for (name,) in connection.execute("SELECT key FROM counters"):
        _, limit, _, bucket = name.split(":")
        if bucket != "all":
            found.setdefault(bucket, set()).add(limit)
    connection.close()
    return key, found


@pytest.mark.row("FL-10")
async def test_a_copied_database_with_its_key_names_no_address(tmp_path: Path) -> None:
    """The attack: every address is tried against all buckets that one person's requests were counted in. Here a
    16,384th part of IPv4 is tried, and theirs. Were there a number for each limit, nobody but the twenty would fit.
    """
    async with running_bridge(tmp_path, entropy=Random(1).randbytes) as bridge:
        await visited(bridge)
        key, found = counted(bridge.database_path)
    assert len(found) == len(KNOWN)
    assert set(map(frozenset, found.values())) == {frozenset({"registrations", "decisions", "failures"})}
    fitting = 0
    candidates = {f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in range(0, 2**20, 4)}
    for address in candidates | {*KNOWN}:
        fitting += hmac.digest(key, f"{address}/32".encode(), "sha256").hex()[:5] in found
    others = fitting - len(KNOWN)
    # About a quarter as many as there are buckets; so four thousand times as many as there are in all of IPv4.
    assert 2 <= others <= 10


@pytest.mark.row("FL-10")
async def test_one_hour_tells_nothing_of_another(tmp_path: Path) -> None:
    """Counters of the hour before, which a sweep or DynamoDB has not deleted yet, lie there without their key."""
    async with running_bridge(tmp_path, entropy=Random(1).randbytes) as bridge:
        await visited(bridge)
        before = set(counted(bridge.database_path)[1])
        bridge.clock.now += HOUR
        await visited(bridge)
        key, found = counted(bridge.database_path)
        numbers = {hmac.digest(key, f"{address}/32".encode(), "sha256").hex()[:5] for address in KNOWN}
    assert numbers <= found.keys()
    assert not numbers & before


@pytest.mark.row("FL-10")
async def test_no_address_of_ipv6_is_named_by_its_two_networks(tmp_path: Path) -> None:
    """A /64 and its /48 are both counted, under 28 bits together: of an ISP's 2^40 customers 4,096 share them."""
    async with running_bridge(tmp_path, entropy=Random(1).randbytes) as bridge:
        await Wire(bridge, "2001:db8:1:2::1").register()
        _, found = counted(bridge.database_path)
    whole, part = sorted(found, key=len)
    assert (len(whole), len(part)) == (5, 7)
    assert part.startswith(whole)


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.glob("mailconnect.sqlite3*")))


@pytest.mark.row("FL-11")
async def test_after_the_hour_neither_counters_nor_key_are_on_the_disk(tmp_path: Path) -> None:
    async with running_bridge(tmp_path, entropy=Random(1).randbytes) as bridge:
        await visited(bridge)
        key, found = counted(bridge.database_path)
        seconds = itertools.count(step=ERASE_SECONDS)
        traces = Traces(bridge.database, left=0, timer=lambda: next(seconds))
        await traces.erase(await bridge.sweep.run())
        assert re.search(rb"limit:registrations:\d+:", on_disk(tmp_path))
        assert key in on_disk(tmp_path)
        bridge.clock.now = START - START % HOUR + HOUR
        await traces.erase(await bridge.sweep.run())
        stored = on_disk(tmp_path)
    assert key not in stored
    assert not re.search(rb"limit:[a-z-]+:\d+:", stored)
    assert not any(f":{bucket}".encode() in stored for bucket in found)


def test_the_known_addresses_are_among_those_that_are_tried() -> None:
    network = ipaddress.ip_network("10.0.0.0/12")
    assert all(ipaddress.ip_address(address) in network for address in KNOWN)
    assert len(set(KNOWN)) == 20
