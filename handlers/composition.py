"""What each door is made of: adapters in, routes out. Nothing here is connected, random or secret at import."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.routing import Route

from lib.client_documents.documents import Documents
from lib.client_documents.fetch import Fetched
from lib.clock import Clock, Entropy
from lib.endpoints import home, metadata, register, revoke, token
from lib.endpoints.authorize import Authorize
from lib.endpoints.callback import Callback
from lib.endpoints.ceiling import Ceiling
from lib.endpoints.client_lookup import ClientLookup
from lib.endpoints.consent_page import ConsentPage
from lib.endpoints.cookies import Cookie
from lib.endpoints.mcp import Mcp
from lib.endpoints.pages import Pages
from lib.endpoints.sign_in import SignIn
from lib.endpoints.wake import Wake
from lib.grants.lifetimes import Lifetimes
from lib.jmap.client import JmapClient
from lib.keys.port import DataKeyOpener, DataKeySealer, OwnerNamer
from lib.mcp.mailconnect import mailconnect
from lib.oauth.client import Client
from lib.oauth.client_id_url import DocumentUrl
from lib.oauth.client_metadata_document import client_of_document
from lib.privacy import Sweep
from lib.settings import Settings
from lib.store.audit import Audit
from lib.store.clients import Clients
from lib.store.grants import Grants
from lib.store.ledger import Ledger
from lib.store.switchboard import Switchboard
from lib.trail import Trail
from lib.upstream.connection import Mailboxes
from lib.upstream.oauth_client import OAuthClient
from lib.upstream.renewal import Renewal, Sleep
from lib.version import VERSION

_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The outside world, as one way of running has it."""

    settings: Settings
    clients: Clients
    grants: Grants
    ledger: Ledger
    switches: Switchboard
    events: Audit
    oauth: OAuthClient
    jmap: JmapClient
    fetch_document: Callable[[DocumentUrl], Awaitable[Fetched]]
    clock: Clock
    entropy: Entropy
    sleep: Sleep
    time_left: Callable[[], float]
    wake_sweep: Wake

    @property
    def trail(self) -> Trail:
        return Trail(self.events, self.clock, self.entropy)

    @property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(
            access=self.settings.access_lifetime,
            refresh_idle=self.settings.refresh_idle,
            grant=self.settings.grant_lifetime,
            refresh_grace=self.settings.refresh_grace,
        )


def oauth_routes(a: Adapters) -> list[Route]:
    """The machines' door."""
    return [
        *metadata.routes(a.settings, a.switches),
        *register.routes(clients=a.clients, switches=a.switches, clock=a.clock, entropy=a.entropy),
        *token.routes(
            settings=a.settings,
            lifetimes=a.lifetimes,
            clients=a.clients,
            grants=a.grants,
            trail=a.trail,
            wake_sweep=a.wake_sweep,
            clock=a.clock,
            entropy=a.entropy,
        ),
        *revoke.routes(clients=a.clients, grants=a.grants, trail=a.trail, wake_sweep=a.wake_sweep, clock=a.clock),
    ]


def web_routes(a: Adapters, *, sealer: DataKeySealer, owners: OwnerNamer) -> list[Route]:
    """The people's door."""
    pages = Pages(a.settings, a.entropy)
    sign_in_cookie = Cookie("sign-in", secure=a.settings.secure)
    sign_in = SignIn(
        settings=a.settings,
        lifetimes=a.lifetimes,
        pages=pages,
        grants=a.grants,
        ledger=a.ledger,
        switches=a.switches,
        trail=a.trail,
        sealer=sealer,
        owners=owners,
        oauth=a.oauth,
        jmap=a.jmap,
        clock=a.clock,
        entropy=a.entropy,
        sign_in_cookie=sign_in_cookie,
        asked_by_strangers=Ceiling(a.clock, most=120, seconds=1),
    )
    consent_page = ConsentPage(
        pages=pages,
        provider=a.oauth.provider,
        clock=a.clock,
        entropy=a.entropy,
        grant_days=a.settings.grant_lifetime // _DAY,
        idle_days=a.settings.refresh_idle // _DAY,
    )
    authorize = Authorize(
        settings=a.settings,
        pages=pages,
        consent_page=consent_page,
        sign_in=sign_in,
        client_lookup=ClientLookup(
            clients=a.clients,
            documents=_client_documents(a) if a.settings.client_documents else None,
            own_host=urlsplit(a.settings.issuer).netloc,
            fetches=Ceiling(a.clock, most=120, seconds=1),
            switches=a.switches,
            clock=a.clock,
        ),
        switches=a.switches,
        trail=a.trail,
        clock=a.clock,
        entropy=a.entropy,
        consent_cookie=Cookie("consent", secure=a.settings.secure),
    )
    callback = Callback(
        settings=a.settings,
        pages=pages,
        sign_in=sign_in,
        ledger=a.ledger,
        oauth=a.oauth,
        clock=a.clock,
        sign_in_cookie=sign_in_cookie,
    )
    return [*home.routes(pages), *authorize.routes(), *callback.routes()]


def _client_documents(a: Adapters) -> Documents[Client]:
    def read(url: DocumentUrl, body: bytes) -> Client:
        return client_of_document(url.url, body, a.clock())

    return Documents(a.fetch_document, read, a.clock)


def mcp_routes(a: Adapters) -> list[Route]:
    """The assistants' door."""
    renewal = Renewal(
        grants=a.grants,
        trail=a.trail,
        oauth=a.oauth,
        clock=a.clock,
        entropy=a.entropy,
        sleep=a.sleep,
        time_left=a.time_left,
    )
    mailboxes = Mailboxes(
        grants=a.grants,
        trail=a.trail,
        jmap=a.jmap,
        renewal=renewal,
        provider=a.oauth.provider,
        session_url=a.oauth.session_url,
        clock=a.clock,
        entropy=a.entropy,
    )
    mcp = Mcp(
        settings=a.settings,
        server=mailconnect(VERSION),
        grants=a.grants,
        mailboxes=mailboxes,
        switches=a.switches,
        clock=a.clock,
    )
    return mcp.routes()


def sweep(a: Adapters, *, opener: DataKeyOpener) -> Sweep:
    """The schedule's door."""
    return Sweep(
        clients=a.clients,
        grants=a.grants,
        ledger=a.ledger,
        trail=a.trail,
        opener=opener,
        oauth=a.oauth,
        clock=a.clock,
    )
