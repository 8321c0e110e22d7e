"""How a grant may send is what its owner chose, whatever a writer of the store makes of the record."""

import hmac
from dataclasses import replace

import pytest

from mailconnect.grants.grant import GrantState
from mailconnect.grants.sending import (
    FIRST,
    SENDS_AT_ONCE,
    Choice,
    SendingPolicy,
    choose,
    chosen,
    parse_choice,
    said,
    statement,
)
from mailconnect.grants.update import applied
from mailconnect.grants.widening import seal_widening_key
from tests.grants.scenario import active, after, seeded

KEY = bytes(range(32))
KNOWN, FREE = Choice(SendingPolicy.KNOWN, 20), Choice(SendingPolicy.FREE, 50)
_MADE = active()
DATA_KEY = _MADE.new.data_key
GRANT = replace(_MADE.grant, widening_key=seal_widening_key(KEY, _MADE.grant, DATA_KEY, seeded(6)))


def with_choice(choice: Choice, grant=GRANT, key: bytes = KEY):
    """Stored under conditions that a table can ask."""
    return after(grant, choose(grant, choice, key))


@pytest.mark.parametrize("choice", [KNOWN, FREE, Choice(SendingPolicy.APPROVE, 7)])
def test_a_choice_is_read_as_it_was_made(choice):
    made = with_choice(choice)
    assert said(made) == chosen(made, DATA_KEY) == choice


def test_without_a_choice_each_message_waits_for_the_owner():
    assert said(GRANT) == chosen(GRANT, DATA_KEY) == FIRST
    assert FIRST.policy is SendingPolicy.APPROVE


@pytest.mark.row("W-63")
@pytest.mark.parametrize(
    "change",
    [
        {"sending": FREE.text},
        {"sending": "known 99"},
        {"sending_statement": None},
        {"sending_statement": bytes(32)},
        {"sending": FREE.text, "sending_statement": statement(GRANT.id, FREE, bytes(32))},
        {"sending": FREE.text, "sending_statement": statement("another grant", FREE, KEY)},
        {"sending": FREE.text, "sending_statement": b""},
        {"widening_key": None},
        {"widening_key": seal_widening_key(KEY, replace(GRANT, id="another"), DATA_KEY, seeded(7))},
    ],
    ids=repr,
)
def test_a_sending_policy_that_a_writer_of_the_store_made_lets_nothing_leave_unseen(change):
    forged = replace(with_choice(KNOWN), **change)
    assert chosen(forged, DATA_KEY) == FIRST


def test_a_choice_that_changes_nothing_is_no_write():
    assert choose(with_choice(KNOWN), KNOWN, KEY) is None


def test_a_grant_without_a_widening_key_cannot_be_given_another_choice():
    assert choose(replace(GRANT, widening_key=None), FREE, KEY) is None


def test_two_choices_at_once_do_not_undo_each_other():
    update = choose(GRANT, FREE, KEY)
    assert update is not None
    assert applied(with_choice(KNOWN), update) is None


@pytest.mark.parametrize("text", ["", "free", "free 0", "free 1000", "FREE 20", "free 20 ", "everything 20", "free ٢٠"])
def test_a_text_that_is_no_choice_is_the_strictest(text):
    assert parse_choice(text) == FIRST


def test_no_choice_has_more_than_the_most_a_day():
    assert parse_choice("free 999") == Choice(SendingPolicy.FREE, 100)


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        (FIRST, KNOWN, True),
        (KNOWN, FIRST, False),
        (KNOWN, FREE, True),
        (FREE, KNOWN, False),
        (Choice(SendingPolicy.KNOWN, 10), KNOWN, True),
        (Choice(SendingPolicy.KNOWN, 30), KNOWN, False),
    ],
)
def test_a_choice_is_within_another_if_it_allows_nothing_more(one, other, within):
    assert one.is_within(other) is within


def test_a_choice_is_written_only_over_the_one_that_was_read():
    first, second = with_choice(KNOWN), with_choice(FREE)
    update = choose(first, FREE, KEY)
    assert update is not None
    assert applied(second, update) is None
    assert applied(GRANT, update) is None
    begun = choose(GRANT, KNOWN, KEY)
    assert begun is not None
    assert applied(first, begun) is None
    assert applied(replace(GRANT, state=GrantState.RETIRED), begun) is None


def test_a_statement_is_these_bytes_in_every_release():
    """Stored statements were made by earlier releases."""
    parts = (b"mailconnect sending", b"a grant", b"known 20")
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert statement("a grant", KNOWN, KEY) == hmac.new(KEY, message, "sha256").digest()


@pytest.mark.parametrize("policy", ["approve", "known", "free", "Free", "often", ""])
def test_the_texts_that_send_at_once_are_those_of_a_choice_that_does(policy: str) -> None:
    for number in ["", *map(str, range(1001)), "01", "\u0661", "20 "]:
        text = f"{policy} {number}"
        assert (SENDS_AT_ONCE.fullmatch(text) is not None) == (
            parse_choice(text).policy is not SendingPolicy.APPROVE
        ), text
