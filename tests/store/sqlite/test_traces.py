"""What lies in the file, byte by byte: nothing in clear, and nothing of what was erased."""

import asyncio
import dataclasses
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailconnect.grants.authorization import authorize, new_grant_key
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.update import Update
from mailconnect.keys.keyfile import KeyFile
from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from tests.store.grants_contract import filled
from tests.store.transitions import (
    CONSENTED,
    LIFETIMES,
    NOW,
    PROPS,
    SESSION_FACTS,
    after,
    pair_of,
    redemption,
    rotated,
    rotation,
    seeded,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database.open(tmp_path / "mailconnect.db")
    yield database
    await database.close()


def everything(folder: Path) -> bytes:
    """All that the database and its neighbours hold."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("mailconnect.db*")))


@pytest.mark.row("ST-01")
async def test_no_token_name_or_verifier_lies_in_the_file_in_clear(database: Database, tmp_path: Path) -> None:
    entropy = seeded(1)
    keys = KeyFile.open(tmp_path / "keys.json", entropy)
    new = new_grant_key(entropy)
    consented = dataclasses.replace(CONSENTED, owner=await keys.owner("https://api.fastmail.com", "jane@example.com"))
    sealed = await keys.seal_data_key(new.data_key, new.grant_id)
    grant, code = authorize(consented, PROPS, SESSION_FACTS, new, sealed, now=NOW, lifetimes=LIFETIMES, entropy=entropy)
    grants = SqliteGrants(database)
    await grants.put(grant)
    redeemed = redeem(grant, redemption(code), now=NOW + 1, lifetimes=LIFETIMES, entropy=entropy)
    grant, first = after(grant, redeemed.update), pair_of(redeemed)
    rotated_once = rotation(grant, first, NOW + 100, entropy)
    second = pair_of(rotated_once)
    for update in (redeemed.update, rotated_once.update):
        assert update is not None
        assert await grants.update(grant.id, update)

    tokens = [code, first.access, first.refresh, second.access, second.refresh]
    secrets = [token.secret for token in tokens if token] + [token.text.encode() for token in tokens if token]
    texts = ["jane@", "jane", "upstream-access-canary", "upstream-refresh-canary", "u1234"]
    stored = everything(tmp_path)
    assert grant.id.encode() in stored
    assert [secret for secret in (*secrets, new.data_key, *(text.encode() for text in texts)) if secret in stored] == []


async def test_an_erased_grant_leaves_no_byte_in_file_or_log(database: Database, tmp_path: Path) -> None:
    grants = SqliteGrants(database)
    grant = filled()
    await grants.put(grant)
    assert grant.props in everything(tmp_path)
    assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW))
    assert await grants.delete(grant.id)
    await database.erase_traces()
    stored = everything(tmp_path)
    values = [getattr(grant, field.name) for field in dataclasses.fields(grant)]
    long = [value if isinstance(value, bytes) else value.encode() for value in values if isinstance(value, bytes | str)]
    assert [value for value in long if len(value) > 12 and value in stored] == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_not_even_what_pages_of_the_file_copied_among_themselves_remains(
    database: Database, tmp_path: Path, seed: int
) -> None:
    """With `secure_delete` alone, three traces remain with either seed."""
    chance = random.Random(seed)
    ledger = SqliteLedger(database)
    live: list[Entry] = []
    dead: list[bytes] = []
    for _ in range(60):
        new = [_any_entry(chance) for _ in range(40)]
        chance.shuffle(live)
        gone, live = live[:20], [*live[20:], *new]
        await asyncio.gather(*(ledger.put(entry, 0) for entry in new), *(ledger.take(entry.key, 0) for entry in gone))
        dead += [trace for entry in gone for trace in (entry.key.encode(), entry.value[:16], entry.value[-16:])]
    await database.erase_traces()
    stored = everything(tmp_path)
    assert len(dead) > 3000
    assert [trace for trace in dead if trace in stored] == []
    assert [entry for entry in live if entry.value not in stored] == []
    assert [await ledger.get(entry.key, 0) for entry in live] == live


def _any_entry(chance: random.Random) -> Entry:
    return Entry(
        key=f"{chance.getrandbits(128):032x}",
        value=chance.randbytes(16) + bytes(chance.randrange(300)) + chance.randbytes(16),
        expires_at=2**40 + chance.getrandbits(30),
    )


async def test_after_traces_were_erased_reads_and_writes_go_on(database: Database, tmp_path: Path) -> None:
    elsewhere = Database.open(tmp_path / "mailconnect.db")
    grant, _, _ = rotated(seeded(1))
    await SqliteGrants(database).put(grant)
    assert await SqliteGrants(elsewhere).get(grant.id) == grant
    await database.erase_traces()
    assert await SqliteGrants(elsewhere).update(grant.id, Update((), {"last_used_at": NOW}))
    assert await SqliteGrants(database).get(grant.id) == dataclasses.replace(grant, last_used_at=NOW)
    await elsewhere.close()
