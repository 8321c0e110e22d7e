"""`POST /revoke`: a client revokes its tokens (RFC 7009 §2)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import Wake, end_grant
from mailconnect.endpoints.http.body import read_token_request
from mailconnect.endpoints.http.responses import CORS, NO_STORE, oauth_error, preflight
from mailconnect.endpoints.oauth.client_authenticator import ClientAuthenticator
from mailconnect.endpoints.oauth.gone_client import GoneClient
from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.grant import Grant
from mailconnect.grants.retirement import Reason, parse_revocable, revoke
from mailconnect.grants.update import Update
from mailconnect.oauth.errors import InvalidClient, InvalidRequest, OAuthError
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

_MAX_BODY = 32_768
_HOUR = 3600
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationEndpoint:
    authenticate: ClientAuthenticator
    gone: GoneClient
    grants: Grants
    audit: Audit
    wake_sweep: Wake
    clock: Clock

    def routes(self) -> list[Route]:
        return [Route("/revoke", self.respond, methods=["POST", "OPTIONS"])]

    async def respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            form = (await read_token_request(request, _MAX_BODY)).values
            try:
                client = await self.authenticate(request, form)
            except InvalidClient:
                await self.gone.end_grant_of(request, form, form.get("token", ""))
                raise
            if not form.get("token"):
                raise InvalidRequest("token is missing")
        except OAuthError as error:
            return oauth_error(error)
        await self._revoke(form["token"], client.id)
        # The same response whether there was something to revoke or not (§2.2).
        return Response(status_code=200, headers=NO_STORE | CORS)

    async def _revoke(self, presented: str, client_id: str) -> None:
        try:
            grant_id = parse_revocable(presented).grant_id
        except MalformedToken:
            return
        for _ in range(_ATTEMPTS):
            grant = await self.grants.get(grant_id)
            update = revoke(grant, presented, client_id, self.clock()) if grant else None
            if grant is None or update is None or await self._updated(grant, update):
                return
        raise StoreUnavailable("the grant kept changing")

    async def _updated(self, grant: Grant, update: Update) -> bool:
        """False where the grant has changed meanwhile."""
        if "retired_reason" in update.set:
            return await end_grant(
                grant,
                Reason.CLIENT_REVOKED,
                Actor.ASSISTANT,
                grants=self.grants,
                audit=self.audit,
                wake=self.wake_sweep,
                retirement=update,
            )
        revoked = await self.grants.update(grant.id, update)
        if revoked:
            await self.audit.of_grant_once(What.TOKEN_REVOKED, grant, Actor.ASSISTANT, _HOUR)
        return revoked
