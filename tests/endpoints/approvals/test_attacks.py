"""Attacks on `/approve`: by the writer of the draft, by a writer of the store, and by another site."""

import base64
import html
import re
from dataclasses import replace
from typing import Any

import pytest

from mailconnect.approvals.displayed_draft import displayed_draft_of
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.grants.account_session import AccountSession, seal_session, series_key, session_key
from mailconnect.grants.approval import ApprovalState
from mailconnect.grants.trusted_browser import TrustedBrowser, browser_id
from mailconnect.grants.update import Update
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.message import Attachment
from mailconnect.sending.digest import digest
from mailconnect.store.ledger import Entry
from tests.approvals.waiting import ANNA, JONAS, NEW, Owner, Waiting, path_of, title_of
from tests.bridge import Bridge
from tests.endpoints.approvals.test_approve import waiting_at
from tests.endpoints.visitor import HERE, Button

pytestmark = pytest.mark.anyio


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


@pytest.mark.row("AP-05")
async def test_a_name_that_the_draft_gives_a_contact_is_not_said_to_be_of_the_contacts(bridge: Bridge) -> None:
    _, owner, path = await waiting_at(bridge, Address("My lawyer", JONAS.email))
    page = words(await owner.page(path))
    assert "In your contacts." in page
    assert "My lawyer, in your contacts" not in page


@pytest.mark.row("AP-05")
@pytest.mark.parametrize("to", [ANNA, JONAS, NEW])
async def test_each_name_that_leaves_is_shown(bridge: Bridge, to: Address) -> None:
    """A display name can hold a sentence, and it leaves with the message."""
    _, owner, path = await waiting_at(bridge, Address("the code is 4711", to.email))
    assert "the code is 4711" in words(await owner.page(path))


@pytest.mark.row("AP-05")
@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\U000e0041", "\u2066"])
def test_a_name_that_hides_or_turns_letters_is_shown_with_a_mark(hidden: str) -> None:
    odd = f"invoice{hidden}fdp.exe"
    displayed = displayed_draft_of(
        Draft(
            id="M1",
            account_id="a",
            sender=(Address(odd, f"alice{hidden}@x.example"),),
            to=(Address(odd, f"ola{hidden}@x.example"),),
            reply_to=(Address(odd, f"ola{hidden}@x.example"),),
            subject=odd,
            plain="Hi",
            attachments=(Attachment("1", odd, "application/pdf", 9),),
        )
    )
    shown = [displayed.subject, displayed.attachments[0].name]
    for one in (*displayed.sender, *displayed.to, *displayed.reply_to):
        shown += [one.name, one.email]
    assert all(hidden not in text and "\ufffd" in text for text in shown)


@pytest.mark.row("AP-07")
async def test_a_writer_of_the_store_sends_nothing_for_which_its_owner_did_not_press(bridge: Bridge) -> None:
    """Another draft is put in place of the one that waits, as if its owner had pressed Send for it."""
    waiting, owner, path = await waiting_at(bridge)
    other = await waiting.draft(NEW, plain="all the secrets")
    stores = bridge.adapters.stores
    [approval] = await stores.approvals.of_owner(waiting.grant.owner, bridge.clock())
    forged = {"state": ApprovalState.SENDING, "decided_at": bridge.clock(), "sent_id": other.id}
    assert await stores.approvals.update(approval.id, Update((), forged | {"digest": digest(other)}))
    await owner.press(path, "look")
    assert waiting.submitted == 0


@pytest.mark.row("AP-07")
async def test_a_press_for_one_message_is_none_for_another_one(bridge: Bridge) -> None:
    """After a lost answer: what was pressed is looked at, whatever else the record is made to say."""
    waiting, owner, path = await waiting_at(bridge)
    other = await waiting.draft(NEW, plain="all the secrets")
    stores = bridge.adapters.stores
    await owner.press(path, "send", know="yes")
    assert waiting.submitted == 1
    [approval] = await stores.approvals.of_owner(waiting.grant.owner, bridge.clock())
    forged = {"state": ApprovalState.SENDING, "sent_id": other.id, "digest": digest(other)}
    assert await stores.approvals.update(approval.id, Update((), forged))
    await owner.press(path, "look")
    assert waiting.submitted == 1
    assert (await waiting.mail.draft(other.id)).is_draft


