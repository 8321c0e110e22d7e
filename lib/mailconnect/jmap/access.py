"""The port through which jmap reaches one owner's provider: requests with a token that is good."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mailconnect.jmap import objects
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session


class MailboxAccess(Protocol):
    """Every method may raise MailboxError, and mailconnect.grants.errors.GrantError, where what is sealed in the grant
    does not open.

    The implementation holds the token, refreshes it, and asks for the session again when its state has changed. It
    sends only what the grant's scopes need, and raises MethodNotAllowed for the rest.
    """

    async def account_id(self) -> str:
        """The account that holds the owner's mail; known since the connection was made, so no request is needed."""
        ...

    async def contacts_account_id(self) -> str | None:
        """The account of the owner's address book, None where the provider offers none."""
        ...

    def may_have_contacts(self) -> bool:
        """False where the session had no address book when it was last read. No request is made."""
        ...

    def may_have_masked(self) -> bool:
        """False where the session offered no masked addresses when it was last read. No request is made."""
        ...

    async def most_objects(self) -> int:
        """How many objects the server gives at once in a /get; kept since the connection was made."""
        ...

    async def session(self) -> Session:
        """The session as it is now: one request, never a stored copy."""
        ...

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        """One request. Method errors are raised where a response is taken: `responses.to(call)`."""
        ...

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        """At most `maximum` octets of a blob, in one request; one of more raises ResponseTooLong."""
        ...


async def ask(access: MailboxAccess, using: Sequence[str], call: Invocation) -> Mapping[str, Any]:
    """The fields of the response to one method call, which is a request of its own. Raises MailboxError."""
    return objects.fields_of((await access.call(using, (call,))).to(call))
