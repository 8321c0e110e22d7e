"""`/approve` in its owner's language: from the link in a chat, by the sign-in, to what a press has done."""

import re

import httpx
import pytest

from mailconnect.endpoints.account.guard import approves
from tests.approvals.waiting import ANNA, Owner, Waiting, path_of
from tests.bridge import Bridge
from tests.endpoints.reading import Page
from tests.endpoints.visitor import HERE, Buttons
from tests.endpoints.wire import Form

pytestmark = pytest.mark.anyio

QUESTION = {
    "de": "In Ihrem Namen senden?",
    "fr": "Envoyer ceci en votre nom\N{NO-BREAK SPACE}?",
    "ja": "あなたの名前で送信しますか?",
}
NOT_SENT = {"de": "Nicht gesendet", "fr": "Non envoyé", "ja": "送信していません"}


def language(answer: httpx.Response) -> str:
    found = re.search(r'<html lang="(\w+)"', answer.text)
    assert found, answer.text
    return found[1]


def title(answer: httpx.Response) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)
    assert found, answer.text
    return re.sub(r"<[^>]+>", "", found[1])


def button(answer: httpx.Response, press: str):
    return next(one for one in Buttons.of(answer) if one.fields.get("press") == press)


@pytest.mark.parametrize("code", QUESTION)
async def test_a_language_that_the_address_asks_for_lasts_through_the_sign_in_and_each_press(
    bridge: Bridge, code: str
) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    window = Owner.at(bridge).visitor.window
    first = await window.send("GET", f"{path}&ui_locales={code}")
    page = await window.send("GET", first.headers["location"])
    assert language(page) == code
    form = Form.of(page)
    begun = await window.send("POST", form.action, HERE, data=form.fields | {"remember": ""})
    back = await window.send("GET", await window.sign_in(begun, "alice"))
    question = await window.send("GET", back.headers["location"])
    assert (language(question), title(question)) == (code, QUESTION[code])
    send = button(question, "send")
    unticked = await window.send("POST", send.action, HERE, data=send.fields | {"know": ""})
    assert (unticked.status_code, language(unticked)) == (400, code)
    others = {has["hreflang"]: has["href"] for has in Page.of(unticked.text).all("a") if "hreflang" in has}
    assert others.keys() == {"en", "de", "fr", "ja"} - {code}
    assert all(href.startswith(f"{path}&ui_locales=") for href in others.values())
    discard = button(question, "discard")
    pressed = await window.send("POST", discard.action, HERE, data=discard.fields)
    done = await window.send("GET", pressed.headers["location"])
    assert (language(done), title(done)) == (code, NOT_SENT[code])
    trash = button(done, "trash")
    pressed = await window.send("POST", trash.action, HERE, data=trash.fields)
    assert language(await window.send("GET", pressed.headers["location"])) == code


@pytest.mark.parametrize("code", QUESTION)
async def test_a_chosen_language_needs_no_mention_in_the_address(bridge: Bridge, code: str) -> None:
    waiting = await Waiting.connected(bridge)
    owner = Owner.at(bridge)
    window = owner.visitor.window
    path = await owner.sign_in(path_of(await waiting.ask(await waiting.draft(ANNA))))
    question = await window.send("GET", path)
    chosen = next(has["href"] for has in Page.of(question.text).all("a") if has.get("hreflang") == code)
    shown = await window.send("GET", chosen, {"Sec-Fetch-Site": "same-origin"})
    assert (language(shown), title(shown)) == (code, QUESTION[code])
    discard = button(shown, "discard")
    assert discard.action == "/approve"
    pressed = await window.send("POST", discard.action, HERE, data=discard.fields)
    assert "ui_locales" not in pressed.headers["location"]
    assert language(await window.send("GET", pressed.headers["location"])) == code


async def test_the_sign_in_leads_to_no_other_page_than_a_message_s(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    path = path_of(await waiting.ask(await waiting.draft(ANNA)))
    assert approves(path)
    assert approves(f"{path}&ui_locales=ja")
    for more in ("&ui_locales=xx", "&ui_locales=ja&did=sent", "&did=sent", "&ui_locales=ja\n", "#ui_locales=ja"):
        assert not approves(f"{path}{more}")


async def test_names_are_marked_so_that_no_translator_touches_them(bridge: Bridge) -> None:
    waiting = await Waiting.connected(bridge)
    owner = Owner.at(bridge)
    path = await owner.sign_in(path_of(await waiting.ask(await waiting.draft(ANNA))))
    said = await owner.press(path, "discard")
    assert f'<bdi translate="no">{waiting.grant.client_name}</bdi> is told no.' in said
