"""Lost responses, lost requests and races, with emulators that carry out the requests."""

import asyncio
import dataclasses
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from mailconnect.grants.decision import Issued, Refused
from mailconnect.grants.errors import InvalidGrant
from mailconnect.grants.grant import READABLE_VERSION, GrantState
from mailconnect.grants.provider_refresh.lease import release_lease, take_lease
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.update import Equals, Update
from mailconnect.store.dynamodb.clients import DynamoClients
from mailconnect.store.dynamodb.conversion import attribute
from mailconnect.store.dynamodb.grants import DynamoGrants
from mailconnect.store.dynamodb.ledger import DynamoLedger
from mailconnect.store.errors import AlreadyExists, StoreUnavailable
from mailconnect.store.transition import decide
from tests.aws import tables
from tests.aws.emulator import Emulator
from tests.aws.faults import Act, Send, acting, answer_lost, request_lost
from tests.store.clients_contract import PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import LIFETIMES, NOW, active, authorized, redemption, rotation, seeded

pytestmark = [pytest.mark.anyio, pytest.mark.aws]

NEVER = (request_lost,) * 3
IN_SILENCE = (answer_lost,) * 3
LOST = [(answer_lost,), (answer_lost, request_lost), (answer_lost, answer_lost), IN_SILENCE]
"""Fates of one write that is carried out: its answer gets lost once, and so do the answers to its repetitions."""


def fate(acts: tuple[Act, ...]) -> str:
    return "+".join(act.__name__ for act in acts)


@pytest.fixture
def dynamodb(emulator: Emulator) -> Iterator[Any]:
    """For one test: botocore has a budget of repetitions for each client, which these tests would soon have spent."""
    client = emulator.dynamodb()
    yield client
    client.close()


@pytest.fixture
def grants(dynamodb: Any) -> DynamoGrants:
    return DynamoGrants(dynamodb, tables.create(dynamodb, "grants"), os.urandom)


@pytest.fixture
def clients(dynamodb: Any) -> DynamoClients:
    return DynamoClients(dynamodb, tables.create(dynamodb, "clients"), os.urandom)


@pytest.fixture
def ledger(dynamodb: Any) -> DynamoLedger:
    return DynamoLedger(dynamodb, tables.create(dynamodb, "ledger"), os.urandom)


# Carried out, and not answered.


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", LOST, ids=fate)
async def test_a_lease_whose_answer_was_lost_is_taken(
    dynamodb: Any, grants: DynamoGrants, acts: tuple[Act, ...]
) -> None:
    grant, _, _ = active(seeded(1))
    await grants.put(grant)
    with acting(dynamodb, "UpdateItem", *acts) as seen:
        assert await grants.update(grant.id, take_lease(grant, "attempt-1", NOW))
    assert seen.count("GetItem") == (acts == IN_SILENCE)
    stored = await grants.get(grant.id)
    assert stored is not None
    assert stored.lease_id == "attempt-1"
    assert not await grants.update(grant.id, take_lease(grant, "attempt-2", NOW))


@pytest.mark.row("F-17", "F-22")
@pytest.mark.parametrize("acts", LOST, ids=fate)
async def test_a_code_whose_redemption_got_no_answer_gives_its_tokens(
    dynamodb: Any, grants: DynamoGrants, acts: tuple[Act, ...]
) -> None:
    grant, code = authorized(seeded(1))
    await grants.put(grant)

    def rules(current: Any) -> Issued | Refused:
        return redeem(current, redemption(code), now=NOW + 1, lifetimes=LIFETIMES, entropy=seeded(2))

    with acting(dynamodb, "UpdateItem", *acts):
        decision = await decide(grants, grant.id, rules)
    assert isinstance(decision, Issued)
    stored = await grants.get(grant.id)
    assert stored is not None
    assert stored.access_hash == decision.tokens.access.hash()
    again = await decide(grants, grant.id, rules)
    assert isinstance(again, Refused)
    assert isinstance(again.error, InvalidGrant)


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", LOST, ids=fate)
async def test_a_record_that_was_put_without_an_answer_is_there_and_its_putters(
    dynamodb: Any, grants: DynamoGrants, clients: DynamoClients, ledger: DynamoLedger, acts: tuple[Act, ...]
) -> None:
    for put, again in (
        (lambda: grants.put(filled()), lambda: grants.put(filled())),
        (lambda: clients.put(PUBLIC), lambda: clients.put(PUBLIC)),
        (lambda: ledger.put(ENTRY, NOW), lambda: ledger.put(ENTRY, NOW)),
    ):
        with acting(dynamodb, "PutItem", *acts):
            await put()
        with pytest.raises(AlreadyExists):
            await again()
    assert await grants.get(filled().id) == filled()
    assert await clients.get(PUBLIC.id, NOW) == PUBLIC
    assert await ledger.get(ENTRY.key, NOW) == ENTRY


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", LOST, ids=fate)
async def test_an_entry_taken_without_an_answer_is_had_once(
    dynamodb: Any, ledger: DynamoLedger, acts: tuple[Act, ...]
) -> None:
    await ledger.put(ENTRY, NOW)
    with acting(dynamodb, "UpdateItem", *acts):
        assert await ledger.take(ENTRY.key, NOW) == ENTRY
    assert await ledger.take(ENTRY.key, NOW) is None
    await ledger.put(ENTRY, NOW)


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", [*LOST, NEVER], ids=fate)
async def test_an_entry_is_taken_whatever_becomes_of_its_deletion(
    dynamodb: Any, ledger: DynamoLedger, acts: tuple[Act, ...]
) -> None:
    await ledger.put(ENTRY, NOW)
    with acting(dynamodb, "DeleteItem", *acts):
        assert await ledger.take(ENTRY.key, NOW) == ENTRY
    assert await ledger.get(ENTRY.key, NOW) is None
    assert await ledger.take(ENTRY.key, NOW) is None
    await ledger.put(dataclasses.replace(ENTRY, value=b"used"), NOW)
    used = await ledger.take(ENTRY.key, NOW)
    assert used is not None
    assert used.value == b"used"


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", LOST, ids=fate)
async def test_a_grant_erased_without_an_answer_is_erased(
    dynamodb: Any, grants: DynamoGrants, acts: tuple[Act, ...]
) -> None:
    grant = dataclasses.replace(filled(), state=GrantState.RETIRED)
    await grants.put(grant)
    with acting(dynamodb, "DeleteItem", *acts):
        assert await grants.delete(grant.id)
    assert await grants.get(grant.id) is None
    assert not await grants.delete(grant.id)


