"""The approval page itself, on a test's own stores and mailbox, and the owner who opens it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.responses import Response

from mailconnect.approvals.approvals import Approvals
from mailconnect.approvals.opening import Opening
from mailconnect.approvals.outgoing import MailOutgoing
from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.endpoints.approvals.approve import Approve
from mailconnect.endpoints.approvals.approvers import Approver
from mailconnect.endpoints.approvals.pages import ApprovalPages
from mailconnect.endpoints.approvals.presses import Presses
from mailconnect.grants.grant import Grant
from mailconnect.sending.digest import digest
from mailconnect.sending.sending import Sending
from tests.grants.scenario import active, seeded
from tests.sending.strict_mailbox import StrictMailbox

ISSUER = "https://bridge.example"
DATA_KEY = active().new.data_key
"""Of the grant that tests.sending.sender.new_grant gives."""
LINK = "link"


class Rendered(Response):
    """The template and values of a page, instead of the page."""

    def __init__(self, template: str, status: int, given: Mapping[str, Any]) -> None:
        super().__init__(b"", status)
        self.template = template
        self.given = given

    @property
    def title(self) -> str:
        return "Send this as you?" if self.template == "approve.html" else str(self.given["said"].title)

    @property
    def presses(self) -> frozenset[str]:
        if self.template == "approve.html":
            return frozenset({"send", "discard", "end"})
        return frozenset(one.press for one in self.given["said"].presses)


@dataclass(frozen=True)
class _Pages:
    def render(self, template: str, status: int = 200, **given: Any) -> Rendered:
        return Rendered(template, status, given)


@dataclass(frozen=True)
class _Context:
    clock: Clock
    entropy: Entropy = field(default_factory=lambda: seeded(8))
    pages: _Pages = field(default_factory=_Pages)


@dataclass(frozen=True)
class _Request:
    """Opened by hand."""

    path: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=lambda: {"sec-fetch-site": "none"})

    @property
    def scope(self) -> Mapping[str, Any]:
        return {"method": "POST", "path": "/approve", "query_string": urlsplit(self.path).query.encode(), "headers": []}


class _Around:
    """The page's surroundings: nothing is limited or switched off, and its owner is signed in."""

    async def form(self, request: _Request) -> dict[str, str]:
        return {**request.form}

    async def of(self, _: Any, owner: str) -> Approver:
        return Approver(owner, b"the secret of a session")

    async def is_on(self, _: Any) -> bool:
        return False

    def living(self, _: Any) -> list[Any]:
        return []


@dataclass(frozen=True)
class Tab:
    """The page as it stood when its owner read it."""

    path: str
    fields: Mapping[str, str]


@dataclass
class ApprovalPage:
    """`stores` have grants, ledger, counters, events and approvals."""

    stores: Mapping[str, Any]
    mailbox: StrictMailbox
    clock: Clock

    @property
    def sending(self) -> Sending:
        of = self.stores
        audit = Audit(of["events"], self.clock, seeded(4))
        return Sending(of["grants"], of["ledger"], of["counters"], audit, self.clock, seeded(5))

    def asking(self) -> Any:
        """The assistant's side."""
        return Approvals(self.stores["approvals"], ISSUER, self.clock, seeded(6)).opened(lambda: DATA_KEY)

    def approve(self) -> Approve:
        """Of a process of its own."""
        around: Any = _Around()

        def outgoing(grant: Grant, _: Callable[[], bytes]) -> MailOutgoing:
            return MailOutgoing(grant, self.mailbox, self.sending)  # type: ignore[arg-type]

        context: Any = _Context(self.clock)
        named: Any = _Named()
        limits: Any = _Limits()
        opening = Opening(self.stores["approvals"], self.stores["grants"], outgoing, digest, self.clock)
        pages = ApprovalPages(context, opening, connections=around, switches=around, provider=named)
        audit = Audit(self.stores["events"], self.clock, seeded(7))
        presses = Presses(pages, self.stores["approvals"], self.stores["grants"], audit, _nothing)
        return Approve(around, around, opening, limits, pages, presses)

    async def page(self, path: str) -> Rendered:
        shown = await self.approve().page(_Request(path))  # type: ignore[arg-type]
        assert isinstance(shown, Rendered)
        return shown

    async def tab(self, path: str) -> Tab:
        return tab_of(path, await self.page(path))

    async def press(self, tab: Tab, press: str) -> str | Rendered:
        """The address that it redirects to, or the page that it returns."""
        form = {**tab.fields, "press": press, "know": "yes"}
        answered = await self.approve().press(_Request(form=form))  # type: ignore[arg-type]
        return answered if isinstance(answered, Rendered) else answered.headers["location"]


class _Named:
    name = "Fastmail"


class _Limits:
    class decisions:  # noqa: N801 -- as Limits has it
        each = None

    async def check_address(self, *_: Any) -> None:
        return


async def _nothing() -> None:
    return


def tab_of(path: str, shown: Rendered) -> Tab:
    [link] = parse_qs(urlsplit(path).query)[LINK]
    fields = {name: str(shown.given.get(name) or "") for name in ("form", "digest", "marks")}
    return Tab(path, {**fields, LINK: link})
