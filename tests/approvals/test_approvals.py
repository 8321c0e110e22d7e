"""The assistant's side: one link for one draft, and what the owner decided."""

import asyncio
from dataclasses import replace

import pytest

from mailconnect.approvals import decision
from mailconnect.grants import trusted_browser
from mailconnect.grants.approval import LIFETIME, OVER, ApprovalLink, ApprovalState
from mailconnect.grants.errors import MalformedToken
from mailconnect.sending.approvals import Word
from mailconnect.sending.digest import digest
from mailconnect.store.audit import Actor
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryOwned
from tests.approvals.waiting import ANNA, NEW, Owner, Waiting, path_of, title_of
from tests.bridge import Bridge

pytestmark = pytest.mark.anyio


async def test_asking_twice_gives_the_same_link(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    first, second = await waiting.ask(draft), await waiting.ask(draft)
    assert first == second
    assert first.expires == bridge.clock() + 3600
    assert await waiting.look(draft) is Word.WAITING


async def test_of_many_who_ask_at_once_all_get_the_same_link(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    asked = await asyncio.gather(*(waiting.ask(draft) for _ in range(5)))
    assert len({one.link for one in asked}) == 1


async def test_each_draft_has_a_link_of_its_own(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    links = {(await waiting.ask(await waiting.draft(one))).link for one in (ANNA, NEW)}
    assert len(links) == 2


async def test_another_digest_was_never_asked_about_and_keeps_the_link(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    asked = await waiting.ask(draft)
    bridge.clock.now += 1800
    assert await waiting.approvals.look(waiting.grant, draft.id, "another") is Word.NONE
    again = await waiting.approvals.ask(waiting.grant, draft, "another")
    assert again.link == asked.link
    assert again.expires == bridge.clock() + 3600
    assert await waiting.approvals.look(waiting.grant, draft.id, "another") is Word.WAITING


async def test_a_link_is_of_the_record_that_it_was_made_for_and_of_no_other(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    asked = await waiting.ask(await waiting.draft(ANNA))
    record, link = await waiting.record(asked), ApprovalLink.parse(asked.link.partition("link=")[2])
    assert link.is_of(record)
    for other in ({"grant": "another"}, {"id": "approval:another"}, {"link_hash": "another"}):
        assert not link.is_of(replace(record, **other))


async def test_after_the_hour_there_is_a_new_link_and_the_old_one_opens_nothing(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    asked = await waiting.ask(draft)
    bridge.clock.now += 3600
    assert await waiting.look(draft) is Word.EXPIRED
    again = await waiting.ask(draft)
    assert again.link != asked.link
    owner = Owner.at(bridge)
    await owner.visitor.sign_in()
    assert title_of(await owner.page(path_of(asked))) == "This link is over"
    assert title_of(await owner.page(path_of(again))) == "Send this as you?"


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (ApprovalState.SENDING, Word.WAITING),
        (ApprovalState.SENT, Word.SENT),
        (ApprovalState.STOPPED, Word.DISCARDED),
        (ApprovalState.DISCARDED, Word.DISCARDED),
    ],
)
async def test_a_decision_is_told_and_not_asked_for_again(bridge: Bridge, state: ApprovalState, word: Word) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    asked = await waiting.ask(draft)
    approval = await waiting.record(asked)
    assert await bridge.adapters.stores.approvals.replace(replace(approval, state=state, decided_at=1))
    assert await waiting.look(draft) is word


async def test_no_for_one_text_is_not_no_for_another(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    approval = await waiting.record(await waiting.ask(draft))
    no = replace(approval, state=ApprovalState.DISCARDED, decided_at=1)
    assert await bridge.adapters.stores.approvals.replace(no)
    assert await waiting.approvals.look(waiting.grant, draft.id, "another") is Word.NONE
    await waiting.approvals.ask(waiting.grant, draft, "another")
    assert await waiting.approvals.look(waiting.grant, draft.id, "another") is Word.WAITING


async def test_a_claim_is_made_once_and_can_be_given_back(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    approval = await waiting.record(await waiting.ask(draft))
    store = MemoryOwned()
    await store.put(approval, bridge.clock())
    claim = decision.claim(approval, draft, digest(draft), approval.seen, bridge.clock())
    assert [await store.update(approval.id, claim) for _ in range(2)] == [True, False]
    assert not await store.update(approval.id, decision.discard(approval, bridge.clock()))
    assert not await store.update(approval.id, decision.release(approval, bridge.clock() - 1))
    assert await store.update(approval.id, decision.release(approval, bridge.clock()))
    assert await store.get(approval.id, bridge.clock()) == approval
    assert await store.update(approval.id, decision.discard(approval, bridge.clock()))
    assert not await store.update(approval.id, claim)


async def test_an_approval_that_keeps_changing_is_given_up(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    await waiting.ask(draft)

    class Changing(MemoryOwned):  # type: ignore[type-arg]
        async def replace(self, *_: object) -> bool:
            return False

    store = Changing()
    await store.put(await waiting.record(await waiting.ask(draft)), bridge.clock())
    asking = replace(waiting.approvals, of=replace(waiting.approvals.of, approvals=store))
    with pytest.raises(StoreUnavailable):
        await asking.ask(waiting.grant, draft, "another")


@pytest.mark.parametrize("text", ["", "x" * 87, "-" * 87, "é" * 87, "z" * 87, "z" * 22 + "0" * 65])
def test_a_text_that_is_no_link_is_none(text: str) -> None:
    with pytest.raises(MalformedToken):
        ApprovalLink.parse(text)


async def test_everything_that_waits_and_every_browser_goes_with_all_the_rest(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    owner = Owner.at(bridge)
    await owner.sign_in(path, remember="yes")
    bridge.clock.now += 1
    await owner.visitor.sign_in(next_path="/account/delete")
    await owner.visitor.press("/account/delete", path="/account/delete")
    stores = bridge.adapters.stores
    assert await stores.browsers.of_owner(waiting.grant.owner, bridge.clock()) == []  # at once
    await bridge.sweep.run()
    assert await stores.approvals.of_owner(waiting.grant.owner, bridge.clock()) == []


async def test_the_sweep_deletes_what_has_expired(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    await Owner.at(bridge).sign_in(path, remember="yes")

    async def kept() -> list[int]:
        await bridge.sweep.run()
        return [len(bridge.database.read(f"SELECT id FROM {table}", ())) for table in ("approvals", "browsers")]

    for seconds, left in ((LIFETIME + OVER - 1, [1, 1]), (1, [0, 1]), (trusted_browser.LIFETIME, [0, 0])):
        bridge.clock.now += seconds
        assert await kept() == left


async def test_an_approval_that_began_after_an_erasure_was_requested_stays(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    approval = await waiting.record(await waiting.ask(await waiting.draft(ANNA)))
    stores = bridge.adapters.stores
    await stores.audit.request_erasure(approval.owner, Actor.OWNER)
    later = replace(approval, id="approval:later", created_at=bridge.clock() + 1)
    await stores.approvals.put(later, bridge.clock())
    await bridge.sweep.run()
    assert await stores.approvals.of_owner(approval.owner, bridge.clock()) == [later]


async def test_the_export_has_what_waits_and_the_browsers_and_nothing_secret(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    asked = await waiting.ask(await waiting.draft(ANNA))
    owner = Owner.at(bridge)
    await owner.sign_in(path_of(asked), remember="yes")
    made = await owner.visitor.press("/account/export")
    link = made.text.partition('href="/account/export/download')[2].partition('"')[0]
    document = (await owner.visitor.window.send("GET", f"/account/export/download{link}")).json()
    [approval], [browser] = document["approvals"], document["browsers_that_may_approve"]
    assert (approval["connection"], approval["state"]) == (waiting.grant.id, "waiting")
    assert browser["called"]
    record = await waiting.record(asked)
    for secret in (record.link_hash, record.digest, asked.link.partition("link=")[2]):
        assert secret not in str(document)