# Not carried out.


@pytest.mark.row("F-17")
async def test_a_write_that_never_arrived_is_unavailable_and_not_refused(
    dynamodb: Any, grants: DynamoGrants, clients: DynamoClients, ledger: DynamoLedger
) -> None:
    grant = filled()
    for put in (grants.put(grant), clients.put(PUBLIC), ledger.put(ENTRY, NOW)):
        with acting(dynamodb, "PutItem", *NEVER), pytest.raises(StoreUnavailable):
            await put
    assert await grants.get(grant.id) is None
    assert await clients.get(PUBLIC.id, NOW) is None
    assert await ledger.get(ENTRY.key, NOW) is None

    await grants.put(grant)
    await ledger.put(ENTRY, NOW)
    for update in (
        grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW)),
        ledger.take(ENTRY.key, NOW),
    ):
        with acting(dynamodb, "UpdateItem", *NEVER), pytest.raises(StoreUnavailable):
            await update
    assert await grants.get(grant.id) == grant
    assert await ledger.get(ENTRY.key, NOW) == ENTRY


@pytest.mark.row("F-17")
@pytest.mark.parametrize("acts", [(request_lost,), (request_lost, request_lost)], ids=fate)
async def test_a_write_that_arrives_at_a_later_attempt_is_made_once(
    dynamodb: Any, grants: DynamoGrants, acts: tuple[Act, ...]
) -> None:
    grant, _, _ = active(seeded(1))
    await grants.put(grant)
    with acting(dynamodb, "UpdateItem", *acts) as seen:
        assert await grants.update(grant.id, take_lease(grant, "attempt-1", NOW))
    assert seen == ["UpdateItem"] * (len(acts) + 1)


@pytest.mark.row("F-17")
async def test_a_condition_that_does_not_hold_does_not_hold_at_a_later_attempt_either(
    dynamodb: Any, grants: DynamoGrants
) -> None:
    grant = filled()
    await grants.put(grant)
    wrong = Update((Equals("lease_id", "of nobody"),), {"last_used_at": 1})
    for acts in ((request_lost,), (answer_lost,), (answer_lost, request_lost)):
        with acting(dynamodb, "UpdateItem", *acts):
            assert not await grants.update(grant.id, wrong)
    assert await grants.get(grant.id) == grant


# Others, at the same moment.


@pytest.mark.row("F-17")
async def test_a_rotation_hidden_by_another_update_still_gives_its_tokens(
    dynamodb: Any, dynamodb_elsewhere: Any, grants: DynamoGrants
) -> None:
    """The one case that a write's name does not tell: the loser reads again, and the rotation's grace has the pair."""
    grant, _, tokens = active(seeded(1))
    await grants.put(grant)
    elsewhere = DynamoGrants(dynamodb_elsewhere, grants._table.name, os.urandom)

    def answer_lost_and_grant_used(send: Send) -> AWSResponse:
        send()
        with ThreadPoolExecutor(1) as thread:  # Another process has an event loop of its own.
            assert thread.submit(asyncio.run, elsewhere.update(grant.id, Update((), {"last_used_at": 1}))).result()
        return request_lost(send)

    with acting(dynamodb, "UpdateItem", answer_lost_and_grant_used):
        decision = await decide(grants, grant.id, lambda current: rotation(current, tokens, NOW + 100, seeded(9)))
    assert isinstance(decision, Issued)
    assert decision.tokens.refresh is not None
    stored = await grants.get(grant.id)
    assert stored is not None
    assert stored.refresh_hash == decision.tokens.refresh.hash()
    assert stored.last_used_at == 1


