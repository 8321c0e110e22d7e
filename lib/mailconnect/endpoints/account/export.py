"""`/account/export`: all that is held about the owner, by a link that works once, in this session, for five minutes
(ASVS 14.2.1).
"""

import hashlib
import hmac
import json
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect import log
from mailconnect.audit import Audit
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.document import export_document
from mailconnect.endpoints.account.guard import Guard
from mailconnect.endpoints.account.sessions import Sessions, SignedIn
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.endpoints.pages.rendering import PAGE_HEADERS
from mailconnect.grants.approval import Approval
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.languages.words import marked
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import parse_form
from mailconnect.provider.provider import Provider
from mailconnect.store.audit import Actor, What
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry, Ledger
from mailconnect.store.owned import Owned

EXPORT = "/account/export"
DOWNLOAD = "/account/export/download"

LINK_LIFETIME = 300
MAX_LINKS, LINKS_SECONDS = 5, 3600
"""An owner may make MAX_LINKS links in LINKS_SECONDS."""

MAX_HISTORY = 3000
"""Events in one file. Even the longest events, with the connections, stay below Lambda's maximum response (6 MB)."""


@dataclass(frozen=True, slots=True)
class AccountExport:
    context: PageContext
    guard: Guard
    sessions: Sessions
    connections: Connections
    ledger: Ledger
    audit: Audit
    provider: Provider
    approvals: Owned[Approval]
    browsers: Owned[TrustedBrowser]

    def routes(self) -> list[Route]:
        return [
            self.guard.route(EXPORT, action=self.make_link),
            Route(DOWNLOAD, page_endpoint(self.context.pages, self.download), methods=["GET"]),
        ]

    async def make_link(self, _: Request, signed_in: SignedIn, __: dict[str, str]) -> Response:
        if not await self._allowed(signed_in.owner):
            response = self.context.pages.error(
                429,
                marked("That was often enough for now"),
                marked("You have exported five times in an hour. Try again later."),
            )
            response.headers["Retry-After"] = str(LINKS_SECONDS)
            return response
        now = self.context.clock()
        link = self.context.entropy(32).hex()
        await self.ledger.put(Entry(key=_key(signed_in, link), value=b"", expires_at=now + LINK_LIFETIME), now)
        return self.context.pages.render(
            "account_export.html", link=f"{DOWNLOAD}?link={link}", link_minutes=LINK_LIFETIME // 60
        )

    async def download(self, request: Request) -> Response:
        signed_in = await self.sessions.of(request)
        if signed_in is None:
            return self.guard.sign_in_first("")
        if request.method == "HEAD":  # it would use up the link, and return no file
            return Response(status_code=405, headers=PAGE_HEADERS | {"Allow": "GET"})
        try:
            link = parse_form(request.scope["query_string"].decode("latin-1")).get("link", "")
        except InvalidRequest:
            link = ""
        if await self.ledger.take(_key(signed_in, link), self.context.clock()) is None:
            log.record("account_export_refused")
            return self.context.pages.error(
                404,
                marked("This link leads nowhere"),
                marked(
                    "It serves once, within five minutes, and in the browser it was made in. "
                    "Make another on your account."
                ),
            )
        owned = await self.connections.owned_by(signed_in.owner)
        now = self.context.clock()
        history = await self.audit.events.of_owner(signed_in.owner, now, limit=MAX_HISTORY)
        document = export_document(
            signed_in.session,
            owned,
            history,
            approvals=await self.approvals.of_owner(signed_in.owner, now),
            browsers=await self.browsers.of_owner(signed_in.owner, now),
            provider=self.provider,
            issuer=self.context.settings.issuer,
            now=now,
        )
        await self.audit.of_owner(What.EXPORTED, signed_in.owner, Actor.OWNER)
        return Response(
            json.dumps(document, indent=2, ensure_ascii=False).encode(),
            headers=PAGE_HEADERS | {"Content-Disposition": 'attachment; filename="mailconnect-export.json"'},
            media_type="application/json",
        )

    async def _allowed(self, owner: str) -> bool:
        """Takes one of the owner's MAX_LINKS places. Each place is free again an hour later."""
        now = self.context.clock()
        for place in range(MAX_LINKS):
            try:
                key = ledger_key(LedgerKind.EXPORTED, owner, place)
                await self.ledger.put(Entry(key=key, value=b"", expires_at=now + LINKS_SECONDS), now)
            except AlreadyExists:
                continue
            return True
        return False


def _key(signed_in: SignedIn, link: str) -> str:
    """Another session does not find it, and the ledger does not show the link."""
    digest = hmac.digest(signed_in.secret, b"mailconnect export" + link.encode(), hashlib.sha256)
    return ledger_key(LedgerKind.EXPORT, digest.hex())
