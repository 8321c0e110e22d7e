"""The stores in memory: for tests, and held to the same contract suites as the real ones."""

import dataclasses
from collections.abc import Mapping
from typing import Generic

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.provider_refresh.refreshed import Refreshed
from mailconnect.grants.update import Condition, Update, applied, holds
from mailconnect.oauth.clients.client import Client
from mailconnect.store.audit import PAGE, AuditPage, Event, latest_first
from mailconnect.store.counters import Counter
from mailconnect.store.errors import AlreadyExists, RecordUnknown
from mailconnect.store.ledger import Entry
from mailconnect.store.owned import R
from mailconnect.store.owned import latest_first as latest_owned_first
from mailconnect.store.switches import Switch


class MemoryClients:
    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    async def get(self, client_id: str, now: int) -> Client | None:
        client = self._clients.get(client_id)
        return client if client is not None and now < client.expires_at else None

    async def put(self, client: Client) -> None:
        if await self.get(client.id, client.created_at) is not None:
            raise AlreadyExists("client")
        self._clients[client.id] = client

    async def remember(self, client: Client) -> None:
        known = self._clients.get(client.id, client)
        newest = known if known.created_at > client.created_at else client
        self._clients[client.id] = dataclasses.replace(newest, expires_at=max(client.expires_at, known.expires_at))

    async def replace(self, client: Client, registration_hash: str) -> bool:
        known = self._clients.get(client.id)
        if known is None or known.registration_hash != registration_hash:
            return False
        self._clients[client.id] = dataclasses.replace(client, expires_at=known.expires_at)
        return True

    async def delete(self, client_id: str, registration_hash: str) -> bool:
        known = self._clients.get(client_id)
        if known is None or known.registration_hash != registration_hash:
            return False
        del self._clients[client_id]
        return True

    async def keep_until(self, client_id: str, expires_at: int) -> None:
        client = self._clients.get(client_id)
        if client is not None and client.expires_at < expires_at:
            self._clients[client_id] = dataclasses.replace(client, expires_at=expires_at)

    async def delete_expired(self, now: int) -> int:
        expired = [client.id for client in self._clients.values() if client.expires_at <= now]
        for client_id in expired:
            del self._clients[client_id]
        return len(expired)


class MemoryGrants:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    async def get(self, grant_id: str) -> Grant | None:
        grant = self._grants.get(grant_id)
        if grant is not None and not isinstance(grant.state, GrantState):
            raise RecordUnknown("a grant in a state that this version does not know")
        return grant

    async def put(self, grant: Grant) -> None:
        if grant.id in self._grants:
            raise AlreadyExists("grant")
        self._grants[grant.id] = grant

    async def update(self, grant_id: str, update: Update) -> bool:
        grant = self._grants.get(grant_id)
        after = applied(grant, update) if grant is not None else None
        if after is not None:
            self._grants[grant_id] = after
        return after is not None

    async def due(self, now: int, limit: int, past: int = 0) -> list[str]:
        due = sorted((grant.due_at, grant.id) for grant in self._grants.values() if grant.due_at <= now)
        return [grant_id for _, grant_id in due[past : past + limit]]

    async def owned_by(self, owner: str) -> list[str]:
        return [grant.id for grant in self._grants.values() if grant.owner == owner]

    async def everybodys(self) -> list[str]:
        return [*self._grants]

    async def delete(self, grant_id: str) -> bool:
        grant = self._grants.get(grant_id)
        if grant is None or grant.state is not GrantState.RETIRED:
            return False
        del self._grants[grant_id]
        return True


class MemoryCounters:
    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}

    async def add(self, counter: Counter, maximum: int) -> int | None:
        known = self._counters.get(counter.key)
        total = counter.count + (known.count if known else 0)
        if total > maximum:
            return None
        self._counters[counter.key] = dataclasses.replace(counter, count=total)
        return total

    async def delete_expired(self, now: int) -> int:
        expired = [counter.key for counter in self._counters.values() if counter.expires_at <= now]
        for key in expired:
            del self._counters[key]
        return len(expired)


