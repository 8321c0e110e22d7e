"""The end of a grant whose API token the provider refuses: nobody but the provider can say that it is dead.

Rules: mailconnect.grants.provider_refresh.refusal.
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import end_grant
from mailconnect.grants.grant import Grant
from mailconnect.grants.provider_refresh.refusal import accepted, refused
from mailconnect.grants.retirement import Reason
from mailconnect.grants.update import Update
from mailconnect.jmap.client import JmapClient
from mailconnect.mail.errors import MailboxError, Unauthorized
from mailconnect.provider.errors import GrantEnded
from mailconnect.store.audit import Actor
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants


@dataclass(frozen=True, slots=True)
class ApiTokenRefusals:
    grants: Grants
    audit: Audit
    jmap: JmapClient
    session_url: Callable[[], Awaitable[str]]
    clock: Clock

    async def note(self, grant: Grant, access_token: str) -> None:
        """Notes one refusal of a call. Ends the grant, and raises GrantEnded, where the refusals have lasted for long
        and the session refuses the token too.
        """
        update = refused(grant, self.clock())
        if update is None:
            return
        if "retired_at" not in update.set:
            with contextlib.suppress(StoreUnavailable):
                await self.grants.update(grant.id, update)
        elif await self._refused_for_the_session_too(grant, access_token) and await self._end(grant, update):
            raise GrantEnded("the API token is refused for good")

    async def _refused_for_the_session_too(self, grant: Grant, access_token: str) -> bool:
        """Two refusals long apart, with no call between them, may have been two passing troubles."""
        try:
            await self.jmap.session(await self.session_url(), access_token)
        except Unauthorized:
            return True
        except MailboxError:
            return False
        took = accepted(grant)
        if took is not None:
            with contextlib.suppress(StoreUnavailable):
                await self.grants.update(grant.id, took)
        return False

    async def _end(self, grant: Grant, retirement: Update) -> bool:
        try:
            return await end_grant(
                grant,
                Reason.PROVIDER_ENDED,
                Actor.PROVIDER,
                grants=self.grants,
                audit=self.audit,
                retirement=retirement,
            )
        except StoreUnavailable:
            return False
