"""The stores of every account, made when first asked for: a sandbox that is asked for no mail makes none."""

from collections.abc import Callable

from mailconnect.sandbox.accounts import Account
from mailconnect.sandbox.mail.boxes import Boxes
from mailconnect.sandbox.mail.store import Store
from mailconnect.sandbox.masked import MaskedEmails


class PostOffice:
    """clock: epoch seconds.  All mail is as old as it says relative to the hour of the first question."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
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
        """The mailboxes of the person whose account it is, whoever looks."""
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
        """That of the person whose account it is, with all their mailboxes, whoever looks."""
        store = self._stores.get(account.login)
        if store is None:
            from mailconnect.sandbox.mail.messages import messages  # noqa: PLC0415 - a sandbox that is not asked for mail reads none

            store = Store(account.all_mailbox_ids(), messages(account.login, self.now))
            self._stores[account.login] = store
        return store
