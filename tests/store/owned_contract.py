"""What every store of owners' records must do. A subclass gives the fixtures `approvals`, `approvals_elsewhere` (a
second instance onto the same data) and `browsers`."""

import asyncio
import dataclasses

import pytest

from mailconnect.grants.approval import Approval, ApprovalState
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.grants.update import Absent, Equals, OneOf, Update
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.owned import Owned

NOW = 1_800_000_000
ALICE, BOB = "a" * 64, "b" * 64
APPROVAL = Approval(
    id=f"approval:{'1' * 32}",
    owner=ALICE,
    grant="G" * 22,
    state=ApprovalState.WAITING,
    draft_id="M1",
    digest="d" * 64,
    seen=b"\x01seen\x00",
    link_hash="e" * 64,
    seed=b"seed",
    wrap=b"\x02wrap",
    created_at=NOW,
    until=NOW + 3600,
    expires_at=NOW + 86_400,
)
DECIDED = dataclasses.replace(
    APPROVAL, state=ApprovalState.SENT, decided_at=NOW + 9, sent_id="S1", stoppable_until=NOW + 60
)
BROWSER = TrustedBrowser(
    id=f"browser:{'2' * 64}", owner=ALICE, called="Safari on iPhone", created_at=NOW, expires_at=NOW + 30 * 86_400
)
CLAIM = Update((Equals("state", ApprovalState.WAITING),), {"state": ApprovalState.SENDING, "decided_at": NOW + 5})


def approval(number: int, **fields: object) -> Approval:
    return dataclasses.replace(
        APPROVAL,
        **{"id": f"approval:{number:032}", "created_at": NOW + number, **fields},  # type: ignore[arg-type]
    )


EMPTIED = Update(
    (OneOf("state", (ApprovalState.SENDING, ApprovalState.WAITING)),),
    {"state": ApprovalState.SENT, "wrap": b"", "seen": b"", "expires_at": NOW + 90_000},
)


