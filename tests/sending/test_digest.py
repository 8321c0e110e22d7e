"""The message that was seen is the one that is sent: the digest covers all that leaves, and nothing else."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import DRAFT, Draft
from mailconnect.mail.message import Attachment
from mailconnect.sending.digest import digest

ANN, BOB = Address("Ann", "ann@example.org"), Address("Bob", "bob@example.org")
FILE = Attachment("2", "plan.pdf", "application/pdf", 1234)
SEEN = Draft(
    "draft",
    "account",
    thread_id="thread",
    message_id="mc.1@example.org",
    sender=(ANN,),
    to=(BOB,),
    cc=(Address("Cy", "cy@example.org"),),
    bcc=(Address("Di", "di@example.org"),),
    reply_to=(Address("Desk", "desk@example.org"),),
    subject="The plan",
    plain="Here it is.",
    html="<p>Here it is.</p>",
    attachments=(FILE,),
    keywords=frozenset({DRAFT}),
    mailbox_ids=("drafts",),
    sent_at=datetime(2026, 11, 30, 9, 30, tzinfo=UTC),
    in_reply_to=("question@example.org",),
    references=("first@example.org", "question@example.org"),
    bytes_id="blob",
)


def changed(**values: Any) -> Draft:
    return msgspec.structs.replace(SEEN, **values)


@pytest.mark.parametrize(
    "values",
    [
        {"account_id": "another"},
        {"bytes_id": "another"},
        {"message_id": "mc.2@example.org"},
        {"sender": (BOB,)},
        *({field: (other,)} for field in ("to", "cc", "bcc", "reply_to") for other in (ANN, Address("", ANN.email))),
        {"to": (Address("Robert", "bob@example.org"),)},
        {"to": (), "cc": (BOB, *SEEN.cc)},
        {"subject": "the plan"},
        {"plain": "Here it is!"},
        {"plain": None},
        {"html": "<p>Here it is!</p>"},
        {"html": None},
        {"is_cut": True},
        {"attachments": ()},
        {"attachments": (FILE, FILE)},
        *(
            {"attachments": (msgspec.structs.replace(FILE, **other),)}
            for other in ({"id": "3"}, {"name": "x.pdf"}, {"type": "text/plain"}, {"size": 1235}, {"is_inline": True})
        ),
        {"sent_at": datetime(2026, 11, 30, 9, 31, tzinfo=UTC)},
        {"sent_at": None},
        {"in_reply_to": ()},
        {"references": ("question@example.org", "first@example.org")},
    ],
    ids=repr,
)
def test_a_draft_of_which_anything_else_would_leave_has_another_digest(values: dict[str, Any]) -> None:
    assert digest(changed(**values)) != digest(SEEN)


@pytest.mark.parametrize(
    "values",
    [{"id": "copy"}, {"thread_id": "another"}, {"keywords": frozenset({DRAFT, "$seen"})}, {"mailbox_ids": ("other",)}],
    ids=repr,
)
def test_a_draft_that_is_filed_elsewhere_or_marked_keeps_its_digest(values: dict[str, Any]) -> None:
    assert digest(changed(**values)) == digest(SEEN)


def test_a_digest_is_these_bytes_in_every_release() -> None:
    """A message that waits for its owner was put before them by an earlier release, and is compared by this one."""
    leaves = [
        "account",
        "blob",
        "mc.1@example.org",
        [["Ann", "ann@example.org"]],
        [["Bob", "bob@example.org"]],
        [["Cy", "cy@example.org"]],
        [["Di", "di@example.org"]],
        [["Desk", "desk@example.org"]],
        "The plan",
        "Here it is.",
        "<p>Here it is.</p>",
        False,
        [["2", "plan.pdf", "application/pdf", 1234, False]],
        "2026-11-30T09:30:00+00:00",
        ["question@example.org"],
        ["first@example.org", "question@example.org"],
    ]
    message = b"mailconnect draft\0" + json.dumps(leaves, separators=(",", ":")).encode()
    assert digest(SEEN) == sha256(message).hexdigest()
