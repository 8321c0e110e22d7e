"""A page in its reader's language: what decides it, how it is changed, and the words in it."""

import re

import httpx
import pytest

from tests.endpoints.reading import Page
from tests.endpoints.wire import Client, Form, Window

pytestmark = pytest.mark.anyio

HERE = {"Sec-Fetch-Site": "same-origin"}
LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "ja": "日本語"}


def language(answer: httpx.Response) -> str:
    found = re.search(r'<html lang="(\w+)"', answer.text)
    assert found is not None
    return found[1]


def links(answer: httpx.Response) -> dict[str, str]:
    return {has["hreflang"]: has["href"] for has in Page.of(answer.text).all("a") if "hreflang" in has}


async def asked(client: Client, accept: str = "", **changes: str) -> httpx.Response:
    return await Window(client.wire).send("GET", f"/authorize?{client.query(**changes)}", {"Accept-Language": accept})


@pytest.mark.parametrize("code", LANGUAGES)
async def test_the_browser_s_language_is_spoken(client: Client, code: str) -> None:
    assert language(await asked(client, f"{code}-XX,en;q=0.5")) == code


async def test_a_browser_that_names_none_or_others_gets_english(client: Client) -> None:
    assert language(await asked(client)) == "en"
    assert language(await asked(client, "es,it")) == "en"


async def test_the_assistant_s_ui_locales_come_before_the_browser_s_languages(client: Client) -> None:
    assert language(await asked(client, "en", ui_locales="es fr-CA de")) == "fr"
    assert language(await asked(client, "de", ui_locales="xx")) == "de"


async def test_the_page_links_to_itself_in_every_other_language(client: Client) -> None:
    answer = await asked(client, "de", ui_locales="fr")
    found = links(answer)
    assert found.keys() == LANGUAGES.keys() - {"fr"}
    for code, href in found.items():
        assert href == f"/authorize?{client.query()}&ui_locales={code}"
        assert LANGUAGES[code] in answer.text
        again = await Window(client.wire).send("GET", href, HERE)
        assert language(again) == code


async def test_a_chosen_language_is_kept_by_a_cookie_and_comes_before_the_assistant_s(client: Client) -> None:
    window = Window(client.wire)
    answer = await window.send("GET", f"/authorize?{client.query(ui_locales='ja')}", HERE)
    assert "mailconnect-language=ja; HttpOnly; Path=/; SameSite=lax" in str(answer.headers.get_list("set-cookie"))
    later = await window.send("GET", f"/authorize?{client.query(ui_locales='de')}", {"Accept-Language": "fr"})
    assert language(later) == "ja"
    assert language(await window.send("GET", links(later)["en"], HERE)) == "en"
    assert window.cookies["mailconnect-language"] == "en"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_no_other_site_chooses_for_later(client: Client, site: str) -> None:
    window = Window(client.wire)
    answer = await window.send("GET", f"/authorize?{client.query(ui_locales='ja')}", {"Sec-Fetch-Site": site})
    assert language(answer) == "ja"
    assert "mailconnect-language" not in window.cookies


@pytest.mark.parametrize("cookie", ["xx", "", "de; mailconnect-language=fr", '"de"', "en-US", "../de"])
async def test_a_cookie_that_is_not_ours_chooses_nothing(client: Client, cookie: str) -> None:
    window = Window(client.wire, {"mailconnect-language": cookie})
    assert language(await window.send("GET", f"/authorize?{client.query()}")) == "en"


async def test_the_answer_to_the_form_speaks_the_language_of_the_page(client: Client) -> None:
    window = Window(client.wire)
    query = client.query(ui_locales="de")
    form = Form.of(await window.send("GET", f"/authorize?{query}"))
    again = await window.decide(form, confirmed="")
    assert language(again) == "de"
    assert "Zum Erlauben hier ankreuzen, oder ablehnen." in again.text
    assert links(again)["fr"] == f"/authorize?{client.query()}&ui_locales=fr"


async def test_a_query_of_any_bytes_leads_to_no_other_page(client: Client) -> None:
    window = Window(client.wire)
    odd = f'{client.query()}&x=%22%3E&y="><script>&ui_locales=de&ui%5Flocales=fr&é'
    answer = await window.send("GET", f"/authorize?{odd}")
    assert "<script" not in answer.text
    for href in links(answer).values():
        assert href.startswith("/authorize?")
        assert href.count("ui_locales=") == 1


async def test_pages_are_never_cached_so_that_no_reader_gets_another_one_s_language(client: Client) -> None:
    for path in (f"/authorize?{client.query()}", "/account/sign-in", "/nowhere", "/auth/callback"):
        answer = await client.wire("GET", path, headers={"Accept": "text/html", "Accept-Language": "de"})
        assert answer.headers["cache-control"] == "no-store", path


async def test_a_page_that_is_not_translated_is_in_english_and_says_so(client: Client) -> None:
    answer = await client.wire("GET", "/privacy", headers={"Accept-Language": "de"})
    assert language(answer) == "en"
    assert links(answer) == {}


THAT_DECIDE = {
    "de": (
        "in das Sandbox-Postfach lassen?",
        "Auch Anmeldecodes und Links zum Zurücksetzen von Passwörtern.",
        "Was ich freigebe",
        ">Erlauben<",
        ">Ablehnen<",
    ),
    "fr": (
        "accéder à Sandbox\u00a0?",
        "Y compris les codes de connexion et les liens de réinitialisation.",
        "Ce que j&#39;approuve",
        ">Autoriser<",
        ">Refuser<",
    ),
    "ja": (
        "の利用を許可しますか?",
        "ログイン用コードやパスワード再設定リンクも含みます。",
        "自分が承認したものだけ",
        ">許可する<",
        ">拒否する<",
    ),
}


@pytest.mark.parametrize("code", THAT_DECIDE)
async def test_the_consent_page_uses_the_words_that_were_agreed_on(client: Client, code: str) -> None:
    answer = await asked(client, code)
    for words in THAT_DECIDE[code]:
        assert words in answer.text


@pytest.mark.parametrize("code", THAT_DECIDE)
async def test_the_consent_page_is_no_heavier_than_thirty_kilobytes(client: Client, code: str) -> None:
    assert len((await asked(client, code)).content) < 30_000
