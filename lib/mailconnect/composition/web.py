"""The entry point `web`: the pages of owners. Nothing is connected, random or secret at import."""

from collections.abc import Callable

from starlette.routing import Route

from mailconnect.approvals.opening import Opening
from mailconnect.approvals.outgoing import SCOPES, MailOutgoing
from mailconnect.approvals.port import Outgoing
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.fetching import client_documents
from mailconnect.composition.limits import limits
from mailconnect.composition.mailboxes import mailboxes
from mailconnect.composition.sending import sending
from mailconnect.composition.stores import Stores
from mailconnect.endpoints.account.change import AccountChange
from mailconnect.endpoints.account.connections import Connections
from mailconnect.endpoints.account.delete import AccountDelete
from mailconnect.endpoints.account.ended_names import EndedNames
from mailconnect.endpoints.account.ending import Ending
from mailconnect.endpoints.account.export import AccountExport
from mailconnect.endpoints.account.guard import Guard
from mailconnect.endpoints.account.overview import Overview
from mailconnect.endpoints.account.receipts import Receipts
from mailconnect.endpoints.account.sessions import Sessions
from mailconnect.endpoints.account.sign_in import AccountSignIn
from mailconnect.endpoints.approvals.approve import Approve
from mailconnect.endpoints.approvals.approvers import Approvers
from mailconnect.endpoints.approvals.browsers import ForgetBrowsers, TrustedBrowsers
from mailconnect.endpoints.approvals.pages import ApprovalPages
from mailconnect.endpoints.approvals.presses import Presses
from mailconnect.endpoints.connect.authorize import Authorize
from mailconnect.endpoints.connect.client_lookup import ClientLookup
from mailconnect.endpoints.connect.sign_in import SignIn
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.limits.token_bucket import FailedTokens
from mailconnect.endpoints.pages.consent import ConsentPage
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.home import Home
from mailconnect.endpoints.provider_sign_in.callback import Callback
from mailconnect.endpoints.provider_sign_in.to_provider import ToProvider
from mailconnect.grants.grant import Grant
from mailconnect.jmap.mail import JmapMail
from mailconnect.jmap.mailbox.remembered_places import RememberedPlaces
from mailconnect.keys.port import DataKeySealer, OwnerKey, WideningKeys
from mailconnect.oauth.clients.known_assistants import known_assistants
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.storing import Storing
from mailconnect.sending.digest import digest


def web_routes(
    adapters: Adapters, *, sealer: DataKeySealer, owners: OwnerKey, of_process: Storing | None = None
) -> list[Route]:
    """`of_process`: where the process has another use for its Storing."""
    stores, oauth = adapters.stores, adapters.oauth
    context = PageContext.of(stores.settings, stores.clock, stores.entropy)
    counted = limits(stores)
    to_provider = ToProvider(context=context, ledger=stores.ledger, oauth=oauth)
    sign_in = SignIn(
        context=context,
        lifetimes=stores.lifetimes,
        grants=stores.grants,
        switches=stores.switches,
        audit=stores.audit,
        to_provider=to_provider,
        sealer=sealer,
        owners=owners,
        oauth=oauth,
        jmap=adapters.jmap,
        wake_sweep=stores.wake_sweep,
        failed_tokens=_failed_tokens(stores),
    )
    sessions = Sessions(context=context, ledger=stores.ledger, keys=owners)
    guard = Guard(context=context, sessions=sessions)
    trusted = TrustedBrowsers(context, stores.browsers, stores.audit, owners)
    account_sign_in = AccountSignIn(
        context=context,
        guard=guard,
        sessions=sessions,
        trusted=trusted,
        to_provider=to_provider,
        owners=owners,
        audit=stores.audit,
        oauth=oauth,
        jmap=adapters.jmap,
        limits=counted,
        failed_tokens=_failed_tokens(stores),
    )
    authorize = Authorize(
        context=context,
        consent_page=ConsentPage(context=context, provider=oauth.provider, assistants=known_assistants()),
        sign_in=sign_in,
        client_lookup=_client_lookup(stores, counted),
        limits=counted,
        switches=stores.switches,
        audit=stores.audit,
    )
    callback = Callback(context=context, sign_in=sign_in, account=account_sign_in, ledger=stores.ledger, oauth=oauth)
    endpoints = (
        Home(context.pages),
        authorize,
        callback,
        account_sign_in,
        ForgetBrowsers(guard, trusted),
        _approve(adapters, guard, Approvers(sessions, trusted, oauth), counted, mailboxes(adapters, of_process)),
        *_account(adapters, context, guard=guard, trusted=trusted, keys=owners),
    )
    return [route for endpoint in endpoints for route in endpoint.routes()]


