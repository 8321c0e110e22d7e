"""The machines' door: routes out of stores. It reaches no provider, and so imports no way to one."""

from typing import Any

from starlette.routing import Route

from mailconnect.client_documents.documents import RENEWED_AFTER, Documents
from mailconnect.composition.fetching import client_documents
from mailconnect.composition.limits import limits
from mailconnect.composition.stores import Stores
from mailconnect.encoding import strict_json
from mailconnect.endpoints.limits.limits import Limits
from mailconnect.endpoints.oauth import revoke, token
from mailconnect.endpoints.oauth.client_authenticator import ClientAuthenticator
from mailconnect.endpoints.oauth.metadata import Metadata
from mailconnect.endpoints.oauth.register import Register
from mailconnect.endpoints.oauth.registration_management import RegistrationManagement
from mailconnect.endpoints.oauth.signatures import Signatures
from mailconnect.endpoints.oauth.signing_keys import SigningKeys
from mailconnect.oauth.client_id_url import DocumentUrl
from mailconnect.oauth.errors import InvalidClientMetadata
from mailconnect.oauth.key_set import checked_key_set


def oauth_routes(a: Stores) -> list[Route]:
    counted = limits(a)
    authenticate = ClientAuthenticator(
        clients=a.clients,
        ledger=a.ledger,
        signing_keys=_signing_keys(a, counted),
        signatures=Signatures(),
        issuer=a.settings.issuer,
        limits=counted,
        clock=a.clock,
    )
    return [
        *Metadata(settings=a.settings, switches=a.switches).routes(),
        *Register(
            issuer=a.settings.issuer,
            own_host=a.own_host if a.settings.client_documents else None,
            clients=a.clients,
            limits=counted,
            switches=a.switches,
            clock=a.clock,
            entropy=a.entropy,
        ).routes(),
        *RegistrationManagement(
            issuer=a.settings.issuer,
            own_host=a.own_host if a.settings.client_documents else None,
            clients=a.clients,
            limits=counted,
            switches=a.switches,
            clock=a.clock,
            entropy=a.entropy,
        ).routes(),
        *token.routes(
            settings=a.settings,
            lifetimes=a.lifetimes,
            authenticate=authenticate,
            clients=a.clients,
            grants=a.grants,
            audit=a.audit,
            limits=counted,
            wake_sweep=a.wake_sweep,
            clock=a.clock,
            entropy=a.entropy,
        ),
        *revoke.routes(
            authenticate=authenticate, grants=a.grants, audit=a.audit, wake_sweep=a.wake_sweep, clock=a.clock
        ),
    ]


def _signing_keys(a: Stores, counted: Limits) -> SigningKeys:
    """Whoever forges a signature has them fetched no more than once a minute, whatever their host says."""
    return SigningKeys(
        clients=a.clients,
        key_sets=Documents(a.fetch_document, _key_set, a.clock, at_least=RENEWED_AFTER),
        documents=client_documents(a, at_least=RENEWED_AFTER),
        own_host=a.own_host,
        limits=counted,
        switches=a.switches,
        clock=a.clock,
    )


def _key_set(_: DocumentUrl, body: bytes) -> dict[str, Any]:
    """Raises InvalidClientMetadata."""
    try:
        return checked_key_set(strict_json.loads(body))
    except strict_json.NotJson:
        raise InvalidClientMetadata("the key set is not JSON") from None
