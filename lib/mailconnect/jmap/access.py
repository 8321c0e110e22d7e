"""The port through which a tool reaches one person's mailbox, and nothing else of theirs."""

from collections.abc import Sequence
from typing import Protocol

from mailconnect.jmap.request import Invocation, Responses
from mailconnect.jmap.session import Session


class MailboxAccess(Protocol):
    """Every method may raise MailboxError, whose `text` a model may read. It may also raise
    mailconnect.grants.errors.GrantError, where what is sealed in the grant does not open: the caller's token is worth
    nothing then, so the model is told nothing.

    Whoever implements it holds the token, renews it, and asks for the session again when its state has changed.
    """

    async def account_id(self) -> str:
        """The account that holds the person's mail; known since the connection was made, so no request is needed."""
        ...

    async def session(self) -> Session:
        """The session as it is now: one request, never a stored copy."""
        ...

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        """One request. Method errors are raised where a response is taken: `responses.to(call)`."""
        ...