def _approve(
    adapters: Adapters,
    guard: Guard,
    approvers: Approvers,
    counted: Limits,
    opened: Mailboxes,
) -> Approve:
    stores = adapters.stores
    sends = sending(stores)
    places = RememberedPlaces()

    def outgoing(grant: Grant, data_key: Callable[[], bytes]) -> Outgoing:
        return MailOutgoing(grant, JmapMail(opened.open(grant, data_key, SCOPES), places), sends)

    opening = Opening(stores.approvals, stores.grants, outgoing, digest, stores.clock)
    connections = Connections(stores.grants, stores.clock, known_assistants())
    pages = ApprovalPages(guard.context, opening, connections, stores.switches, adapters.oauth.provider)
    presses = Presses(pages, stores.approvals, stores.grants, stores.audit, stores.wake_sweep)
    return Approve(guard=guard, approvers=approvers, opening=opening, limits=counted, pages=pages, presses=presses)


def _account(
    adapters: Adapters,
    context: PageContext,
    *,
    guard: Guard,
    trusted: TrustedBrowsers,
    keys: WideningKeys,
) -> tuple[Overview, AccountChange, AccountExport, AccountDelete, Receipts]:
    stores, provider, sessions = adapters.stores, adapters.oauth.provider, guard.sessions
    connections = Connections(stores.grants, stores.clock, known_assistants())
    names = EndedNames(secure=stores.settings.secure)
    ending = Ending(
        grants=stores.grants,
        ledger=stores.ledger,
        connections=connections,
        sessions=sessions,
        audit=stores.audit,
        wake_sweep=stores.wake_sweep,
        clock=stores.clock,
        trusted=trusted,
    )
    receipts = Receipts(context=context, provider=provider, ledger=stores.ledger, names=names)
    overview = Overview(
        approvals=stores.approvals,
        trusted=trusted,
        context=context,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ending=ending,
        names=names,
        audit=stores.audit,
        provider=provider,
    )
    change = AccountChange(
        context=context,
        guard=guard,
        connections=connections,
        grants=stores.grants,
        keys=keys,
        audit=stores.audit,
        provider=provider,
    )
    export = AccountExport(
        approvals=stores.approvals,
        browsers=stores.browsers,
        context=context,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ledger=stores.ledger,
        audit=stores.audit,
        provider=provider,
    )
    delete = AccountDelete(
        context=context,
        guard=guard,
        sessions=sessions,
        connections=connections,
        ending=ending,
        receipts=receipts,
        names=names,
        oauth=adapters.oauth,
    )
    return overview, change, export, delete, receipts


def _client_lookup(stores: Stores, counted: Limits) -> ClientLookup:
    return ClientLookup(
        clients=stores.clients,
        documents=client_documents(stores) if stores.settings.client_documents else None,
        own_host=stores.own_host,
        limits=counted,
        switches=stores.switches,
        clock=stores.clock,
    )


def _failed_tokens(stores: Stores) -> FailedTokens:
    """One for each page that takes API tokens: a flood on one page does not close the other."""
    return FailedTokens(stores.clock, maximum=120, seconds=1)
