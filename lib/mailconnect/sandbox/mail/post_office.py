"""The stores of every account, made when first asked for: a sandbox that is asked for no mail makes none."""

from collections.abc import Callable

from mailconnect.sandbox.accounts import Account
from mailconnect.sandbox.mail.boxes import Boxes
from mailconnect.sandbox.mail.store import Store
from mailconnect.sandbox.mail.submissions import Posted, Submissions
from mailconnect.sandbox.masked import MaskedEmails


class PostOffice:
    """clock: epoch seconds.  All mail is as old as it says relative to the hour of the first question.

    keeps_final: as Submissions has it.
    """

    def __init__(self, clock: Callable[[], int], keeps_final: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._keeps_final = keeps_final
        self._posted: list[Posted] = []
        self._submissions: dict[str, Submissions] = {}
        self._now: int | None = None
        self._stores: dict[str, Store] = {}
        self._boxes: dict[str, Boxes] = {}
        self._masked: dict[str, MaskedEmails] = {}

    @property
    def now(self) -> int:
        if self._now is None:
            self._now = self._clock()
        return self._now

    def boxes(self, account: Account) -> Boxes:
        """The mailboxes of the person whose account it is, for every caller."""
        boxes = self._boxes.get(account.login)
        if boxes is None:
            boxes = self._boxes[account.login] = Boxes(account)
        return boxes

    def masked(self, account: Account) -> MaskedEmails:
        masked = self._masked.get(account.login)
        if masked is None:
            masked = self._masked[account.login] = MaskedEmails(account.login)
        return masked

    def store(self, account: Account) -> Store:
        """That of the person whose account it is, with all their mailboxes, for every caller."""
        store = self._stores.get(account.login)
        if store is None:
            from mailconnect.sandbox.mail.messages import messages  # noqa: PLC0415 - a sandbox that is not asked for mail reads none

            store = Store(account.all_mailbox_ids(), messages(account.login, self.now))
            self._stores[account.login] = store
        return store

    def submissions(self, account: Account) -> Submissions:
        there = self._submissions.get(account.login)
        if there is None:
            there = self._submissions[account.login] = Submissions(self._clock, self._keeps_final, self._posted)
        return there

    @property
    def outbox(self) -> list[Posted]:
        """All that has left until now, of all senders."""
        for submissions in self._submissions.values():
            _ = submissions.state  # lets go what is due
        return self._posted
