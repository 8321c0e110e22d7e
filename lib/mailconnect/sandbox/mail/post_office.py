"""The stores of every account, made when first asked for: a sandbox that is asked for no mail makes none."""

from collections.abc import Callable

from mailconnect.sandbox.accounts import Account
from mailconnect.sandbox.mail.store import Store


class PostOffice:
    """clock: epoch seconds.  All mail is as old as it says relative to the hour of the first question."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._now: int | None = None
        self._stores: dict[str, Store] = {}

    @property
    def now(self) -> int:
        if self._now is None:
            self._now = self._clock()
        return self._now

    def store(self, account: Account) -> Store:
        """That of the person whose account it is, with all their mailboxes, whoever looks."""
        store = self._stores.get(account.login)
        if store is None:
            from mailconnect.sandbox.mail.messages import messages  # noqa: PLC0415 - a sandbox that is not asked for mail reads none

            store = Store(account.all_mailbox_ids(), messages(account.login, self.now))
            self._stores[account.login] = store
        return store
