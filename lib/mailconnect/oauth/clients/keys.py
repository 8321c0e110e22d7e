"""The keys that a client registers or publishes, in its metadata or at an address (RFC 7591 §2, jwks and jwks_uri)."""

import json
from typing import Any

from mailconnect.oauth.clients.id_url import InvalidDocumentUrl, document_url
from mailconnect.oauth.clients.key_set import checked_key_set
from mailconnect.oauth.errors import InvalidClientMetadata


def keys_of(jwks: Any, jwks_uri: str | None, own_host: str | None) -> tuple[str | None, str | None]:
    """The key set as JSON, or its address: one of the two. Raises InvalidClientMetadata.

    `own_host` is our own host, from which no keys are fetched; None where no keys are fetched at all.
    """
    if (jwks is None) == (jwks_uri is None):
        raise InvalidClientMetadata("a client that signs has either jwks or jwks_uri")
    if jwks_uri is None:
        return json.dumps(checked_key_set(jwks)), None
    if own_host is None:
        raise InvalidClientMetadata("jwks_uri is not fetched here; send jwks")
    try:
        return None, document_url(jwks_uri, own_host).url
    except InvalidDocumentUrl:
        raise InvalidClientMetadata("jwks_uri is not an address that keys are fetched from") from None
