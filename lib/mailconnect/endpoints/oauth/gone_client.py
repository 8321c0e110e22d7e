"""A client that took its registration back, and shows a refresh token of a grant that it has left behind.

RFC 7592 §2.3: a server should end the grants of a client that it deletes. No index leads from a client to its grants
(docs/decisions/0012), so a grant ends when its token next comes to `/token` or `/revoke`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import Wake, end_grant
from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.retirement import Reason, retire, revoke
from mailconnect.grants.tokens.token import TokenKind, parse
from mailconnect.oauth.clients.authentication import presented_client
from mailconnect.oauth.clients.registration import OURS
from mailconnect.oauth.errors import OAuthError
from mailconnect.store.audit import Actor
from mailconnect.store.clients import Clients
from mailconnect.store.grants import Grants


@dataclass(frozen=True, slots=True)
class GoneClient:
    clients: Clients
    grants: Grants
    audit: Audit
    wake_sweep: Wake
    clock: Clock

    async def end_grant_of(self, request: Request, form: Mapping[str, str], presented: str) -> bool:
        """Whether a grant has ended: `presented` is a refresh token of it, of any generation, and its client, which the
        request names, is registered no more.

        The bearer proves no more than at `/revoke`, and can do no more than there. Raises StoreUnavailable.
        """
        try:
            token = parse(presented, TokenKind.REFRESH)
            client_id = presented_client(request.headers.getlist("authorization"), form).client_id
        except (MalformedToken, OAuthError):
            return False
        if not client_id.startswith(OURS) or await self.clients.get(client_id, self.clock()) is not None:
            return False
        now = self.clock()
        grant = await self.grants.get(token.grant_id)
        if grant is None or revoke(grant, presented, client_id, now) is None:
            return False
        return await end_grant(
            grant,
            Reason.CLIENT_DELETED,
            Actor.ASSISTANT,
            grants=self.grants,
            audit=self.audit,
            wake=self.wake_sweep,
            retirement=retire(Reason.CLIENT_DELETED, now),
        )
