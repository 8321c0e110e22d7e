"""The entry point `oauth`: the routes that clients call. It reaches no provider, and imports no way to one."""

from typing import Any, TypedDict

from starlette.routing import Route

from mailconnect.client_documents.documents import RENEWED_AFTER, Documents
from mailconnect.clock import Clock, Entropy
from mailconnect.composition.fetching import client_documents
from mailconnect.composition.limits import limits
from mailconnect.composition.stores import Stores
from mailconnect.encoding import strict_json
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth.client_authenticator import ClientAuthenticator
from mailconnect.endpoints.oauth.gone_client import GoneClient
from mailconnect.endpoints.oauth.metadata import MetadataEndpoint
from mailconnect.endpoints.oauth.register import RegistrationEndpoint
from mailconnect.endpoints.oauth.registration_management import RegistrationManagement
from mailconnect.endpoints.oauth.revoke import RevocationEndpoint
from mailconnect.endpoints.oauth.signatures import Signatures
from mailconnect.endpoints.oauth.signing_keys import SigningKeys
from mailconnect.endpoints.oauth.token import TokenEndpoint
from mailconnect.oauth.clients.id_url import DocumentUrl
from mailconnect.oauth.clients.key_set import checked_key_set
from mailconnect.oauth.errors import InvalidClientMetadata
from mailconnect.store.clients import Clients
from mailconnect.store.switchboard import Switchboard


def oauth_routes(stores: Stores) -> list[Route]:
    counted = limits(stores)
    authenticate = ClientAuthenticator(
        clients=stores.clients,
        ledger=stores.ledger,
        signing_keys=_signing_keys(stores, counted),
        signatures=Signatures(),
        issuer=stores.settings.issuer,
        limits=counted,
        clock=stores.clock,
    )
    gone = GoneClient(stores.clients, stores.grants, stores.audit, stores.wake_sweep, stores.clock)
    registering: _Registering = {
        "issuer": stores.settings.issuer,
        "own_host": stores.own_host if stores.settings.client_documents else None,
        "clients": stores.clients,
        "limits": counted,
        "switches": stores.switches,
        "clock": stores.clock,
        "entropy": stores.entropy,
    }
    endpoints = (
        MetadataEndpoint(settings=stores.settings, switches=stores.switches),
        RegistrationEndpoint(**registering),
        RegistrationManagement(**registering),
        TokenEndpoint(
            settings=stores.settings,
            lifetimes=stores.lifetimes,
            authenticate=authenticate,
            gone=gone,
            clients=stores.clients,
            grants=stores.grants,
            audit=stores.audit,
            limits=counted,
            wake_sweep=stores.wake_sweep,
            clock=stores.clock,
            entropy=stores.entropy,
        ),
        RevocationEndpoint(
            authenticate=authenticate,
            gone=gone,
            grants=stores.grants,
            audit=stores.audit,
            wake_sweep=stores.wake_sweep,
            clock=stores.clock,
        ),
    )
    return [route for endpoint in endpoints for route in endpoint.routes()]


class _Registering(TypedDict):
    issuer: str
    own_host: str | None
    clients: Clients
    limits: Limits
    switches: Switchboard
    clock: Clock
    entropy: Entropy


def _signing_keys(stores: Stores, counted: Limits) -> SigningKeys:
    """A forged signature causes at most one fetch a minute, whatever the host says of its cache lifetime."""
    return SigningKeys(
        clients=stores.clients,
        key_sets=Documents(stores.fetch_document, _key_set, stores.clock, at_least=RENEWED_AFTER),
        documents=client_documents(stores, at_least=RENEWED_AFTER),
        own_host=stores.own_host,
        limits=counted,
        switches=stores.switches,
        clock=stores.clock,
    )


def _key_set(_: DocumentUrl, body: bytes) -> dict[str, Any]:
    """Raises InvalidClientMetadata."""
    try:
        return checked_key_set(strict_json.loads(body))
    except strict_json.NotJson:
        raise InvalidClientMetadata("the key set is not JSON") from None
