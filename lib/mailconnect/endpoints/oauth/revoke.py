"""`POST /revoke`: an assistant gives its tokens back (RFC 7009 §2)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.end_grant import Wake, end_grant
from mailconnect.endpoints.http.body import read_token_request
from mailconnect.endpoints.http.responses import CORS, NO_STORE, oauth_error, preflight
from mailconnect.endpoints.oauth.client_authenticator import ClientAuthenticator
from mailconnect.grants.errors import MalformedToken
from mailconnect.grants.retirement import Reason, parse_revocable, revoke
from mailconnect.oauth.errors import InvalidRequest, OAuthError
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

_MAX_BODY = 32_768
_ATTEMPTS = 5


def routes(
    *, authenticate: ClientAuthenticator, grants: Grants, audit: Audit, wake_sweep: Wake, clock: Clock
) -> list[Route]:
    async def revocation(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        try:
            form = (await read_token_request(request, _MAX_BODY)).values
            client = await authenticate(request, form)
            if not form.get("token"):
                raise InvalidRequest("token is missing")
        except OAuthError as error:
            return oauth_error(error)
        await end(form["token"], client.id)
        # The same answer whether there was something to revoke or not (§2.2).
        return Response(status_code=200, headers=NO_STORE | CORS)

    async def end(presented: str, client_id: str) -> None:
        try:
            grant_id = parse_revocable(presented).grant_id
        except MalformedToken:
            return
        for _ in range(_ATTEMPTS):
            grant = await grants.get(grant_id)
            update = revoke(grant, presented, client_id, clock()) if grant else None
            if grant is None or update is None:
                return
            if "retired_reason" in update.set:
                if await end_grant(
                    grant,
                    Reason.CLIENT_REVOKED,
                    Actor.ASSISTANT,
                    grants=grants,
                    audit=audit,
                    wake=wake_sweep,
                    retirement=update,
                ):
                    return
            elif await grants.update(grant_id, update):
                await audit.of_grant_once_an_hour(What.TOKEN_REVOKED, grant, Actor.ASSISTANT)
                return
        raise StoreUnavailable("the grant kept changing")

    return [Route("/revoke", revocation, methods=["POST", "OPTIONS"])]
