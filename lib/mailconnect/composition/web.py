"""The people's door: adapters in, routes out. Nothing here is connected, random or secret at import."""

from starlette.routing import Route

from mailconnect.composition.adapters import Adapters
from mailconnect.composition.fetching import client_documents
from mailconnect.composition.limits import limits
from mailconnect.endpoints.account.change import AccountChange
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.delete import AccountDelete
from mailconnect.endpoints.account.ended_names import EndedNames
from mailconnect.endpoints.account.ending import Ending
from mailconnect.endpoints.account.export import AccountExport
from mailconnect.endpoints.account.guard import Guard
from mailconnect.endpoints.account.overview import Account
from mailconnect.endpoints.account.receipts import Receipts
from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.account.sign_in import AccountSignIn
from mailconnect.endpoints.connect.authorize import Authorize
from mailconnect.endpoints.connect.client_lookup import ClientLookup
from mailconnect.endpoints.connect.sign_in import SignIn
from mailconnect.endpoints.http.cookies import Cookie
from mailconnect.endpoints.limits.token_bucket import FailedTokens
from mailconnect.endpoints.pages.consent import ConsentPage
from mailconnect.endpoints.pages.home import Home
from mailconnect.endpoints.pages.rendering import Pages
from mailconnect.endpoints.provider_sign_in.callback import Callback
from mailconnect.endpoints.provider_sign_in.to_provider import ToProvider
from mailconnect.grants.account_session import LIFETIME as SESSION_LIFETIME
from mailconnect.keys.port import DataKeySealer, OwnerKey, WideningKeys

_DAY = 86_400


def web_routes(a: Adapters, *, sealer: DataKeySealer, owners: OwnerKey) -> list[Route]:
    pages = Pages(a.settings, a.entropy)
    sign_in_cookie = Cookie("sign-in", secure=a.settings.secure)
    consent_cookie = Cookie("consent", secure=a.settings.secure)
    counted = limits(a)
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
        audit=a.audit,
        to_provider=to_provider,
        sealer=sealer,
        owners=owners,
        oauth=a.oauth,
        jmap=a.jmap,
        wake_sweep=a.wake_sweep,
        clock=a.clock,
        entropy=a.entropy,
        failed_tokens=FailedTokens(a.clock, most=120, seconds=1),
    )
    sessions = Sessions(
        a.ledger, a.clock, a.entropy, Cookie("session", secure=a.settings.secure, lifetime=SESSION_LIFETIME)
    )
    guard = Guard(pages, sessions)
    account_sign_in = AccountSignIn(
        settings=a.settings,
        pages=pages,
        guard=guard,
        sessions=sessions,
        to_provider=to_provider,
        owners=owners,
        audit=a.audit,
        oauth=a.oauth,
        jmap=a.jmap,
        clock=a.clock,
        entropy=a.entropy,
        consent_cookie=consent_cookie,
        limits=counted,
        failed_tokens=FailedTokens(a.clock, most=120, seconds=1),
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
            documents=client_documents(a) if a.settings.client_documents else None,
            own_host=a.own_host,
            limits=counted,
            switches=a.switches,
            clock=a.clock,
        ),
        limits=counted,
        switches=a.switches,
        audit=a.audit,
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
        *Home(pages).routes(),
        *authorize.routes(),
        *callback.routes(),
        *account_sign_in.routes(),
        *_account_routes(a, pages, guard, sessions, owners),
    ]


def _account_routes(a: Adapters, pages: Pages, guard: Guard, sessions: Sessions, keys: WideningKeys) -> list[Route]:
    connections = Connections(a.grants, a.clock)
    ending = Ending(
        grants=a.grants,
        ledger=a.ledger,
        connections=connections,
        sessions=sessions,
        audit=a.audit,
        wake_sweep=a.wake_sweep,
        clock=a.clock,
    )
    names = EndedNames(secure=a.settings.secure)
    receipts = Receipts(pages, a.oauth.provider, a.ledger, names, a.clock)
    account = Account(
        pages=pages,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ending=ending,
        names=names,
        audit=a.audit,
        provider=a.oauth.provider,
        clock=a.clock,
    )
    change = AccountChange(
        guard=guard, connections=connections, grants=a.grants, keys=keys, audit=a.audit, clock=a.clock
    )
    export = AccountExport(
        pages=pages,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ledger=a.ledger,
        audit=a.audit,
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
        names=names,
        oauth=a.oauth,
        clock=a.clock,
    )
    return [*account.routes(), *change.routes(), *export.routes(), *delete.routes(), *receipts.routes()]
