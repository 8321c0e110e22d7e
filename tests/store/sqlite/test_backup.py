"""A backup is whole at any moment, private, without what must not last, and comes back without a replay."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.provider_refresh.lease import take_lease
from mailconnect.grants.provider_refresh.refreshed import Refreshed, seal_refreshed
from mailconnect.grants.provider_refresh.restored import IN_DOUBT, QUIET_SECONDS
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.update import Update
from mailconnect.pseudonyms import grant_hash
from mailconnect.store.counters import Counter
from mailconnect.store.ledger import Entry
from mailconnect.store.sqlite.backup import BackupRefused, take
from mailconnect.store.sqlite.counters import SqliteCounters
from mailconnect.store.sqlite.database import Database
from mailconnect.store.sqlite.file import DatabaseRefused
from mailconnect.store.sqlite.grants import SqliteGrants
from mailconnect.store.sqlite.ledger import SqliteLedger
from mailconnect.store.sqlite.outbox import FileOutbox
from mailconnect.store.sqlite.restore import Restored, read, restore
from tests.store.transitions import NOW, PROPS, active, after, authorized, seeded

pytestmark = pytest.mark.anyio

LONG_AFTER = NOW + 90_000
ACCESS_END = NOW + 1 + 3600


class Place:
    """A data folder, a backup and the folder that it is restored to."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "mailconnect.sqlite3"
        self.file = folder / "a.backup"
        self.new = folder / "new" / "mailconnect.sqlite3"
        self.database = Database.open(self.path)
        self.grants = SqliteGrants(self.database)
        self.outbox = FileOutbox(self.path.parent / "outbox")

    def back_up(self, now: int = LONG_AFTER, *, move: bool = False, file: Path | None = None) -> None:
        take(self.path, file or self.file, self.outbox.everything, {"provider_client.json": b"{}"}, now, move=move)

    def restore(self, now: int = LONG_AFTER + 50, ended: Mapping[str, Reason] | None = None) -> Restored:
        return restore(self.file, self.new, now, ended or {})

    async def restored(self, grant_id: str) -> Grant:
        database = Database.open(self.new)
        grant = await SqliteGrants(database).get(grant_id)
        await database.close()
        assert grant is not None
        return grant


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    yield made
    await made.database.close()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_stored_grant_comes_back_and_all_files_are_their_owners_alone(place: Place) -> None:
    grant = active(seeded(1))[0]
    await place.grants.put(grant)
    place.back_up()
    assert [*place.file.parent.glob("a.backup*")] == [place.file]
    assert mode(place.file) == 0o600
    assert place.restore() == Restored(active=1, in_doubt=0, ended=0, moved=False)
    assert (mode(place.new), mode(place.new.parent)) == (0o600, 0o700)
    assert [*place.new.parent.iterdir()] == [place.new]
    assert await place.restored(grant.id) == replace(grant, restored_at=LONG_AFTER + 50)
    assert read(place.file).files == {"provider_client.json": b"{}"}


async def test_nothing_is_overwritten(place: Place) -> None:
    place.back_up()
    before = place.file.read_bytes()
    with pytest.raises(BackupRefused, match="exists already"):
        place.back_up()
    assert place.file.read_bytes() == before
    place.restore()
    for name in ("mailconnect.sqlite3", "mailconnect.sqlite3-wal"):
        place.new.unlink(missing_ok=True)
        (place.new.parent / name).write_bytes(b"mine")
        with pytest.raises(BackupRefused, match="is there already"):
            place.restore()
        assert (place.new.parent / name).read_bytes() == b"mine"
        (place.new.parent / name).unlink()


