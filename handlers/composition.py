"""What each door is made of: adapters in, routes out. Nothing here is connected, random or secret at import."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.routing import Route

from lib import strict_json
from lib.client_documents.documents import Documents
from lib.client_documents.fetched import Fetched
from lib.clock import Clock, Entropy
from lib.endpoints import home, metadata, register, revoke, token
from lib.endpoints.account import Account
from lib.endpoints.account_connections import Connections
from lib.endpoints.account_delete import AccountDelete
from lib.endpoints.account_ending import Deletions, Ending
from lib.endpoints.account_export import AccountExport
from lib.endpoints.account_guard import Guard
from lib.endpoints.account_receipts import Receipts
from lib.endpoints.account_sessions import Sessions
from lib.endpoints.account_sign_in import AccountSignIn
from lib.endpoints.authorize import Authorize
from lib.endpoints.callback import Callback
from lib.endpoints.ceiling import Ceiling
from lib.endpoints.client_authenticator import ClientAuthenticator
from lib.endpoints.client_lookup import ClientLookup
from lib.endpoints.consent_page import ConsentPage
from lib.endpoints.cookies import Cookie
from lib.endpoints.mcp import Mcp
from lib.endpoints.pages import Pages
from lib.endpoints.sign_in import SignIn
from lib.endpoints.to_provider import ToProvider
from lib.endpoints.wake import Wake
from lib.grants.account_session import LIFETIME as SESSION_LIFETIME
from lib.grants.lifetimes import Lifetimes
from lib.jmap.client import JmapClient
from lib.keys.port import DataKeyOpener, DataKeySealer, OwnerNamer
from lib.mcp.mailconnect import mailconnect
from lib.oauth.client import Client
from lib.oauth.client_id_url import DocumentUrl
from lib.oauth.client_metadata_document import client_of_document
from lib.oauth.errors import InvalidClientMetadata
from lib.oauth.key_set import checked_key_set
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
    authenticate = ClientAuthenticator(
        clients=a.clients,
        ledger=a.ledger,
        key_sets=Documents(a.fetch_document, _key_set, a.clock) if a.settings.client_documents else None,
        issuer=a.settings.issuer,
        own_host=_own_host(a),
        fetches=Ceiling(a.clock, most=120, seconds=1),
        clock=a.clock,
    )
    return [
        *metadata.routes(a.settings, a.switches),
        *register.routes(
            own_host=_own_host(a) if a.settings.client_documents else None,
            clients=a.clients,
            switches=a.switches,
            clock=a.clock,
            entropy=a.entropy,
        ),
        *token.routes(
            settings=a.settings,
            lifetimes=a.lifetimes,
            authenticate=authenticate,
            clients=a.clients,
            grants=a.grants,
            trail=a.trail,
            wake_sweep=a.wake_sweep,
            clock=a.clock,
            entropy=a.entropy,
        ),
        *revoke.routes(
            authenticate=authenticate, grants=a.grants, trail=a.trail, wake_sweep=a.wake_sweep, clock=a.clock
        ),
    ]


def web_routes(a: Adapters, *, sealer: DataKeySealer, owners: OwnerNamer) -> list[Route]:
    """The people's door."""
    pages = Pages(a.settings, a.entropy)
    sign_in_cookie = Cookie("sign-in", secure=a.settings.secure)
    consent_cookie = Cookie("consent", secure=a.settings.secure)
    asked_by_strangers = Ceiling(a.clock, most=120, seconds=1)
    to_provider = ToProvider(
        settings=a.settings,
        ledger=a.ledger,
        oauth=a.oauth,
        clock=a.clock,
        entropy=a.entropy,
        sign_in_cookie=sign_in_cookie,
    )
    sign_in = SignIn(
        settings=a.settings,
        lifetimes=a.lifetimes,
        pages=pages,
        grants=a.grants,
        switches=a.switches,
        trail=a.trail,
        to_provider=to_provider,
        deletions=Deletions(a.ledger, a.clock),
        sealer=sealer,
        owners=owners,
        oauth=a.oauth,
        jmap=a.jmap,
        clock=a.clock,
        entropy=a.entropy,
        asked_by_strangers=asked_by_strangers,
    )
    sessions = Sessions(
        a.ledger, a.clock, a.entropy, Cookie("session", secure=a.settings.secure, lifetime=SESSION_LIFETIME)
    )
    guard = Guard(a.settings, pages, sessions)
    account_sign_in = AccountSignIn(
        settings=a.settings,
        pages=pages,
        guard=guard,
        sessions=sessions,
        to_provider=to_provider,
        owners=owners,
        trail=a.trail,
        oauth=a.oauth,
        jmap=a.jmap,
        clock=a.clock,
        entropy=a.entropy,
        consent_cookie=consent_cookie,
        asked_by_strangers=asked_by_strangers,
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
            own_host=_own_host(a),
            fetches=Ceiling(a.clock, most=120, seconds=1),
            switches=a.switches,
            clock=a.clock,
        ),
        switches=a.switches,
        trail=a.trail,
        clock=a.clock,
        entropy=a.entropy,
        consent_cookie=consent_cookie,
    )
    callback = Callback(
        settings=a.settings,
        pages=pages,
        sign_in=sign_in,
        account=account_sign_in,
        ledger=a.ledger,
        oauth=a.oauth,
        clock=a.clock,
        sign_in_cookie=sign_in_cookie,
    )
    return [
        *home.routes(pages),
        *authorize.routes(),
        *callback.routes(),
        *account_sign_in.routes(),
        *_account_routes(a, pages, guard, sessions),
    ]


def _account_routes(a: Adapters, pages: Pages, guard: Guard, sessions: Sessions) -> list[Route]:
    connections = Connections(a.grants, a.clock)
    ending = Ending(
        grants=a.grants,
        ledger=a.ledger,
        connections=connections,
        sessions=sessions,
        deletions=Deletions(a.ledger, a.clock),
        trail=a.trail,
        wake_sweep=a.wake_sweep,
        clock=a.clock,
    )
    receipts = Receipts(a.settings, pages, a.ledger, a.clock)
    account = Account(
        pages=pages,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ending=ending,
        grants=a.grants,
        trail=a.trail,
        provider=a.oauth.provider,
        clock=a.clock,
    )
    export = AccountExport(
        settings=a.settings,
        pages=pages,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ledger=a.ledger,
        trail=a.trail,
        provider=a.oauth.provider,
        clock=a.clock,
        entropy=a.entropy,
    )
    delete = AccountDelete(
        pages=pages,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ending=ending,
        receipts=receipts,
        clock=a.clock,
    )
    return [*account.routes(), *export.routes(), *delete.routes(), *receipts.routes()]


def _own_host(a: Adapters) -> str:
    return urlsplit(a.settings.issuer).netloc


def _key_set(_: DocumentUrl, body: bytes) -> dict[str, Any]:
    """Raises InvalidClientMetadata."""
    try:
        return checked_key_set(strict_json.loads(body))
    except strict_json.NotJson:
        raise InvalidClientMetadata("the key set is not JSON") from None


def _client_documents(a: Adapters) -> Documents[Client]:
    def read(url: DocumentUrl, body: bytes) -> Client:
        return client_of_document(url.url, body, _own_host(a), a.clock())

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
