"""`GET /auth/callback`: the provider sends the browser back (RFC 6749 §4.1.2, RFC 9207, RFC 9700 §4.7)."""

import contextlib
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.endpoints.account.sign_in import AccountSignIn
from mailconnect.endpoints.connect.sign_in import SignIn
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.sign_in import LIFETIME, USED, Pending, PendingAccount, open_pending, pending_key
from mailconnect.languages.words import marked
from mailconnect.mail.errors import MailboxError
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import parse_form
from mailconnect.provider.authorization import CallbackRejected, ProviderRefused, process_callback
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry, Ledger

_MAX_STATE = 128


@dataclass(frozen=True, slots=True)
class Callback:
    context: PageContext
    sign_in: SignIn
    account: AccountSignIn
    ledger: Ledger
    oauth: OAuthClient

    def routes(self) -> list[Route]:
        return [Route("/auth/callback", page_endpoint(self.context.pages, self.callback), methods=["GET"])]

    async def callback(self, request: Request) -> Response:
        """Uses up the state only once it is clear that this browser began this sign-in."""
        try:
            parameters = parse_form(request.scope["query_string"].decode("latin-1"))
        except InvalidRequest:
            return self._rejected("unreadable")
        state = parameters.get("state", "")
        now = self.context.clock()
        entry = await self.ledger.get(pending_key(state), now) if 0 < len(state) <= _MAX_STATE else None
        if entry is None:
            return self._late()
        if entry.value == USED:
            return self._used()
        binding = self.context.sign_in_cookie.read(request)
        try:
            pending = open_pending(entry.value, state, binding or b"")
        except SealBroken:
            return self._not_this_browser()
        try:
            code = process_callback(parameters, await self.oauth.metadata())
        except CallbackRejected as rejected:
            return self._rejected(str(rejected))
        except ProviderRefused as refused:
            return self._refused(pending, refused.code) if await self._take(entry) else self._used()
        except MailboxError as error:
            return self._failed(pending, error)
        if not await self._take(entry):
            return self._used()
        if isinstance(pending, PendingAccount):
            return await self.account.finish(request, pending, code=code, state=state, binding=binding or b"")
        began_at = entry.expires_at - LIFETIME
        return await self.sign_in.finish(pending, code=code, state=state, binding=binding or b"", began_at=began_at)

    def _failed(self, pending: Pending, error: MailboxError) -> Response:
        if isinstance(pending, PendingAccount):
            return self.account.failed(error, pending.next)
        return self.sign_in.failed(pending, error)

    def _refused(self, pending: Pending, error: str) -> Response:
        if isinstance(pending, PendingAccount):
            return self.account.refused(error, pending.next)
        return self.sign_in.refused(pending, error)

    async def _take(self, entry: Entry) -> bool:
        """Of two responses with one state, one is taken. The entry that is left tells a later one that the state is
        used.
        """
        now = self.context.clock()
        taken = await self.ledger.take(entry.key, now)
        if taken is None:
            return False
        with contextlib.suppress(AlreadyExists):
            await self.ledger.put(Entry(key=entry.key, value=USED, expires_at=now + LIFETIME), now)
        return taken.value != USED

    def _rejected(self, reason: str) -> Response:
        log.record("callback_rejected", reason=reason.replace(" ", "_"))
        return self.context.pages.error(
            400,
            marked("This sign-in cannot be finished"),
            marked("The address of this page is damaged. Nothing was connected. Start again from where you came."),
        )

    def _late(self) -> Response:
        """The record of a sign-in lives half an hour, and the mark that it was finished as long again."""
        log.record("callback_rejected", reason="state_unknown")
        return self.context.pages.error(
            400,
            marked("Signing in took too long"),
            marked("Nothing was connected. Go back to your assistant and connect again."),
        )

    def _used(self) -> Response:
        log.record("callback_rejected", reason="state_used")
        return self.context.pages.error(
            400,
            marked("You have already signed in"),
            marked("Look in your assistant, or see what is connected."),
            stamp=marked("Already done"),
        )

    def _not_this_browser(self) -> Response:
        log.record("callback_rejected", reason="not_this_browser")
        return self.context.pages.error(
            403,
            marked("This sign-in was begun in another browser"),
            marked(
                "Nothing was connected. If you did not begin it yourself, close this page; otherwise start again from "
                "where you came, in this browser and with cookies allowed."
            ),
        )