class TestRivals:
    """Twelve processes' worth of threads, each with a client and connections of its own."""

    COUNT = 12

    @pytest.fixture
    def rivals(self, emulator: Emulator) -> Iterator[list[Any]]:
        with ExitStack() as stack:
            clients = [emulator.dynamodb() for _ in range(self.COUNT)]
            for client in clients:
                stack.callback(client.close)
            yield clients

    def all_at_once(self, calls: list[Callable[[], Any]]) -> list[Any]:
        def run(call: Callable[[], Any]) -> Any:
            try:
                return asyncio.run(call())
            except AlreadyExists as exists:
                return exists

        with ThreadPoolExecutor(self.COUNT) as threads:
            return list(threads.map(run, calls))

    def test_of_twelve_leases_asked_for_at_once_one_is_given(self, rivals: list[Any], dynamodb: Any) -> None:
        table = tables.create(dynamodb, "grants")
        stores = [DynamoGrants(client, table, os.urandom) for client in rivals]
        grant, _, _ = active(seeded(1))
        asyncio.run(stores[0].put(grant))
        for round_ in range(10):
            names = [f"{round_}-{number}" for number in range(self.COUNT)]
            leases = [take_lease(grant, name, NOW) for name in names]
            won = self.all_at_once(
                [partial(store.update, grant.id, lease) for store, lease in zip(stores, leases, strict=True)]
            )
            assert sum(won) == 1
            assert asyncio.run(stores[0].update(grant.id, release_lease(names[won.index(True)])))

    def test_of_twelve_takers_at_once_one_gets_the_entry(self, rivals: list[Any], dynamodb: Any) -> None:
        table = tables.create(dynamodb, "ledger")
        stores = [DynamoLedger(client, table, os.urandom) for client in rivals]
        for _ in range(10):
            asyncio.run(stores[0].put(ENTRY, NOW))
            taken = self.all_at_once([partial(store.take, ENTRY.key, NOW) for store in stores])
            assert [entry for entry in taken if entry is not None] == [ENTRY]

    def test_of_twelve_puts_over_an_expired_entry_at_once_one_is_made(self, rivals: list[Any], dynamodb: Any) -> None:
        table = tables.create(dynamodb, "ledger")
        stores = [DynamoLedger(client, table, os.urandom) for client in rivals]
        for round_ in range(10):
            now = NOW + 1000 * round_
            entries = [
                dataclasses.replace(ENTRY, value=bytes([number]), expires_at=now + 600) for number in range(self.COUNT)
            ]
            outcomes = self.all_at_once(
                [partial(store.put, entry, now) for store, entry in zip(stores, entries, strict=True)]
            )
            assert outcomes.count(None) == 1
            assert asyncio.run(stores[0].get(ENTRY.key, now)) == entries[outcomes.index(None)]


# A newer version wrote this.


@pytest.mark.row("F-42")
async def test_attributes_of_a_newer_version_are_tolerated_and_preserved(
    dynamodb: Any, grants: DynamoGrants, clients: DynamoClients
) -> None:
    grant = filled()
    await grants.put(grant)
    await clients.put(PUBLIC)
    added = {"M": {"a": {"SS": ["b"]}}}
    for store, key in ((grants, grant.id), (clients, PUBLIC.id)):
        dynamodb.update_item(
            TableName=store._table.name,
            Key={"id": {"S": key}},
            UpdateExpression="SET of_tomorrow = :added",
            ExpressionAttributeValues={":added": added},
        )
    assert await grants.get(grant.id) == grant
    assert await clients.get(PUBLIC.id, NOW) == PUBLIC
    assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW))
    await clients.keep_until(PUBLIC.id, NOW + 500)
    for store, key in ((grants, grant.id), (clients, PUBLIC.id)):
        item = store._table.get(key)
        assert item is not None
        assert item["of_tomorrow"] == added


@pytest.mark.row("F-42")
async def test_a_grant_two_forms_ahead_is_left_alone(dynamodb: Any, grants: DynamoGrants) -> None:
    grant = dataclasses.replace(filled(), schema_version=READABLE_VERSION + 1, state=GrantState.RETIRED)
    await grants.put(grant)
    with pytest.raises(StoreUnavailable):
        await grants.get(grant.id)
    before = grants._table.get(grant.id)
    assert not await grants.update(grant.id, Update((), {"last_used_at": 1}))
    assert not await grants.delete(grant.id)
    assert grants._table.get(grant.id) == before


# TTL is a garbage collector, and late.


@pytest.mark.row("F-27")
async def test_ttl_is_seconds_since_the_epoch_and_follows_what_it_is_made_of(
    dynamodb: Any, grants: DynamoGrants
) -> None:
    grant = filled()
    await grants.put(grant)
    assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW + 7))
    item = grants._table.get(grant.id)
    assert item is not None
    assert item["ttl"] == attribute(NOW + 7 + 30 * 86_400)
    description = dynamodb.describe_time_to_live(TableName=grants._table.name)["TimeToLiveDescription"]
    assert description == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
