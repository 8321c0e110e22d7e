"""One account's submissions (RFC 8621 §7): what waits, what has left, and the state that ifInState is compared with.

The outbox holds each message once for each time that it left: tests count it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

FIRST_STATE = 500


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that has left. at: epoch seconds."""

    email_id: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: int


@dataclass(slots=True)
class Submission:
    """send_at: epoch seconds. undo_status: pending, final or canceled (RFC 8621 §7)."""

    submission_id: str
    identity_id: str
    posted: Posted
    thread_id: str
    envelope: dict[str, Any]
    send_at: int
    undo_status: str = "pending"


@dataclass(eq=False)
class Submissions:
    """keeps_final: whether what is final or canceled stays to be seen. Cyrus keeps none of it."""

    clock: Callable[[], int]
    keeps_final: Callable[[], bool]
    outbox: list[Posted]
    email_ids: dict[str, str] = field(default_factory=dict)
    """Of every submission that ever was, by its id."""
    _all: dict[str, Submission] = field(default_factory=dict)
    _number: int = 0
    _changes: int = 0

    @property
    def state(self) -> str:
        self._post_due()
        return f"S{FIRST_STATE + self._changes}"

    @property
    def all(self) -> dict[str, Submission]:
        """Those that can be seen now, the oldest first."""
        self._post_due()
        return self._all

    def submit(self, posted: Posted, *, identity_id: str, thread_id: str, envelope: dict[str, Any], hold: int) -> str:
        """The id. hold: seconds; with 0 it leaves at once."""
        self._number += 1
        send_at = posted.at + hold
        submission = Submission(f"S{self._number}", identity_id, posted, thread_id, envelope, send_at)
        self._all[submission.submission_id] = submission
        self.email_ids[submission.submission_id] = posted.email_id
        self._changes += 1
        if not hold:
            self._post(submission)
        return submission.submission_id

    def cancel(self, submission: Submission) -> None:
        submission.undo_status = "canceled"
        self._changes += 1
        self._forget(submission)

    def _post_due(self) -> None:
        for submission in list(self._all.values()):
            if submission.undo_status == "pending" and submission.send_at <= self.clock():
                self._post(submission)
                self._changes += 1

    def _post(self, submission: Submission) -> None:
        submission.undo_status = "final"
        self.outbox.append(submission.posted)
        self._forget(submission)

    def _forget(self, submission: Submission) -> None:
        if not self.keeps_final():
            del self._all[submission.submission_id]


def utc_date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