async def test_sign_ins_sessions_and_counters_leave_no_byte_in_it_and_receipts_stay(place: Place) -> None:
    ledger, entry = SqliteLedger(place.database), Entry(key="", value=b"canary-of-minutes", expires_at=2**40)
    for kind in ("pending", "session", "sessions", "address-key", "export", "assertion"):
        await ledger.put(replace(entry, key=f"{kind}:short-lived"), 0)
    for kind in ("receipt", "ended"):
        await ledger.put(replace(entry, key=f"{kind}:1", value=b"kept"), 0)
    await SqliteCounters(place.database).add(Counter(key="short-lived", count=1, expires_at=2**40), 5)
    place.back_up()
    content = place.file.read_bytes()
    assert b"canary-of-minutes" not in content
    assert b"short-lived" not in content
    place.restore()
    with closing(sqlite3.connect(place.new)) as there:
        assert there.execute("SELECT key FROM ledger ORDER BY key").fetchall() == [("ended:1",), ("receipt:1",)]


@pytest.mark.row("F-16")
@pytest.mark.parametrize("ended", [False, True])
async def test_a_token_in_the_outbox_is_put_in_its_grants_place(place: Place, ended: bool) -> None:
    grant = active(seeded(1))[0]
    grant = after(grant, take_lease(grant, "attempt-1", NOW))
    if ended:
        grant = after(grant, retire(Reason.OWNER_DISCONNECTED, NOW))
    await place.grants.put(grant)
    refreshed = seal_refreshed(grant, PROPS, "attempt-2", bytes(32), seeded(2))
    await place.outbox.put(grant, refreshed)
    place.back_up()
    place.restore()
    there = await place.restored(grant.id)
    assert (there.props, there.props_version) == (refreshed.props, refreshed.props_version)
    assert there.lease_id is None


@pytest.mark.row("F-16")
async def test_a_token_that_leaves_the_outbox_meanwhile_is_not_lost(place: Place) -> None:
    grant = active(seeded(1))[0]
    await place.grants.put(grant)
    refreshed = seal_refreshed(grant, PROPS, "attempt-2", bytes(32), seeded(2))
    looks: list[Mapping[str, Refreshed]] = [{}, {grant_hash(grant.id): refreshed}]
    take(place.path, place.file, looks.pop, {}, LONG_AFTER)
    place.restore()
    assert (await place.restored(grant.id)).props_version == refreshed.props_version


@pytest.mark.parametrize(
    ("taken_at", "changed", "doubt"),
    [
        (ACCESS_END + QUIET_SECONDS, {}, False),
        (ACCESS_END + QUIET_SECONDS - 1, {}, True),
        (NOW, {}, True),
        (LONG_AFTER, {"previous_access_expires_at": LONG_AFTER}, True),
        (LONG_AFTER, {"lease_id": "attempt-1"}, True),
        (LONG_AFTER, {"refresh_unknown": "attempt-1"}, True),
        (NOW, {"access_expires_at": None}, False),
    ],
)
async def test_in_doubt_is_what_an_assistant_could_use_after_the_backup(
    place: Place, taken_at: int, changed: dict[str, object], doubt: bool
) -> None:
    grant = replace(active(seeded(1))[0], **changed)  # type: ignore[arg-type]
    await place.grants.put(grant)
    place.back_up(taken_at)
    assert place.restore().in_doubt == doubt
    there = await place.restored(grant.id)
    assert (there.restored_at, there.refresh_unknown == IN_DOUBT) == (LONG_AFTER + 50, doubt)


async def test_a_grant_that_has_ended_or_waits_for_its_code_is_not_marked(place: Place) -> None:
    begun = authorized(seeded(1))[0]
    ended = after(active(seeded(2))[0], retire(Reason.EXPIRED, NOW))
    for grant in (begun, ended):
        await place.grants.put(grant)
    place.back_up()
    assert place.restore() == Restored(active=0, in_doubt=0, ended=0, moved=False)
    assert [await place.restored(one.id) for one in (begun, ended)] == [begun, ended]


async def test_a_grant_that_ended_since_the_backup_ends_here_too(place: Place) -> None:
    one, other = active(seeded(1))[0], active(seeded(2))[0]
    for grant in (one, other):
        await place.grants.put(grant)
    place.back_up()
    ended = {grant_hash(one.id): Reason.OWNER_DISCONNECTED, "f" * 32: Reason.EXPIRED}
    assert place.restore(ended=ended) == Restored(active=1, in_doubt=0, ended=1, moved=False)
    there = await place.restored(one.id)
    assert (there.state, there.retired_reason) == (GrantState.RETIRED, Reason.OWNER_DISCONNECTED)


