"""`/approve`: each state of the page, and the effect of each press."""

import asyncio
import html
import re
from dataclasses import replace

import pytest

from mailconnect.approvals import decision
from mailconnect.grants.approval import ApprovalLink, SeenMessage, seal_seen, unwrap
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.update import Update
from mailconnect.mail.address import Address
from mailconnect.sending.digest import digest
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switches import Switch
from tests.approvals.waiting import ANNA, JONAS, NEW, Owner, Waiting, path_of, title_of
from tests.bridge import Bridge
from tests.endpoints.visitor import Buttons

pytestmark = pytest.mark.anyio


async def waiting_at(
    bridge: Bridge, *to: Address, plain: str = "Hi,\n\nhere it is.\n\nAlice"
) -> tuple[Waiting, Owner, str]:
    """A message that waits, and its owner who has signed in to read it."""
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(*(to or (ANNA,)), plain=plain)
    owner = Owner.at(bridge)
    return waiting, owner, await owner.sign_in(path_of(await waiting.ask(draft)))


async def test_one_press_sends_the_message_that_was_seen(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    page = await owner.page(path)
    assert title_of(page) == "Send this as you?"
    assert "here it is." in page
    assert "anna.lind@example.com" in page
    assert waiting.submitted == 0
    said = await owner.press(path, "send", know="yes")
    assert title_of(said) == "Sent in a minute"
    assert waiting.submitted == 1
    bridge.clock.now += 120
    assert title_of(await owner.page(path)) == "Sent, 2 minutes ago"


async def test_a_look_at_the_page_sends_nothing_and_says_nothing_to_nobody(bridge: Bridge) -> None:
    """A chat that previews links opens them."""
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA, plain="a secret of theirs")))
    stranger = Owner.at(bridge)
    for _ in range(3):
        answer = await stranger.visitor.window.send("GET", path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/account/sign-in?next=")
    page = (await stranger.visitor.window.send("GET", answer.headers["location"])).text
    assert title_of(page) == "A message waits for you"
    assert "secret" not in page
    assert "contract" not in page
    assert waiting.submitted == 0


async def test_a_new_address_takes_a_tick(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge, NEW)
    page = await owner.page(path)
    assert "You have never written to this address." in page
    assert "I know <bdi" in page
    said = await owner.press(path, "send")
    assert "Tick the box above Send first." in said
    assert waiting.submitted == 0
    assert title_of(await owner.press(path, "send", know="yes")) == "Sent in a minute"


@pytest.mark.parametrize(("site", "sends"), [("none", True), ("same-origin", True), ("cross-site", False), ("", False)])
async def test_one_press_is_enough_where_no_other_site_led_here_and_everybody_is_known(
    bridge: Bridge, site: str, sends: bool
) -> None:
    """A pop-up can get one press of an owner who looks at another page (decision 0022)."""
    waiting, owner, path = await waiting_at(bridge, JONAS)
    page = await owner.visitor.window.send("GET", path, {"Sec-Fetch-Site": site} if site else {})
    button = next(one for one in Buttons.of(page) if one.fields.get("press") == "send")
    assert ("know" not in button.fields) is sends
    answer = await owner.pressed(button, know="")
    assert (answer.status_code == 303) is sends
    assert waiting.submitted == int(sends)


async def test_no_leaves_it_among_the_drafts(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    said = await owner.press(path, "discard")
    assert title_of(said) == "Not sent"
    assert waiting.submitted == 0
    [approval] = await bridge.adapters.stores.approvals.of_owner(waiting.grant.owner, bridge.clock())
    draft = await waiting.mail.draft(approval.draft_id)
    assert draft.is_draft
    assert await waiting.look(draft) == "discarded"
    said = await owner.press(path, "trash")
    assert "It is in the Trash now." in said
    moved = await waiting.mail.draft(draft.id)
    assert moved.mailbox_ids != draft.mailbox_ids


async def test_two_tabs_send_once(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    first, second = await owner.button(path, "send"), await owner.button(path, "send")
    answers = [await owner.pressed(first, know="yes"), await owner.pressed(second, know="yes")]
    pages = [await owner.page(answer.headers["location"]) for answer in answers]
    assert title_of(pages[0]) == "Sent in a minute"
    assert waiting.submitted == 1
    bridge.clock.now += 120
    assert title_of(await owner.page(answers[1].headers["location"])) == "Already sent, 2 minutes ago"


async def test_two_presses_at_once_send_once(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    button = await owner.button(path, "send")
    await asyncio.gather(*(owner.pressed(button, know="yes") for _ in range(6)))
    assert waiting.submitted == 1


async def test_a_held_message_can_be_stopped_and_asked_about_again(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await owner.press(path, "send", know="yes")
    assert title_of(await owner.press(path, "stop")) == "Stopped"
    bridge.clock.now += 120
    assert waiting.left == 0
    [approval] = await bridge.adapters.stores.approvals.of_owner(waiting.grant.owner, bridge.clock())
    draft = await waiting.mail.draft(approval.draft_id)
    assert draft.is_draft
    again = path_of(await waiting.ask(draft))
    assert again != path
    assert title_of(await owner.page(again)) == "Send this as you?"


async def test_after_the_hold_it_cannot_be_stopped(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await owner.press(path, "send", know="yes")
    button = await owner.button(path, "stop")
    bridge.clock.now += 61
    answer = await owner.pressed(button)
    assert title_of(await owner.page(answer.headers["location"])) == "Too late to stop it"
    assert waiting.submitted == 1


async def test_without_a_hold_it_has_left(bridge: Bridge) -> None:
    bridge.sandbox.switches.holds = False
    waiting, owner, path = await waiting_at(bridge)
    said = await owner.press(path, "send", know="yes")
    assert title_of(said) == "Sent"
    assert "cannot be called back" in said
    assert waiting.left == 1


@pytest.mark.parametrize("changed", ["before it was read", "after it was read"])
async def test_an_edited_draft_is_shown_anew_with_its_changed_lines(bridge: Bridge, changed: str) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA, plain="Hi,\n\nplease pay 100.\n\nAlice")
    asked = await waiting.ask(draft)
    owner = Owner.at(bridge)
    path = await owner.sign_in(path_of(asked))
    button = await owner.button(path, "send")
    await waiting.edited(draft, "Hi,\n\nplease pay 900.\n\nAlice")
    if changed == "after it was read":
        page = (await owner.pressed(button, know="yes")).text
    else:
        page = await owner.page(path)
    assert title_of(page) == "The message has changed. Read it again."
    assert re.findall(r"<mark>(?:<span[^>]*>[^<]*</span>)?(.*?)</mark>", page) == ["please pay 900."]
    assert waiting.submitted == 0
    assert title_of(await owner.press(path, "send", know="yes")) == "Sent in a minute"
    assert waiting.submitted == 1


async def test_a_draft_that_is_gone_is_said_to_be(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(ANNA)
    owner = Owner.at(bridge)
    path = await owner.sign_in(path_of(await waiting.ask(draft)))
    button = await owner.button(path, "send")
    assert await waiting.mail.remove_draft(draft.id)
    assert title_of(await owner.page(path)) == "It is not in your Drafts any more"
    assert title_of((await owner.pressed(button, know="yes")).text) == "It is not in your Drafts any more"
    assert waiting.submitted == 0


async def test_a_link_works_for_an_hour(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    bridge.clock.now += 3500
    path = await owner.sign_in(path)
    button = await owner.button(path, "send")
    bridge.clock.now += 100
    answer = await owner.pressed(button, know="yes")
    assert title_of(await owner.page(answer.headers["location"])) == "This link is over"
    assert waiting.submitted == 0


@pytest.mark.parametrize("how", ["disconnected", "narrowed", "switched off"])
async def test_an_owner_whose_connection_may_send_no_more_sends_nothing(bridge: Bridge, how: str) -> None:
    waiting, owner, path = await waiting_at(bridge)
    button = await owner.button(path, "send")
    if how == "disconnected":
        await waiting.assistant.revoke()
    elif how == "narrowed":
        left = " ".join(sorted({*waiting.grant.scope.split()} - {"emails:send"}))
        await bridge.adapters.stores.grants.update(waiting.grant.id, Update((), {"scope": left}))
    else:
        await SqliteSwitches(bridge.database).turn_on(Switch.READ_ONLY, bridge.clock())
        bridge.clock.now += 60
    answer = await owner.pressed(button, know="yes")
    page = await owner.page(answer.headers["location"])
    assert title_of(page).endswith("may not send any more")
    assert waiting.submitted == 0


async def test_the_link_of_a_retired_grant_opens_no_key(bridge: Bridge) -> None:
    """A thief with the link and the table: the family key has gone with the grant."""
    waiting = await Waiting.connected(bridge)
    asked = await waiting.ask(await waiting.draft(ANNA))
    link = ApprovalLink.parse(asked.link.partition("link=")[2])
    approval = await waiting.record(asked)
    assert len(unwrap(approval, link, waiting.grant)) == 32
    await waiting.assistant.revoke()
    retired = await bridge.adapters.stores.grants.get(waiting.grant.id)
    assert retired is not None
    with pytest.raises(SealBroken):
        unwrap(approval, link, retired)
    for moved in (replace(approval, draft_id="other"), replace(approval, until=approval.until + 1)):
        with pytest.raises(SealBroken):
            unwrap(moved, link, waiting.grant)


async def test_another_mailbox_is_told_so(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    other = Owner.at(bridge)
    await other.visitor.sign_in("bob")
    page = await other.page(path)
    assert title_of(page) == "This message belongs to another mailbox"
    assert "bob@sandbox.test" in page
    assert "contract" not in page


async def claimed(waiting: Waiting, path: str) -> None:
    """Send was pressed, and the process died."""
    bridge = waiting.bridge
    approvals, link = bridge.adapters.stores.approvals, ApprovalLink.parse(path.partition("link=")[2])
    [approval] = await approvals.of_owner(waiting.grant.owner, bridge.clock())
    draft = await waiting.mail.draft(approval.draft_id)
    key = unwrap(approval, link, waiting.grant)
    pressed = SeenMessage(b"", draft.message_id, digest(draft))
    seen = seal_seen(pressed, waiting.grant, approval.id, key, bridge.adapters.stores.entropy)
    claim = decision.claim(approval, draft, digest(draft), seen, bridge.clock())
    assert await approvals.update(approval.id, claim)


async def test_an_outcome_that_is_not_known_is_settled_by_looking(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await claimed(waiting, path)
    assert title_of(await owner.page(path)) == "We do not know yet whether it left"
    assert title_of(await owner.press(path, "look")) == "Sent in a minute"
    assert waiting.submitted == 1


async def test_a_press_in_time_can_be_settled_long_after_the_hour(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await claimed(waiting, path)
    bridge.clock.now += 7200
    await owner.visitor.sign_in()
    assert title_of(await owner.page(path)) == "We do not know yet whether it left"
    assert title_of(await owner.press(path, "look")) == "Sent in a minute"
    assert waiting.submitted == 1


async def test_a_message_that_the_assistant_called_back_is_not_said_to_be_sent(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await owner.press(path, "send", know="yes")
    [approval] = await bridge.adapters.stores.approvals.of_owner(waiting.grant.owner, bridge.clock())
    to = {"draftId": approval.draft_id, "recipients": [ANNA.email]}
    assert (await told(waiting, "send_draft", **to)).startswith("held: ")
    assert (await told(waiting, "undo_send", draftId=approval.draft_id)).startswith("stopped: ")
    assert title_of(await owner.page(path)) == "Stopped"
    again = await told(waiting, "send_draft", **to)
    assert again.startswith("waiting: ")
    link = re.search(r"/approve\?link=\w+", again)
    assert link
    assert link[0] != path
    assert title_of(await owner.page(link[0])) == "Send this as you?"
    bridge.clock.now += 120
    assert waiting.left == 0


async def told(waiting: Waiting, tool: str, **arguments: object) -> str:
    called = await waiting.assistant.call_tool(tool, arguments)
    return str(called["content"][0]["text"])


async def test_a_message_that_an_unfinished_press_stopped_is_said_to_be_stopped(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await owner.press(path, "send", know="yes")
    store = bridge.adapters.stores.approvals
    [sent] = await store.of_owner(waiting.grant.owner, bridge.clock())
    assert title_of(await owner.press(path, "stop")) == "Stopped"
    [stopped] = await store.of_owner(waiting.grant.owner, bridge.clock())
    assert stopped.wrap == stopped.seen == b""
    assert await store.replace(sent)
    assert title_of(await owner.page(path)) == "Stopped"


async def test_where_it_may_not_be_looked_any_more_the_page_says_where_the_owner_can_look(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    await claimed(waiting, path)
    await waiting.assistant.revoke()
    page = await owner.page(path)
    assert title_of(page) == "We do not know yet whether it left"
    assert "a copy is in Sent" in page
    assert waiting.submitted == 0


async def test_an_unanswered_question_is_kept_no_longer_than_its_link(bridge: Bridge) -> None:
    waiting, _, _ = await waiting_at(bridge)
    bridge.clock.now += 3600 + 300
    assert await bridge.adapters.stores.approvals.of_owner(waiting.grant.owner, bridge.clock()) == []


async def test_stop_takes_the_sending_away_and_nothing_else(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    said = await owner.press(path, "end")
    assert title_of(said).endswith("cannot send any more")
    assert "It may still read your messages." in said
    now = await bridge.adapters.stores.grants.get(waiting.grant.id)
    assert now is not None
    assert {*waiting.grant.scope.split()} - {*now.scope.split()} == {"emails:send"}
    assert title_of(await owner.page(path)).endswith("may not send any more")


async def test_a_form_of_another_page_sends_nothing(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    button = await owner.button(path, "send")
    other = path_of(await waiting.ask(await waiting.draft(NEW)))
    answer = await owner.pressed(button, know="yes", link=other.partition("link=")[2])
    assert answer.status_code == 403
    assert waiting.submitted == 0


async def test_quotations_hidden_text_and_links_are_shown(bridge: Bridge) -> None:
    quoted = "\n".join(f"> line {number}" for number in range(41))
    plain = f"Hi,\n\nthe details are at https://example.com/pay\n\nOn Tuesday Anna wrote:\n{quoted}"
    _, owner, path = await waiting_at(bridge, plain=plain)
    page = await owner.page(path)
    assert "Show what is quoted (42 lines)" in page or "Show what is quoted (41 lines)" in page
    assert "&gt; line 40" in page


async def test_nothing_of_the_message_is_kept(bridge: Bridge) -> None:
    secret = "the-canary-of-a-message"
    waiting = await Waiting.connected(bridge)
    draft = await waiting.draft(NEW, plain=f"Hi,\n\n{secret}\n")
    owner = Owner.at(bridge)
    path = await owner.sign_in(path_of(await waiting.ask(draft)))
    await owner.page(path)
    await owner.press(path, "send", know="yes")
    kept = (
        bridge.database_path.read_bytes()
        + bridge.database_path.with_name(bridge.database_path.name + "-wal").read_bytes()
    )
    for word in (secret, NEW.email, "second version", path.partition("link=")[2]):
        assert word.encode() not in kept
    assert html.escape(secret) not in kept.decode("latin-1")
