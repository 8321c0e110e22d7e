"""`/account/delete`: everything that is held about a person, erased at their word (GDPR art. 17)."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.endpoints.account.connections import Connections, names_of
from mailconnect.endpoints.account.ended_names import EndedNames
from mailconnect.endpoints.account.ending import End, Ending, end_number
from mailconnect.endpoints.account.guard import DELETE, Guard
from mailconnect.endpoints.account.overview import CLEARED
from mailconnect.endpoints.account.receipts import Receipts, receipt
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.sweep.receipts import RECEIPT_LIFETIME
from mailconnect.sweep.revocation import GIVE_UP_AFTER

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class AccountDelete:
    context: PageContext
    guard: Guard
    sessions: Sessions
    connections: Connections
    ending: Ending
    receipts: Receipts
    names: EndedNames
    oauth: OAuthClient

    def routes(self) -> list[Route]:
        return [self.guard.route(DELETE, page=self.page, action=self.delete, after_the_end=self.already)]

    async def page(self, _: Request, signed_in: SignedIn) -> Response:
        if not self._may(signed_in):
            return self.guard.sign_in_first(DELETE)
        owned = await self.connections.owned_by(signed_in.owner)
        return self.context.pages.render(
            "account_delete.html",
            username=signed_in.session.username,
            connections=self.connections.living(owned.grants),
            form_token=signed_in.token,
            now=self.context.clock(),
            give_up_days=GIVE_UP_AFTER // _DAY,
            receipt_days=RECEIPT_LIFETIME // _DAY,
        )

    def _may(self, signed_in: SignedIn) -> bool:
        """Lately signed in, and at the provider where that is offered: an API token that may only read deletes nothing.
        To end connections it is enough.
        """
        session = signed_in.session
        return session.fresh(self.context.clock()) and not (session.by_api_token and self.oauth.offers_sign_in)

    async def delete(self, _request: Request, signed_in: SignedIn, _: dict[str, str]) -> Response:
        if not self._may(signed_in):
            return self.guard.sign_in_first(DELETE)
        owned = await self.connections.owned_by(signed_in.owner)
        names = names_of(self.connections.living(owned.grants))
        number = await self.ending.all(signed_in.session, End.EVERYTHING)
        response = receipt(number)
        self.names.set(response, number, names)
        response.headers.update(CLEARED)
        self.context.session_cookie.forget(response)
        return response

    async def already(self, request: Request, signed_in: SignedIn) -> Response:
        """A second click, or another tab: the first one has ended this session, and that is all it may know."""
        return await self.receipts.page(request, end_number(signed_in.session, End.EVERYTHING), already=True)