class OwnedContract:
    expires_by_itself = False
    """Whether expired records go without `delete_expired`."""

    async def test_the_opening_fields_can_be_emptied_and_the_record_kept_longer(
        self, approvals: Owned[Approval], approvals_elsewhere: Owned[Approval]
    ) -> None:
        await approvals.put(APPROVAL, NOW)
        assert await approvals.update(APPROVAL.id, EMPTIED)
        found = await approvals_elsewhere.get(APPROVAL.id, NOW + 86_400)
        assert found == dataclasses.replace(
            APPROVAL, state=ApprovalState.SENT, wrap=b"", seen=b"", expires_at=NOW + 90_000
        )
        assert not await approvals.update(APPROVAL.id, EMPTIED)

    @pytest.mark.parametrize("kept", [APPROVAL, DECIDED], ids=["waiting", "every field"])
    async def test_an_approval_comes_back_as_it_was_put(
        self, approvals: Owned[Approval], approvals_elsewhere: Owned[Approval], kept: Approval
    ) -> None:
        await approvals.put(kept, NOW)
        found = await approvals_elsewhere.get(kept.id, NOW)
        assert found == kept
        assert found is not None
        assert isinstance(found.state, ApprovalState)

    async def test_a_browser_comes_back_as_it_was_put_and_is_noted_as_used(
        self, browsers: Owned[TrustedBrowser]
    ) -> None:
        await browsers.put(BROWSER, NOW)
        assert await browsers.get(BROWSER.id, NOW) == BROWSER
        assert await browsers.update(BROWSER.id, Update((), {"used_at": NOW + 60}))
        assert await browsers.of_owner(ALICE, NOW) == [dataclasses.replace(BROWSER, used_at=NOW + 60)]

    @pytest.mark.parametrize("strange", ["", "x" * 3000, "\ud800", "' OR 1=1 --"])
    async def test_a_record_that_was_never_put_is_not_there(self, approvals: Owned[Approval], strange: str) -> None:
        if strange == "\ud800":
            return  # SQLite's driver refuses it, and no id of ours is made of other people's text
        assert await approvals.get(strange, NOW) is None
        assert not await approvals.delete(strange)

    async def test_a_record_is_as_good_as_gone_when_it_expires(self, approvals: Owned[Approval]) -> None:
        await approvals.put(APPROVAL, NOW)
        end = APPROVAL.expires_at
        assert await approvals.get(APPROVAL.id, end - 1) == APPROVAL
        assert await approvals.get(APPROVAL.id, end) is None
        assert await approvals.of_owner(ALICE, end) == []

    async def test_an_id_is_taken_until_its_record_expires(self, approvals: Owned[Approval]) -> None:
        await approvals.put(APPROVAL, NOW)
        later = approval(1, id=APPROVAL.id, expires_at=NOW + 200_000)
        with pytest.raises(AlreadyExists):
            await approvals.put(later, APPROVAL.expires_at - 1)
        await approvals.put(later, APPROVAL.expires_at)
        assert await approvals.get(APPROVAL.id, APPROVAL.expires_at) == later

    async def test_of_many_who_claim_one_approval_exactly_one_gets_it(
        self, approvals: Owned[Approval], approvals_elsewhere: Owned[Approval]
    ) -> None:
        await approvals.put(APPROVAL, NOW)
        stores = [approvals, approvals_elsewhere] * 5
        got = await asyncio.gather(*(store.update(APPROVAL.id, CLAIM) for store in stores))
        assert got.count(True) == 1
        found = await approvals.get(APPROVAL.id, NOW)
        assert found is not None
        assert (found.state, found.decided_at) == (ApprovalState.SENDING, NOW + 5)

    async def test_an_update_removes_what_it_names(self, approvals: Owned[Approval]) -> None:
        await approvals.put(DECIDED, NOW)
        gone = frozenset({"sent_id", "stoppable_until"})
        assert await approvals.update(DECIDED.id, Update((), {"state": ApprovalState.STOPPED}, gone))
        assert not await approvals.update(DECIDED.id, Update((Equals("sent_id", "S1"),), {"digest": "x"}))
        assert await approvals.update(DECIDED.id, Update((Absent("sent_id"),), {"digest": "x"}))

    async def test_a_record_is_replaced_while_it_is_as_it_was_read(self, approvals: Owned[Approval]) -> None:
        later = approval(1, id=APPROVAL.id, digest="x")
        assert not await approvals.replace(later, Equals("state", ApprovalState.WAITING))
        await approvals.put(DECIDED, NOW)
        assert not await approvals.replace(later, Equals("state", ApprovalState.WAITING))
        assert await approvals.replace(later, Equals("state", ApprovalState.SENT), Equals("digest", DECIDED.digest))
        assert await approvals.get(APPROVAL.id, NOW) == later

    async def test_an_update_makes_no_record_of_nothing(self, approvals: Owned[Approval]) -> None:
        assert not await approvals.update(APPROVAL.id, Update((), {"digest": "x"}))
        assert await approvals.get(APPROVAL.id, NOW) is None

    async def test_an_update_names_attributes_of_the_record_alone(self, approvals: Owned[Approval]) -> None:
        await approvals.put(APPROVAL, NOW)
        with pytest.raises((ValueError, TypeError)):
            await approvals.update(APPROVAL.id, Update((), {"nonsense": 1}))

    async def test_an_owner_has_their_own_records_the_latest_first(
        self, approvals: Owned[Approval], browsers: Owned[TrustedBrowser]
    ) -> None:
        await browsers.put(BROWSER, NOW)
        for one in (approval(1), approval(3), approval(2), approval(4, owner=BOB)):
            await approvals.put(one, NOW)
        assert await approvals.of_owner(ALICE, NOW) == [approval(3), approval(2), approval(1)]
        assert await approvals.of_owner("", NOW) == []

    async def test_a_later_end_counts(self, approvals: Owned[Approval]) -> None:
        await approvals.put(APPROVAL, NOW)
        assert await approvals.update(APPROVAL.id, Update((), {"expires_at": NOW + 100_000}))
        assert await approvals.get(APPROVAL.id, NOW + 99_999) is not None

    async def test_a_deleted_record_is_gone(self, browsers: Owned[TrustedBrowser]) -> None:
        await browsers.put(BROWSER, NOW)
        assert await browsers.delete(BROWSER.id)
        assert await browsers.get(BROWSER.id, NOW) is None
        assert not await browsers.delete(BROWSER.id)

    async def test_expired_records_go(self, approvals: Owned[Approval]) -> None:
        await approvals.put(APPROVAL, NOW)
        await approvals.put(approval(1, expires_at=NOW + 90_000), NOW)
        assert await approvals.delete_expired(APPROVAL.expires_at) == (0 if self.expires_by_itself else 1)
        assert len(await approvals.of_owner(ALICE, APPROVAL.expires_at)) == 1
