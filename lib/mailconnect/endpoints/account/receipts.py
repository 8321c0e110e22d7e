"""`/account/receipt`: what became of an ended connection. A receipt names nobody, so its number is enough to see it."""

import json
import re
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailconnect.endpoints.account.ended_names import EndedNames
from mailconnect.endpoints.account.ending import end_key
from mailconnect.endpoints.account.guard import to
from mailconnect.endpoints.account.words import OUTCOMES, REASONS
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.page_endpoint import page_endpoint
from mailconnect.languages.words import marked
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.oauth.errors import InvalidRequest
from mailconnect.oauth.form import parse_form
from mailconnect.provider.provider import Provider
from mailconnect.store.ledger import Ledger

RECEIPT = "/account/receipt"


def receipt(number: str) -> Response:
    """Redirects to the receipt, which can be read again and needs no session."""
    return to(f"{RECEIPT}?number={number}")


_NUMBER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Receipts:
    context: PageContext
    provider: Provider
    ledger: Ledger
    names: EndedNames

    def routes(self) -> list[Route]:
        return [Route(RECEIPT, page_endpoint(self.context.pages, self.receipt), methods=["GET"])]

    async def receipt(self, request: Request) -> Response:
        try:
            number = parse_form(request.scope["query_string"].decode("latin-1")).get("number", "")
        except InvalidRequest:
            number = ""
        return await self.page(request, number) if _NUMBER.fullmatch(number) else self._none()

    async def page(self, request: Request, number: str, *, already: bool = False) -> Response:
        """`already`: the owner asked for this end a second time."""
        end = await self._read(end_key(number))
        connections = [number] if end is None else end["connections"]
        receipts = [(one, await self.of(one)) for one in connections]
        if end is None and receipts[0][1] is None:
            return self._none()
        return self.context.pages.render(
            "account_receipt.html",
            number=number,
            names=self.names.of(request, number),
            provider=self.provider,
            pending=[one for one, receipt in receipts if receipt is None],
            end=end,
            receipts=receipts,
            already=already,
            reasons=REASONS,
            outcomes=OUTCOMES,
        )

    async def of(self, number: str) -> dict[str, Any] | None:
        """The receipt of one connection; None until it is erased."""
        return await self._read(ledger_key(LedgerKind.RECEIPT, number))

    async def _read(self, key: str) -> dict[str, Any] | None:
        entry = await self.ledger.get(key, self.context.clock())
        return None if entry is None else json.loads(entry.value)

    def _none(self) -> Response:
        return self.context.pages.error(
            404,
            marked("There is no receipt with this number"),
            marked(
                "It is written when your mail provider has been told, which can take up to seven days, and kept for "
                "400 days. Compare the number letter by letter."
            ),
        )