class MemoryLedger:
    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}

    async def get(self, key: str, now: int) -> Entry | None:
        entry = self._entries.get(key)
        return entry if entry is not None and now < entry.expires_at else None

    async def put(self, entry: Entry, now: int) -> None:
        if await self.get(entry.key, now) is not None:
            raise AlreadyExists("ledger entry")
        self._entries[entry.key] = entry

    async def take(self, key: str, now: int) -> Entry | None:
        entry = await self.get(key, now)
        if entry is not None:
            del self._entries[key]
        return entry

    async def delete_expired(self, now: int) -> int:
        expired = [entry.key for entry in self._entries.values() if entry.expires_at <= now]
        for key in expired:
            del self._entries[key]
        return len(expired)


class MemorySwitches:
    def __init__(self) -> None:
        self._since: dict[Switch, int] = {}

    async def turned_on(self) -> Mapping[Switch, int]:
        return dict(self._since)

    async def turn_on(self, switch: Switch, now: int) -> None:
        self._since.setdefault(switch, now)

    async def turn_off(self, switch: Switch) -> None:
        self._since.pop(switch, None)


class MemoryAuditEvents:
    def __init__(self) -> None:
        self._events: dict[str, Event] = {}

    async def append(self, event: Event) -> None:
        self._events.setdefault(event.id, event)

    async def of_owner(self, owner: str, now: int, *, limit: int = PAGE, before: str | None = None) -> AuditPage:
        its = [event for event in self._events.values() if event.owner == owner and now < event.expires_at]
        its = [event for event in its if before is None or event.id < before]
        its.sort(key=lambda event: event.id, reverse=True)
        return AuditPage(latest_first(its[:limit]), earlier=its[limit - 1].id if len(its) > limit else None)

    async def remove(self, event: Event) -> None:
        self._events.pop(event.id, None)

    async def delete_expired(self, now: int) -> int:
        expired = [event.id for event in self._events.values() if event.expires_at <= now]
        for event_id in expired:
            del self._events[event_id]
        return len(expired)


class MemoryOutbox:
    def __init__(self) -> None:
        self._waiting: dict[str, Refreshed] = {}

    async def put(self, grant: Grant, refreshed: Refreshed) -> None:
        there = self._waiting.get(grant.id)
        if there is None or there.props_version <= refreshed.props_version:
            self._waiting[grant.id] = refreshed

    async def get(self, grant_id: str) -> Refreshed | None:
        return self._waiting.get(grant_id)

    async def remove(self, grant_id: str, props_version: int) -> None:
        there = self._waiting.get(grant_id)
        if there is not None and there.props_version <= props_version:
            del self._waiting[grant_id]


class MemoryOwned(Generic[R]):
    def __init__(self) -> None:
        self._records: dict[str, R] = {}

    async def get(self, record_id: str, now: int) -> R | None:
        record = self._records.get(record_id)
        return record if record is not None and now < record.expires_at else None

    async def put(self, record: R, now: int) -> None:
        if await self.get(record.id, now) is not None:
            raise AlreadyExists("owned record")
        self._records[record.id] = record

    async def replace(self, record: R, *conditions: Condition) -> bool:
        there = self._records.get(record.id)
        if there is None or not all(holds(there, condition) for condition in conditions):
            return False
        self._records[record.id] = record
        return True

    async def update(self, record_id: str, update: Update) -> bool:
        record = self._records.get(record_id)
        after = applied(record, update) if record is not None else None
        if after is not None:
            self._records[record_id] = after
        return after is not None

    async def of_owner(self, owner: str, now: int) -> list[R]:
        its = [record for record in self._records.values() if record.owner == owner and now < record.expires_at]
        return latest_owned_first(its)

    async def delete(self, record_id: str) -> bool:
        return self._records.pop(record_id, None) is not None

    async def delete_expired(self, now: int) -> int:
        expired = [record.id for record in self._records.values() if record.expires_at <= now]
        for record_id in expired:
            del self._records[record_id]
        return len(expired)
