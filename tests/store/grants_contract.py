"""What every store of grants must do. A subclass gives the fixtures `grants` and `grants_elsewhere`, a second instance
onto the same data, as another server process has one."""

import asyncio
import dataclasses
import random
from types import SimpleNamespace
from typing import Any

import pytest

from mailconnect.audit import Audit
from mailconnect.grants.decision import Decision, Issued, Refused
from mailconnect.grants.errors import InvalidGrant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import open_props
from mailconnect.grants.provider_refresh.lease import take_lease
from mailconnect.grants.provider_refresh.refreshed import seal_refreshed, store_refreshed
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.access import authenticate
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.tokens.rotation import Rotation, rotate
from mailconnect.grants.update import Absent, After, Condition, Equals, NotAfter, OneOf, Update, applied
from mailconnect.store.errors import AlreadyExists, RecordUnknown
from mailconnect.store.grants import Grants
from mailconnect.store.memory import MemoryAuditEvents, MemoryClients, MemoryCounters, MemoryLedger, MemoryOutbox
from mailconnect.store.transition import decide
from mailconnect.sweep.sweep import Sweep
from tests.grants.earlier import NAMES, Earlier
from tests.store.transitions import (
    BROKEN,
    FIELDS,
    LIFETIMES,
    NOW,
    OPTIONAL,
    PROPS,
    TRANSITIONS,
    Transition,
    active,
    any_value,
    authorized,
    redemption,
    rotated,
    seeded,
)

STRANGE_IDS = ["", "x" * 3000, "\ud800", "\x00", "' OR 1=1 --"]


def filled(seed: int = 7) -> Grant:
    """A grant in which every field holds a value."""
    grant, _, _ = rotated(seeded(seed))
    chance = random.Random(seed)
    values = {name: any_value(name, chance) for name in OPTIONAL if getattr(grant, name) is None}
    return dataclasses.replace(grant, **values)