@pytest.mark.process  # SQLite waits five seconds for a lock
async def test_a_store_moves_without_a_mark_once_and_starts_here_no_more(place: Place) -> None:
    grant = active(seeded(1))[0]
    await place.grants.put(grant)
    with pytest.raises(BackupRefused, match="stop the server"):
        place.back_up(NOW, move=True)
    assert not place.file.exists()
    await place.database.close()
    place.back_up(NOW, move=True)
    with pytest.raises(DatabaseRefused, match="was moved"):
        Database.open(place.path)
    with pytest.raises(BackupRefused, match="was moved"):
        place.back_up(file=place.file.with_name("b"))
    assert place.restore() == Restored(active=1, in_doubt=0, ended=0, moved=True)
    assert await place.restored(grant.id) == grant
    place.new.unlink()
    assert place.restore() == Restored(active=1, in_doubt=1, ended=0, moved=False), "the second time its tokens are old"
    place.database = Database.open(place.new)


async def test_no_server_starts_on_a_backup_and_no_backup_is_made_of_something_else(place: Place) -> None:
    place.back_up()
    with pytest.raises(DatabaseRefused, match="is a backup"):
        Database.open(place.file)
    with pytest.raises(BackupRefused, match="not a finished backup"):
        read(place.path)
    for name, content in (("empty", b""), ("text", b"no database" * 100)):
        other = place.file.with_name(name)
        other.write_bytes(content)
        with pytest.raises((BackupRefused, DatabaseRefused)):
            restore(other, place.new, NOW, {})
        with pytest.raises((BackupRefused, DatabaseRefused)):
            take(other, place.file.with_name("b"), dict, {}, NOW)
        assert not place.file.with_name("b").exists()
    assert not place.new.exists()


async def test_a_damaged_backup_is_refused_and_leaves_nothing(place: Place) -> None:
    for seed in range(40):
        await place.grants.put(active(seeded(seed))[0])
    place.back_up()
    content = bytearray(place.file.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    place.file.write_bytes(content)
    with pytest.raises(DatabaseRefused):
        place.restore()
    assert [*place.new.parent.glob("*")] == []


async def test_a_restore_that_was_killed_is_in_nobodys_way(place: Place) -> None:
    place.back_up()
    place.new.parent.mkdir()
    place.new.with_name("mailconnect.sqlite3.restoring").write_bytes(b"half")
    place.restore()
    assert [*place.new.parent.iterdir()] == [place.new]


async def test_backups_taken_among_writes_are_each_of_one_moment(place: Place) -> None:
    """The writes are numbered, and go to the grants in turn: at any moment the numbers there follow each other."""
    grants = [active(seeded(seed))[0] for seed in range(20)]
    for grant in grants:
        await place.grants.put(replace(grant, last_used_at=0))
    written, taken = 0, 0

    async def write_until(done: Callable[[], bool]) -> None:
        nonlocal written
        while not done():
            grant = grants[written % len(grants)]
            assert await place.grants.update(grant.id, Update((), {"last_used_at": written}))
            written += 1

    await write_until(lambda: written == len(grants))
    writing = asyncio.create_task(write_until(lambda: taken == 5))
    seen = []
    for number in range(5):
        file = place.file.with_name(f"{number}.backup")
        await asyncio.to_thread(place.back_up, file=file)
        taken += 1
        with closing(sqlite3.connect(file)) as copy:
            numbers = sorted(at for (at,) in copy.execute("SELECT last_used_at FROM grants"))
        assert numbers == [*range(numbers[0], numbers[0] + len(grants))]
        seen.append(numbers[-1])
    await writing
    assert seen == sorted(seen)
    assert seen[-1] > seen[0], "writes went on between the first backup and the last"
