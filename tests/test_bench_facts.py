"""bench.tasks judges answers of any form by the same facts: what a reader finds is there, and nothing else is."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bench.tasks.facts import Fact, characters, lost, moment, unread, words

AT = datetime(2026, 11, 30, 9, 12, tzinfo=timezone(timedelta(hours=1)))
SENT = moment("sent", AT)
SENTENCE = words("sentence", "Größe: 12 m², says Ann.")


def there(fact: Fact, said: str) -> bool:
    return not lost([fact], said)


@pytest.mark.parametrize(
    "said",
    [
        "Größe: 12 m², says Ann.",
        "> größe:\n> 12 m²,   says ANN",
        r'{"body": "Gr\u00f6\u00dfe: 12 m\u00b2,\n says Ann."}',
        "<p class='MsoNormal'>Größe: <b>12 m²</b>, says&nbsp;Ann.</p>".replace("&nbsp;", " "),
        "Gro\u0308ße: 12 m², says Ann.",
    ],
)
def test_words_are_found_in_any_layout_markup_and_escapes(said: str) -> None:
    assert there(SENTENCE, said)


@pytest.mark.parametrize(
    "said", ["", "Größe: 13 m², says Ann.", "R3LDtsOfZTogMTIgbcKyLCBzYXlzIEFubi4=", "Größe: 12 m²"]
)
def test_other_words_cut_words_and_base64_are_lost(said: str) -> None:
    assert not there(SENTENCE, said)


def test_any_form_of_words_will_do() -> None:
    assert there(words("subject", "Re: Piano", "Antwort: Piano"), "Antwort: Piano")


def test_a_surrogate_pair_in_json_is_one_character() -> None:
    assert there(words("emoji name", "Emoji 𝒜 box"), r'"Emoji \ud835\udc9c box"')


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-30 09:12+01:00",
        "2026-11-30T08:12:00Z",
        "2026-11-30T08:12:47.000Z",
        "2026-11-30 08:12:00 UTC",
        "Mon, 30 Nov 2026 09:12:00 +0100",
        "30 Nov 2026 08:12 GMT",
        "Mon Nov 30 2026 08:12:00 GMT+0000 (Coordinated Universal Time)",
        "2026-11-30T09:11:13+0100",
    ],
)
def test_a_date_with_its_zone_is_the_same_moment_in_every_form(said: str) -> None:
    assert there(SENT, said)


@pytest.mark.parametrize(
    "said",
    ["2026-11-30 09:12", "30.11.2026 09:12", "2026-11-30T09:12:00Z", "2026-11-30 09:12+02:00", "2026-13-40T09:12:00Z"],
)
def test_a_date_without_its_zone_or_in_another_is_none(said: str) -> None:
    assert not there(SENT, said)


def test_either_of_sent_and_received_will_do() -> None:
    both = moment("date", AT, AT + timedelta(hours=3))
    assert there(both, f"{(AT + timedelta(hours=3)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


@pytest.mark.parametrize(
    "said",
    [
        "Inbox (inbox): 89 emails, 34 unread",
        '{"name": "Inbox", "total_emails": 89, "unread_emails": 34}',
        "• Inbox [\\Inbox] — 89 messages (34 unread)",
        'default INBOX False 1\n{"total": 34}',
    ],
)
def test_a_folders_unread_number_stands_after_its_name(said: str) -> None:
    assert there(unread("Inbox", "Inbox", 34), said)


@pytest.mark.parametrize("said", ["Inbox: 33 unread\nQ4: 34 unread", "Inbox", "My Inboxes: 34 unread", ""])
def test_another_number_or_another_folders_is_not_it(said: str) -> None:
    assert not there(unread("Inbox", "Inbox", 34), said)


def test_a_folder_without_unread_messages_need_only_be_named() -> None:
    empty = unread("Empty", "Empty", 0)
    assert there(empty, "• Empty — 0 messages")
    assert not there(empty, "• Inbox — 3 messages")


def test_lost_characters_are_those_of_the_shortest_form() -> None:
    assert characters(lost([words("a", "longer form", "form"), words("b", "here")], "here")) == len("form")