class GrantsContract:
    # A record is read as it was put.

    @pytest.mark.parametrize("name", NAMES[1:])
    async def test_a_grant_of_an_earlier_release_is_kept_and_rotated(self, grants: Grants, name: str) -> None:
        earlier = Earlier.written(name)
        await grants.put(earlier.grant)
        assert await grants.get(earlier.grant.id) == earlier.grant
        presented, client_id = earlier.refresh[-1], earlier.grant.client_id
        request = Rotation(refresh_token=presented, client_id=client_id, scope=None, resource=None, network="4 a")

        def rules(grant: Grant) -> Decision:
            return rotate(grant, request, now=NOW, lifetimes=LIFETIMES, entropy=seeded(5))

        decision = await decide(grants, earlier.grant.id, rules)
        assert isinstance(decision, Issued)
        stored = await grants.get(earlier.grant.id)
        assert stored is not None
        assert (stored.schema_version, stored.refresh_scope) == (2, " ".join(sorted(earlier.grant.scope.split())))
        access = authenticate(stored, decision.tokens.access, stored.resource, NOW)
        assert open_props(stored, access.data_key()).access_token == "provider-access-canary"

    async def test_a_grant_comes_back_as_it_was_put(self, grants: Grants) -> None:
        grant, _ = authorized(seeded(1))
        await grants.put(grant)
        got = await grants.get(grant.id)
        assert got == grant
        assert got is not None
        assert type(got.state) is GrantState

    async def test_every_field_comes_back_as_it_was_put(self, grants: Grants) -> None:
        grant = filled()
        assert all(getattr(grant, name) is not None for name in FIELDS)
        await grants.put(grant)
        assert await grants.get(grant.id) == grant

    @pytest.mark.parametrize("name", OPTIONAL)
    async def test_a_field_may_be_none(self, grants: Grants, name: str) -> None:
        grant = dataclasses.replace(filled(), **{name: None})
        await grants.put(grant)
        assert await grants.get(grant.id) == grant

    @pytest.mark.row("ST-11")
    @pytest.mark.parametrize(
        "values",
        [
            {"client_name": "Zoë’s 助手 \U0001f4ec e\u0301 \x00 \\ \" '"},
            {"client_name": ""},
            {"expires_at": 2**53 + 1},
            {"expires_at": 2**63 - 1, "created_at": 0, "last_used_at": 0},
            {"props": bytes(range(256)), "data_key": b"\x00", "successor": b""},
            {"props": random.Random(3).randbytes(100_000)},
        ],
        ids=["unicode", "empty text", "beyond a float", "largest and least numbers", "bytes", "many bytes"],
    )
    async def test_unusual_values_come_back_exactly(self, grants: Grants, values: dict[str, Any]) -> None:
        grant = dataclasses.replace(filled(), **values)
        await grants.put(grant)
        assert await grants.get(grant.id) == grant
        assert await grants.update(grant.id, Update((), {"last_used_at": NOW}))
        assert await grants.get(grant.id) == dataclasses.replace(grant, last_used_at=NOW)

    @pytest.mark.parametrize("strange", STRANGE_IDS, ids=ascii)
    async def test_an_id_that_nobody_put_is_not_found(self, grants: Grants, strange: str) -> None:
        assert await grants.get(strange) is None

    async def test_a_grant_is_never_put_over_another(self, grants: Grants) -> None:
        grant, _ = authorized(seeded(1))
        await grants.put(grant)
        with pytest.raises(AlreadyExists):
            await grants.put(dataclasses.replace(grant, client_name="another"))
        assert await grants.get(grant.id) == grant

    async def test_an_expired_grant_is_there_until_it_is_swept(self, grants: Grants) -> None:
        grant = dataclasses.replace(filled(), expires_at=1, idle_expires_at=1)
        await grants.put(grant)
        assert await grants.get(grant.id) == grant

    # Every transition, and every condition of it.

    @pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.name)
    async def test_a_transition_does_what_the_rules_say_and_no_more(
        self, grants: Grants, transition: Transition
    ) -> None:
        before, other = transition.before, filled(8)
        await grants.put(before)
        await grants.put(other)
        assert await grants.update(before.id, transition.update)
        assert await grants.get(before.id) == applied(before, transition.update)
        assert await grants.get(other.id) == other

    async def test_when_one_condition_fails_nothing_changes(self, grants: Grants) -> None:
        for at, (transition, number, broken) in enumerate(BROKEN):
            case = f"{at}: {transition.name}, condition {number}"
            conditions = transition.update.conditions
            others = dataclasses.replace(transition.update, conditions=conditions[:number] + conditions[number + 1 :])
            assert applied(broken, others) is not None, case
            one = dataclasses.replace(broken, id=str(at))
            await grants.put(one)
            assert not await grants.update(one.id, transition.update), case
            assert await grants.get(one.id) == one, case

    @pytest.mark.parametrize(
        "update",
        [
            Update((), {"last_used_at": NOW}),
            Update((), {}),
            Update((Absent("lease_id"), NotAfter("lease_until", NOW)), {"lease_id": "attempt"}),
            retire(Reason.EXPIRED, NOW),
        ],
        ids=["no conditions", "nothing", "conditions on what is absent", "retire"],
    )
    async def test_an_update_makes_no_grant_of_nothing(self, grants: Grants, update: Update) -> None:
        assert not await grants.update("0" * 22, update)
        assert await grants.get("0" * 22) is None

    async def test_an_update_may_change_nothing(self, grants: Grants) -> None:
        grant = filled()
        await grants.put(grant)
        assert await grants.update(grant.id, Update((Equals("state", GrantState.ACTIVE),), {}))
        assert not await grants.update(grant.id, Update((Equals("state", GrantState.RETIRED),), {}))
        assert await grants.get(grant.id) == grant

    async def test_any_update_does_what_applied_says(self, grants: Grants) -> None:
        chance = random.Random(11)
        grant = filled()
        await grants.put(grant)
        for _ in range(200):
            update = _any_update(grant, chance)
            expected = applied(grant, update)
            assert await grants.update(grant.id, update) is (expected is not None)
            grant = expected or grant
            assert await grants.get(grant.id) == grant

    # At the same moment.

    async def test_of_twenty_concurrent_updates_one_wins(self, grants: Grants, grants_elsewhere: Grants) -> None:
        grant, _, _ = active(seeded(1))
        await grants.put(grant)
        attempts = [f"attempt-{number}" for number in range(20)]
        outcomes = await asyncio.gather(
            *(
                (grants, grants_elsewhere)[number % 2].update(grant.id, take_lease(grant, attempt, NOW))
                for number, attempt in enumerate(attempts)
            )
        )
        assert sum(outcomes) == 1
        stored = await grants.get(grant.id)
        assert stored is not None
        assert stored.lease_id == attempts[outcomes.index(True)]

    @pytest.mark.row("F-22")
    async def test_a_code_redeemed_twenty_times_at_once_gives_one_pair(
        self, grants: Grants, grants_elsewhere: Grants
    ) -> None:
        grant, code = authorized(seeded(1))
        await grants.put(grant)

        def rules(current: Grant) -> Issued | Refused:
            return redeem(current, redemption(code), now=NOW + 1, lifetimes=LIFETIMES, entropy=seeded(2))

        decisions = await asyncio.gather(
            *(decide((grants, grants_elsewhere)[number % 2], grant.id, rules) for number in range(20))
        )
        refusals = [decision.error for decision in decisions if isinstance(decision, Refused)]
        assert len(refusals) == 19
        assert all(isinstance(error, InvalidGrant) and error.reason == "code_used_just_now" for error in refusals)
        stored = await grants.get(grant.id)
        assert stored is not None
        assert stored.state is GrantState.ACTIVE

    async def test_of_twenty_concurrent_puts_one_wins(self, grants: Grants, grants_elsewhere: Grants) -> None:
        grant, _ = authorized(seeded(1))
        outcomes = await asyncio.gather(
            *((grants, grants_elsewhere)[number % 2].put(grant) for number in range(20)), return_exceptions=True
        )
        assert outcomes.count(None) == 1
        assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 19

    @pytest.mark.row("ST-07", "F-26")
    async def test_a_change_is_seen_at_once_and_everywhere(self, grants: Grants, grants_elsewhere: Grants) -> None:
        grant = filled()
        await grants.put(grant)
        for number in range(20):
            assert await grants.update(grant.id, Update((), {"last_used_at": number}))
            seen = await grants_elsewhere.get(grant.id)
            assert seen is not None
            assert seen.last_used_at == number
        assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW))
        seen = await grants_elsewhere.get(grant.id)
        assert seen is not None
        assert seen.state is GrantState.RETIRED

    @pytest.mark.row("F-17")
    async def test_a_write_whose_answer_was_lost_is_known_by_its_attempt(self, grants: Grants) -> None:
        grant = filled()
        await grants.put(grant)
        update = store_refreshed(seal_refreshed(grant, PROPS, "attempt-1", bytes(32), seeded(3)))
        assert await grants.update(grant.id, update)
        assert not await grants.update(grant.id, update)
        stored = await grants.get(grant.id)
        assert stored is not None
        assert (stored.refreshed_by, stored.props_version) == ("attempt-1", grant.props_version + 1)

    # The queries of the sweep and the account page.

    async def test_due_grants_come_the_earliest_first_and_no_more_than_asked(self, grants: Grants) -> None:
        due = [dataclasses.replace(filled(seed), due_at=NOW + offset) for seed, offset in ((1, 5), (2, -5), (3, 0))]
        for grant in due:
            await grants.put(grant)
        later, earliest, now = (grant.id for grant in due)
        assert await grants.due(NOW, 10) == [earliest, now]
        assert await grants.due(NOW + 5, 10) == [earliest, now, later]
        assert await grants.due(NOW + 5, 2) == [earliest, now]
        assert await grants.due(NOW - 6, 10) == []

    async def test_due_grants_are_looked_for_past_the_first_of_them(self, grants: Grants) -> None:
        for number in range(25):
            await grants.put(dataclasses.replace(filled(), id=f"{number:022}", due_at=NOW - number // 7))
        everything = await grants.due(NOW, 100)
        assert everything == sorted(everything, key=lambda one: (NOW - int(one) // 7, one))
        assert await grants.due(NOW, 10, 12) == everything[12:22]
        assert await grants.due(NOW, 10, 20) == everything[20:]
        assert await grants.due(NOW, 10, 25) == []

    @pytest.mark.row("F-42")
    async def test_a_round_gets_past_more_records_of_a_newer_version_than_it_has_places(self, grants: Grants) -> None:
        newer: Any = "a state of tomorrow"
        for number in range(250):
            await grants.put(dataclasses.replace(filled(), id=f"{number:022}", state=newer, due_at=NOW - 1))
        with pytest.raises(RecordUnknown):
            await grants.get(f"{0:022}")
        for number in range(500, 505):
            await grants.put(dataclasses.replace(filled(), id=f"{number:022}", state=GrantState.RETIRED, due_at=NOW))
        nothing: Any = None
        not_ours: Any = SimpleNamespace(provider=SimpleNamespace(id="https://another.example"))
        sweep = Sweep(
            clients=MemoryClients(),
            grants=grants,
            ledger=MemoryLedger(),
            counters=MemoryCounters(),
            audit=Audit(MemoryAuditEvents(), lambda: NOW, bytes),
            outbox=MemoryOutbox(),
            opener=nothing,
            oauth=not_ours,
            clock=lambda: NOW,
        )
        assert await sweep.run() == 5
        assert await grants.due(NOW, 1000) == [f"{number:022}" for number in range(250)]

    async def test_a_retired_grant_is_due_at_once_and_a_postponed_one_is_not(self, grants: Grants) -> None:
        grant = filled()
        await grants.put(grant)
        assert await grants.due(NOW + 300, 10) == []
        assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW + 300))
        assert await grants.due(NOW + 300, 10) == [grant.id]
        assert await grants.update(grant.id, Update((), {"due_at": NOW + 900, "revoke_attempts": 1}))
        assert await grants.due(NOW + 300, 10) == []

    async def test_an_owner_finds_all_their_grants_and_nobody_elses(self, grants: Grants) -> None:
        mine = [dataclasses.replace(filled(seed), owner="a" * 64) for seed in (1, 2)]
        for grant in (*mine, filled(3)):
            await grants.put(grant)
        assert await grants.update(mine[0].id, retire(Reason.OWNER_DISCONNECTED, NOW))
        assert sorted(await grants.owned_by("a" * 64)) == sorted(grant.id for grant in mine)
        assert await grants.owned_by("b" * 64) == []

    async def test_an_operator_who_ends_the_service_finds_every_grant(self, grants: Grants) -> None:
        assert await grants.everybodys() == []
        put = [dataclasses.replace(filled(seed), due_at=NOW + 100_000 * seed) for seed in range(1, 13)]
        for grant in put:
            await grants.put(grant)
        assert await grants.update(put[0].id, retire(Reason.OWNER_DISCONNECTED, NOW))
        assert sorted(await grants.everybodys()) == sorted(grant.id for grant in put)

    # The end.

    async def test_a_retired_grant_is_erased_and_found_nowhere(self, grants: Grants) -> None:
        grant = filled()
        await grants.put(grant)
        assert await grants.update(grant.id, retire(Reason.OWNER_DISCONNECTED, NOW))
        assert await grants.delete(grant.id)
        assert await grants.get(grant.id) is None
        assert await grants.due(NOW, 10) == []
        assert await grants.owned_by(grant.owner) == []
        assert not await grants.delete(grant.id)
        assert not await grants.update(grant.id, Update((), {"last_used_at": NOW}))
        assert await grants.get(grant.id) is None

    @pytest.mark.parametrize("state", [GrantState.AUTHORIZED, GrantState.ACTIVE])
    async def test_a_grant_that_is_not_retired_is_not_erased(self, grants: Grants, state: GrantState) -> None:
        grant = dataclasses.replace(filled(), state=state)
        await grants.put(grant)
        assert not await grants.delete(grant.id)
        assert await grants.get(grant.id) == grant


def _any_update(grant: Grant, chance: random.Random) -> Update:
    """One whose conditions mostly hold."""
    names = sorted(FIELDS.keys() - {"id", "state", "schema_version"})
    changed = chance.sample(names, 6)
    removed = frozenset(name for name in changed[3:] if name in OPTIONAL)
    conditions = tuple(_any_condition(grant, name, chance) for name in chance.sample(names, 2))
    return Update(conditions, {name: any_value(name, chance) for name in changed if name not in removed}, removed)


def _any_condition(grant: Grant, name: str, chance: random.Random) -> Condition:
    value = getattr(grant, name)
    other = any_value(name, chance)
    if value is None:
        return chance.choice([Absent(name), Absent(name), Equals(name, other)])
    choices: list[Condition] = [Equals(name, value), OneOf(name, (other, value)), Equals(name, other)]
    if isinstance(value, int):
        choices += [After(name, value - 1), NotAfter(name, value), NotAfter(name, other), After(name, other)]
    return chance.choice(choices)
