from datetime import UTC, datetime

import pytest

from mailconnect.sandbox.mail.messages import messages
from mailconnect.sandbox.mail.store import Store

INBOX, SENT = ("Inbox",), ("Sent",)
NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return Store({INBOX: "i", SENT: "s"}, ())


def deliver(store: Store, name: str, subject: str = "Lunch", references: str = ""):
    raw = f"Message-ID: <{name}@x.example>\r\nReferences: {references}\r\nSubject: {subject}\r\n\r\n{name}\r\n"
    return store.deliver(raw.encode(), [INBOX], NOW)


def test_a_reply_joins_the_thread_and_another_subject_does_not(store):
    first = deliver(store, "a")
    assert deliver(store, "b", "Re: [list] lunch", "<a@x.example>").thread_id == first.thread_id
    assert deliver(store, "c", "Dinner", "<a@x.example>").thread_id != first.thread_id
    assert deliver(store, "d").thread_id != first.thread_id
    assert [email.content.structure.content for email in store.thread(first.thread_id)] == [b"a\r\n", b"b\r\n"]


def test_changes_since_a_state_are_told_once_for_each_email(store):
    start = store.state
    one, two, three = (deliver(store, name) for name in "abc")
    store.update(one.email_id, mailbox_ids=frozenset({"s"}), keywords=frozenset({"$seen"}))
    store.destroy(three.email_id)
    found, state, more = store.changes(start, None)
    assert (found.created, found.updated, found.destroyed) == ([one.email_id, two.email_id], [], [])
    assert (state, more) == (store.state, False)
    store.update(one.email_id, mailbox_ids=frozenset({"s"}), keywords=frozenset())
    store.destroy(two.email_id)
    found, _, _ = store.changes(state, None)
    assert (found.created, found.updated, found.destroyed) == ([], [one.email_id], [two.email_id])


def test_changes_come_in_pieces(store):
    start = store.state
    for name in "abc":
        deliver(store, name)
    found, state, more = store.changes(start, 2)
    assert (len(found.created), more) == (2, True)
    found, state, more = store.changes(state, 2)
    assert (len(found.created), state, more) == (1, store.state, False)


def test_an_update_that_changes_nothing_is_no_change(store):
    email = deliver(store, "a")
    before = store.state
    store.update(email.email_id, mailbox_ids=email.mailbox_ids, keywords=email.keywords)
    assert store.state == before


@pytest.mark.parametrize("state", ["", "J", "J999", "J1001", "x1000", "J-1", "J٣"])
def test_an_unknown_state_cannot_be_told_from(store, state):
    assert store.changes(state, None) is None


def test_a_blob_is_a_message_or_a_part_of_one(store):
    email = deliver(store, "a")
    assert store.blob(email.blob_id, [email]) == email.raw
    assert store.blob(email.content.structure.blob_id, [email]) == b"a\r\n"
    assert store.blob("G0", [email]) is None


def test_mail_is_made_when_it_is_asked_for():
    """The tree with its counts needs no message's bytes but those of the oddities."""
    made = messages("bob", 1_900_000_000)
    store = Store(dict.fromkeys({path for message in made for path in message.mailboxes}, "x"), made)
    assert not any("raw" in vars(email) for email in store.emails.values())
