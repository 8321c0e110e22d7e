"""Records to items and back."""

import dataclasses
from typing import Any

import pytest

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.oauth.clients.client import AuthMethod, Client
from mailconnect.store.dynamodb.conversion import Item, item_of, record_of, storable
from mailconnect.store.errors import RecordUnknown
from mailconnect.store.ledger import Entry
from tests.store.clients_contract import CONFIDENTIAL, PUBLIC
from tests.store.grants_contract import filled
from tests.store.ledger_contract import ENTRY
from tests.store.transitions import TRANSITIONS, authorized, seeded


@pytest.mark.parametrize(
    "record",
    [PUBLIC, CONFIDENTIAL, ENTRY, filled(), authorized(seeded(1))[0]],
    ids=["public client", "confidential client", "entry", "filled grant", "fresh grant"],
)
def test_a_record_comes_back_as_it_was(record: Any) -> None:
    assert record_of(type(record), item_of(record)) == record


@pytest.mark.row("ST-11")
@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.name)
def test_texts_bytes_and_numbers_each_keep_their_kind(transition: Any) -> None:
    item = item_of(transition.before)
    assert {tag for value in item.values() for tag in value} == {"S", "N", "B"}
    assert all(value["N"].isdigit() for value in item.values() if "N" in value)
    assert record_of(Grant, item) == transition.before


def test_none_is_no_attribute() -> None:
    assert "secret_hash" not in item_of(PUBLIC)
    assert "last_used_at" not in item_of(dataclasses.replace(filled(), last_used_at=None))


def test_lists_keep_their_order_and_may_be_empty() -> None:
    item = item_of(CONFIDENTIAL)
    assert item["redirect_uris"] == {"L": [{"S": "https://one.example/"}]}
    assert item["grant_types"] == {"L": []}


def test_words_of_a_list_of_words_come_back_as_such() -> None:
    assert type(record_of(Client, item_of(CONFIDENTIAL)).auth_method) is AuthMethod
    assert type(record_of(Grant, item_of(filled())).state) is GrantState


@pytest.mark.row("F-42")
def test_attributes_that_a_newer_version_added_are_left_aside() -> None:
    added: Item = {"of_tomorrow": {"M": {"a": {"SS": ["b"]}}}, "write_id": {"B": b"1"}, "flag": {"BOOL": True}}
    assert record_of(Grant, item_of(filled()) | added) == filled()
    assert record_of(Client, item_of(PUBLIC) | added) == PUBLIC


@pytest.mark.row("F-42")
@pytest.mark.parametrize(
    "changes",
    [
        {"state": {"S": "suspended"}},
        {"due_at": {"N": "1.5"}},
        {"due_at": {"S": "1"}},
        {"props": {"S": "text"}},
        {"client_id": {"N": "1"}},
        {"client_id": {"NULL": True}},
        {"client_id": {"L": []}},
    ],
    ids=str,
)
def test_an_item_in_an_unknown_form_is_no_grant(changes: Item) -> None:
    with pytest.raises(RecordUnknown, match=r"^a grant in a form that this version does not know$"):
        record_of(Grant, item_of(filled()) | changes)


@pytest.mark.parametrize(
    ("kind", "item"), [(Grant, item_of(filled())), (Client, item_of(PUBLIC)), (Entry, item_of(ENTRY))]
)
def test_an_item_that_lacks_what_it_must_have_is_no_record(kind: type, item: Item) -> None:
    required = [name for name in item if record_without(kind, item, name) is None]
    assert "expires_at" in required
    assert "client_uri" not in required
    assert len(required) == sum(not _optional(field) for field in dataclasses.fields(kind))


def record_without(kind: type, item: Item, name: str) -> object:
    try:
        return record_of(kind, {other: value for other, value in item.items() if other != name})
    except RecordUnknown:
        return None


def _optional(field: dataclasses.Field[Any]) -> bool:
    return "None" in str(field.type) or field.default is not dataclasses.MISSING


@pytest.mark.parametrize(
    ("key", "expected"),
    [("a", True), ("é" * 1024, True), ("x" * 2048, True), ("", False), ("x" * 2049, False), ("\ud800", False)],
    ids=lambda value: ascii(value)[:12],
)
def test_a_key_is_text_of_1_to_2048_bytes(key: str, expected: bool) -> None:
    assert storable(key) is expected
