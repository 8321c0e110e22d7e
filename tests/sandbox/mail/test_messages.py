"""The person's mail as raw messages: deterministic, relative to now, and of every kind that real mailboxes hold."""

import random
import re
from collections import Counter
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from mailconnect.sandbox.accounts import ALICE, BOB, FOLDERS
from mailconnect.sandbox.mail import messages as module
from mailconnect.sandbox.mail.messages import counts, letters, messages
from mailconnect.sandbox.mail.writing import written

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
MONTH = 31 * 86_400


def by_key(login="alice", now=NOW):
    return {message.key: message for message in messages(login, now)}


def test_there_are_a_few_hundred_and_they_are_small_in_the_repository():
    assert len(messages("alice", NOW)) > 300
    folder = Path(module.__file__).parent
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.suffix in {".toml", ".py"}) < 1_500_000


def test_the_bytes_are_the_same_whatever_is_random():
    key = "harbour-11"
    anchor = by_key()[key].anchor
    random.seed(1)
    first = written(letters()[key], letters(), anchor)
    random.seed(2)
    assert written(letters()[key], letters(), anchor) == first


def test_every_message_is_lines_with_crlf_and_lies_in_mailboxes_that_exist():
    for login in FOLDERS:
        paths = {folder.path for folder in FOLDERS[login]}
        for message in messages(login, NOW):
            assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message.raw), message.key
            assert set(message.mailboxes) <= paths, message.key
            assert b"{{" not in message.raw, message.key


def test_nothing_comes_from_the_future_and_order_is_that_of_receipt():
    for now in (NOW, NOW + 17 * MONTH, NOW + 3599):
        times = [message.received_at for message in messages("alice", now)]
        assert times == sorted(times)
        assert times[-1].timestamp() <= now


@pytest.mark.parametrize("now", [NOW, NOW + MONTH, NOW + 2 * MONTH, int(datetime(2028, 2, 29, tzinfo=UTC).timestamp())])
def test_last_month_is_always_last_month_and_the_invoice_says_so(now):
    invoice = by_key(now=now)["invoice-last-month"]
    today = datetime.fromtimestamp(now, UTC)
    assert (today.year * 12 + today.month) - (invoice.received_at.year * 12 + invoice.received_at.month) == 1
    number = f"NH-{invoice.received_at:%Y%m}-4471"
    pdf = next(part for part in message_from_bytes(invoice.raw).walk() if part.get_filename() == "invoice.pdf")
    assert number.encode() in pdf.get_payload(decode=True)
    assert number.encode() not in invoice.raw.partition(b"\r\n\r\n")[0]


def test_counts_are_those_of_the_mail():
    for owner in (ALICE, BOB):
        total, unread = Counter(), Counter()
        for message in messages(owner.login, NOW):
            for path in message.mailboxes:
                total[path] += 1
                unread[path] += not message.keywords & {"$seen", "$draft"}
        told = {box.path: (box.total, box.unread) for box in owner.primary.mailboxes}
        assert told == {path: (total[path], unread[path]) for path in told}
        assert counts(owner.login).keys() <= told.keys()


def test_the_readme_shows_the_numbers_as_they_are():
    told = Path(__file__).parents[3].joinpath("README.md").read_text("utf-8")
    boxes = {box.path: box for box in ALICE.primary.mailboxes}
    total, unread = (sum(getattr(box, name) for box in boxes.values()) for name in ("total", "unread"))
    assert f"    {len(boxes)} mailboxes, {total} emails, {unread} unread\n" in told
    for path in (("Inbox",), ("Projects",), ("Projects", "2026"), ("Projects", "2026", "Q4")):
        box = boxes[path]
        assert re.search(rf" {path[-1]}(?: \(inbox\))?: {box.total} emails, {box.unread} unread\n", told), path


def test_the_thread_of_twelve_quotes_in_two_styles_and_answers_between_the_lines():
    thread = [message for key, message in by_key().items() if re.fullmatch(r"harbour-\d\d", key)]
    texts = [next(p for p in message_from_bytes(m.raw).walk() if p.get_content_type() == "text/plain") for m in thread]
    bodies = [text.get_payload(decode=True).decode() for text in texts]
    assert len(thread) == 12
    assert sum("-----Original Message-----" in body for body in bodies) > 3
    assert sum("\n> " in body for body in bodies) > 3
    assert "> No, but use stainless steel.\n\nAgreed." in bodies[9].replace("\r\n", "\n")


def test_a_monster_is_about_a_hundred_kilobytes_of_html():
    sizes = sorted(message.size for message in messages("alice", NOW))
    assert 90_000 < sizes[-1] < 200_000


def test_bob_has_his_side_of_what_he_and_alice_wrote():
    bob, alice = by_key("bob"), by_key()
    assert bob["lunch-2"].mailboxes == (("Inbox",),)
    assert alice["lunch-2"].mailboxes == (("Sent",),)
    assert bob["lunch-2"].raw == alice["lunch-2"].raw
    assert "bob-private" not in alice


def test_domains_belong_to_nobody():
    for message in messages("alice", NOW):
        found = re.findall(rb"[\w.-]+@([A-Za-z0-9.-]+)", message.raw.partition(b"\r\n\r\n")[0])
        assert all(domain.rpartition(b".")[2] in {b"example", b"test"} for domain in found), (message.key, found)