@pytest.mark.row("AP-13")
async def test_each_answer_of_it_is_kept_nowhere_framed_nowhere_and_told_nobody(bridge: Bridge) -> None:
    _, owner, path = await waiting_at(bridge)
    stranger = Owner.at(bridge)
    for visitor, address in ((owner, path), (stranger, path), (owner, "/approve"), (owner, "/approve?link=x")):
        headers = (await visitor.visitor.window.send("GET", address)).headers
        assert {name: headers.get(name.lower()) for name in PAGE_HEADERS} == {**PAGE_HEADERS}
        assert "no-store" in headers["cache-control"]
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.row("AP-02")
async def test_a_press_from_another_site_or_with_a_foreign_token_sends_nothing(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    button = await owner.button(path, "send")
    form = button.fields | {"know": "yes"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = await owner.visitor.window.send("POST", button.action, HERE | headers, data=form)
        assert answer.status_code == 403, headers
    bob = Owner.at(bridge)
    await bob.visitor.sign_in("bob")
    answer = await bob.visitor.window.send("POST", button.action, HERE, data=form)
    assert "belongs to another mailbox" in answer.text
    for forged in ("", "x" * 43, button.fields["form"][::-1]):
        assert (await owner.pressed(replace(button, fields=form | {"form": forged}))).status_code == 403
    assert waiting.submitted == 0


@pytest.mark.row("AP-02")
async def test_a_press_by_get_decides_nothing(bridge: Bridge) -> None:
    waiting, owner, path = await waiting_at(bridge)
    button = await owner.button(path, "send")
    for press in ("send", "discard", "end"):
        query = "&".join(f"{name}={value}" for name, value in (button.fields | {"know": "yes", "press": press}).items())
        await owner.page(f"/approve?{query}")
    assert waiting.submitted == 0
    assert title_of(await owner.page(path)) == "Send this as you?"


@pytest.mark.row("AP-09")
async def test_a_browser_that_may_approve_is_no_session_and_its_cookie_no_other_owners(bridge: Bridge) -> None:
    """It stops the assistant's sending too, which takes away and gives nothing."""
    waiting = await Waiting.connected(bridge)
    owner = Owner.at(bridge)
    await owner.sign_in(path_of(await waiting.ask(await waiting.draft(ANNA))), remember="yes")
    bridge.clock.now += 3600
    [browser] = await bridge.adapters.stores.browsers.of_owner(waiting.grant.owner, bridge.clock())
    assert await bridge.adapters.stores.browsers.update(browser.id, Update((), {"used_at": 0}))
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    button = await owner.button(path, "send")
    for action in ("/account/disconnect", "/account/export", "/account/delete", "/account/browsers"):
        answer = await owner.visitor.window.send("POST", action, HERE, data=button.fields)
        assert answer.status_code in {303, 403}
        assert "sign-in" in answer.headers.get("location", "sign-in")
    assert (await bridge.adapters.stores.grants.get(waiting.grant.id)).scope == waiting.grant.scope  # type: ignore[union-attr]


@pytest.mark.row("AP-10")
async def test_a_remembered_browser_gets_another_secret_each_time(bridge: Bridge) -> None:
    """A person who knew an earlier cookie, as on a shared computer, does not know the new one."""
    waiting = await Waiting.connected(bridge)
    owner = Owner.at(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    await owner.sign_in(path, remember="yes")
    stores, now = bridge.adapters.stores, bridge.clock()
    [before] = await stores.browsers.of_owner(waiting.grant.owner, now)
    bridge.clock.now += 900
    begun = await owner.visitor.begin(path, remember="yes")
    await owner.visitor.window.send("GET", await owner.visitor.window.sign_in(begun, "alice"))
    [after] = await stores.browsers.of_owner(waiting.grant.owner, now)
    assert after.id != before.id
    assert await stores.browsers.get(before.id, now) is None


async def forged_session(bridge: Bridge, owner: str) -> Owner:
    """A browser whose session a writer of the store has made, for whom they like."""
    thief = Owner.at(bridge)
    ledger, now, secret = bridge.adapters.stores.ledger, bridge.clock(), b"s" * 32
    series = await ledger.get(series_key(owner), now)
    if series is None:
        series = Entry(key=series_key(owner), value=b"series", expires_at=now + 900)
        await ledger.put(series, now)
    session = AccountSession(owner=owner, username="x", series=series.value.decode(), signed_in_at=now, proof="0" * 64)
    sealed = seal_session(session, secret, bridge.adapters.stores.entropy)
    await ledger.take(session_key(secret), now)
    await ledger.put(Entry(key=session_key(secret), value=sealed, expires_at=now + 900), now)
    thief.visitor.window.cookies["mailconnect-session"] = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    return thief


@pytest.mark.row("AP-16")
async def test_a_session_that_was_written_into_the_store_reads_and_sends_nothing(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA, plain="a secret of theirs")))
    thief = await forged_session(bridge, waiting.grant.owner)
    assert (await thief.visitor.page("/account")).status_code == 200, "it is read as a session, so the attack is one"
    answer = await thief.visitor.window.send("GET", path)
    assert answer.status_code == 303
    assert "secret" not in answer.text
    assert waiting.submitted == 0


@pytest.mark.row("AP-16", "SN-05")
async def test_a_session_that_was_written_into_the_store_allows_nothing_more(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    grants, every = bridge.adapters.stores.grants, waiting.grant.scope
    left = " ".join(sorted({*every.split()} - {"contacts:read"}))
    assert await grants.update(waiting.grant.id, Update((), {"scope": left, "consented_scope": every}))
    before = await grants.get(waiting.grant.id)
    for change in ({"scope": left, "sending": "free", "a_day": "99"}, {"scope": every}):
        owner, thief = Owner.at(bridge), await forged_session(bridge, waiting.grant.owner)
        await owner.visitor.sign_in()
        button = next(one for one in await thief.visitor.buttons() if one.action == "/account/change")
        fields = {name: button.fields[name] for name in ("form", "connection")}
        answer = await thief.visitor.send(Button("/account/change", fields), **change)
        assert answer.status_code == 403, change
    assert await grants.get(waiting.grant.id) == before


@pytest.mark.row("AP-16")
@pytest.mark.parametrize("proof", [None, "", "0" * 64])
async def test_a_browser_that_was_written_into_the_store_approves_nothing(bridge: Bridge, proof: str | None) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    thief, now, secret = Owner.at(bridge), bridge.clock(), b"b" * 32
    owner, ends = waiting.grant.owner, now + 86_400
    browser = TrustedBrowser(
        id=browser_id(secret), owner=owner, called="A browser", created_at=now, expires_at=ends, proof=proof
    )
    await bridge.adapters.stores.browsers.put(browser, now)
    thief.visitor.window.cookies["mailconnect-approve"] = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    assert (await thief.visitor.window.send("GET", path)).status_code == 303
    genuine = replace(browser, proof=await bridge.keys.vouch(browser.proven))
    await bridge.adapters.stores.browsers.delete(browser.id)
    await bridge.adapters.stores.browsers.put(genuine, now)
    assert (await thief.visitor.window.send("GET", path)).status_code == 200  # the cookie is right


@pytest.mark.row("AP-16")
@pytest.mark.parametrize("change", [{"owner": "a thief"}, {"expires_at": 2_000_000_000}, {"id": "browser:another"}])
async def test_a_proof_is_of_one_browser_one_owner_and_one_end(bridge: Bridge, change: dict[str, Any]) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    thief, now, secret = Owner.at(bridge), bridge.clock(), b"b" * 32
    browser = TrustedBrowser(
        id=browser_id(secret), owner=waiting.grant.owner, called="A browser", created_at=now, expires_at=now + 86_400
    )
    vouched = replace(browser, proof=await bridge.keys.vouch(replace(browser, **change).proven))
    await bridge.adapters.stores.browsers.put(vouched, now)
    thief.visitor.window.cookies["mailconnect-approve"] = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    assert (await thief.visitor.window.send("GET", path)).status_code == 303
