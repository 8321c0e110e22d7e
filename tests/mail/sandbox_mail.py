"""The mail port over JMAP, before a sandbox whose person has the mail of tests/mail/letters.py."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from mailconnect.jmap.allowance import Allowance
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.download_url import download_url
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.httpx_transport import OverHttpx
from mailconnect.sandbox.accounts import ALICE
from mailconnect.sandbox.app import create_app
from mailconnect.sandbox.mail.store import Store
from mailconnect.sandbox.provider import Provider
from mailconnect.sandbox.settings import Settings
from mailconnect.sandbox.state import State
from tests.mail.letters import LETTERS
from tests.real_scopes import ALL_ALLOWED
from tests.sandbox.conftest import ISSUER, RelyingParty

SCOPES = " ".join(f"urn:ietf:params:jmap:{name}" for name in ("core", "mail", "submission", "contacts"))
_PORT = 8788


@dataclass
class Direct:
    """A MailboxAccess without a grant: a token of the sandbox's own. `requests` are the methods of each request."""

    client: JmapClient
    token: str
    allowance: Allowance = ALL_ALLOWED
    requests: list[list[str]] = field(default_factory=list)
    kept: Session | None = None

    async def _session(self) -> Session:
        if self.kept is None:
            self.kept = await self.client.session(f"{ISSUER}/jmap/session", self.token)
        return self.kept

    async def account_id(self) -> str:
        return (await self._session()).account_id

    def may_have_masked(self) -> bool:
        return True

    def may_have_contacts(self) -> bool:
        return True

    async def most_objects(self) -> int:
        return (await self._session()).most_objects

    async def contacts_account_id(self) -> str | None:
        return (await self._session()).contacts_account_id

    async def session(self) -> Session:
        self.requests.append(["session"])
        self.kept = None
        return await self._session()

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        self.requests.append([call.name for call in calls])
        session = await self._session()
        return await self.client.call(session.api_url, self.token, using, calls, allowance=self.allowance)

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        self.requests.append(["download"])
        url = download_url((await self._session()).download_url, account_id, blob_id)
        return await self.client.download(url, self.token, allowance=self.allowance, maximum=maximum)


@asynccontextmanager
async def sandbox_access(*, letters: bool = True) -> AsyncIterator[tuple[Direct, Mapping[str, str]]]:
    """With the letters alone and their ids by name, or else with the sandbox's own mail."""
    state = State(Settings().data)
    app = create_app(Settings(), clock=lambda: 1_796_040_000, entropy=random.Random(1).randbytes, state=state)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ISSUER) as http:
        tokens = await RelyingParty(http).connect(scope=SCOPES)
        client = JmapClient(
            OverHttpx(httpx.ASGITransport(app)), HostAllowList.of((), loopback_ports=(_PORT,)), lambda: 0
        )
        yield Direct(client, tokens["access_token"]), _deliver(app.state.provider) if letters else {}
    state.close()


def _deliver(provider: Provider) -> Mapping[str, str]:
    account = ALICE.primary
    store = Store(account.all_mailbox_ids(), ())
    provider.post._stores[account.login] = store
    paths = {folder.role: folder.path for folder in account.folders if folder.role}
    return {one.name: store.deliver(one.raw, [paths[one.place]], one.at, one.keywords).email_id for one in LETTERS}
