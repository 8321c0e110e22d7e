"""Decide, write if nothing changed meanwhile, else decide again."""

from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest
from anyio.lowlevel import checkpoint

from mailconnect.grants.decision import Decision, Issued, Refused
from mailconnect.grants.errors import InvalidGrant
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.retirement import Reason, retire
from mailconnect.grants.tokens.access import used
from mailconnect.grants.tokens.redemption import redeem
from mailconnect.grants.update import Equals, Update
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.transition import decide
from tests.grants.scenario import (
    LIFETIMES,
    NOW,
    REDEEMED,
    active,
    authorized,
    redemption_of,
    seeded,
    tokens,
)
from tests.provider.strict_provider import nothing
from tests.provider.watched_grants import Fault, WatchedGrants

pytestmark = pytest.mark.anyio

MADE = active()
ID = MADE.grant.id
REFUSED = Refused(InvalidGrant("for a test"))


def store(grant: Grant = MADE.grant) -> WatchedGrants:
    grants = WatchedGrants()
    grants._grants[grant.id] = grant
    return grants


def raise_version(grant: Grant) -> Decision:
    """A rule whose update depends on what was read."""
    conditions = (Equals("state", GrantState.ACTIVE), Equals("props_version", grant.props_version))
    update = Update(conditions, {"props_version": grant.props_version + 1})
    return Issued(MADE.pairs[-1], update)


def racing(grants: WatchedGrants, times: int) -> Callable[[str], object]:
    """Another process changes the grant between reading and writing, so many times."""

    async def before(step: str) -> None:
        nonlocal times
        if step != "get" and times:
            times -= 1
            grant = grants._grants[ID]
            grants._grants[ID] = replace(grant, props_version=grant.props_version + 1)

    return before


async def test_a_decision_is_durable_when_it_is_told() -> None:
    grants = store()
    decision = await decide(grants, ID, raise_version)
    assert isinstance(decision, Issued)
    assert grants._grants[ID].props_version == MADE.grant.props_version + 1


async def test_where_there_is_no_grant_nothing_is_decided() -> None:
    assert await decide(store(), "0" * 22, lambda _: pytest.fail("there is nothing to decide")) is None


async def test_a_decision_that_changes_nothing_writes_nothing() -> None:
    grants = store()
    assert await decide(grants, ID, lambda _: REFUSED) is REFUSED
    assert grants.done == []


@pytest.mark.parametrize("races", [1, 4])
async def test_the_loser_of_a_race_reads_and_decides_again(races: int) -> None:
    grants = store()
    grants.before = racing(grants, races)
    seen: list[int] = []

    def rules(grant: Grant) -> Decision:
        seen.append(grant.props_version)
        return raise_version(grant)

    assert await decide(grants, ID, rules) is not None
    assert seen == list(range(1, races + 2))
    assert grants._grants[ID].props_version == races + 2


async def test_a_lost_race_may_change_the_decision() -> None:
    grants = store()

    async def before(step: str) -> None:
        if step == "note":
            grants.before = nothing
            await grants.update(ID, retire(Reason.CLIENT_REVOKED, NOW))

    grants.before = before
    decision = await decide(grants, ID, lambda g: REFUSED if g.state is GrantState.RETIRED else raise_version(g))
    assert decision is REFUSED


async def test_a_grant_that_was_erased_meanwhile_is_none() -> None:
    grants = store()

    async def before(step: str) -> None:
        if step == "note":
            del grants._grants[ID]

    grants.before = before
    assert await decide(grants, ID, raise_version) is None


async def test_a_writer_that_loses_every_race_is_told_to_try_again() -> None:
    grants = store()
    grants.before = racing(grants, 100)
    with pytest.raises(StoreUnavailable):
        await decide(grants, ID, raise_version)


@pytest.mark.row("F-21")
@pytest.mark.parametrize("step", ["get", "note"])
async def test_a_store_that_fails_decides_nothing(step: str) -> None:
    grants = store()
    grants.faults[step] = [Fault.UNAVAILABLE]
    with pytest.raises(StoreUnavailable):
        await decide(grants, ID, raise_version)
    assert grants._grants[ID] == MADE.grant


@pytest.mark.row("F-29")
async def test_of_twenty_redemptions_at_once_one_is_a_success() -> None:
    fresh = authorized()
    grants = store(fresh.grant)
    entropy = seeded(3)

    async def before(_: str) -> None:
        await checkpoint()

    grants.before = before
    decisions: list[Decision | None] = []

    def rules(grant: Grant) -> Decision:
        return redeem(grant, redemption_of(fresh.code), now=REDEEMED, lifetimes=LIFETIMES, entropy=entropy)

    async def attempt() -> None:
        decisions.append(await decide(grants, fresh.grant.id, rules))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(attempt)
    issued = [decision for decision in decisions if isinstance(decision, Issued)]
    assert len(decisions) == 20
    assert len(issued) == 1
    assert grants._grants[fresh.grant.id].state is GrantState.ACTIVE
    assert grants._grants[fresh.grant.id].access_hash == tokens(issued[0]).access.hash()


async def test_two_rules_that_do_not_depend_on_each_other_do_not_race() -> None:
    grants = store(replace(MADE.grant, last_used_at=None))
    noted = used(grants._grants[ID], NOW)
    assert noted is not None
    grants.before = racing(grants, 1)
    seen: list[Grant] = []

    def rules(grant: Grant) -> Decision:
        seen.append(grant)
        return Issued(MADE.pairs[-1], noted)

    await decide(grants, ID, rules)
    assert len(seen) == 1
