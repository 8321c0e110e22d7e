"""Our authorization request to the provider, and what comes back with the browser (RFC 6749 §4.1, RFC 9207 §2.4)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from mailconnect.provider.metadata import ServerMetadata
from mailconnect.provider.provider import Provider


class CallbackRejected(Exception):
    """The response is not to our request: nothing of it may be used."""


class ProviderRefused(Exception):
    """The provider answered with an error, of RFC 6749 §4.1.2.1 or of its own; `code` is ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# The assistant is told of the owner's denial. The provider's other reasons are ours.
_PASSED_ON = {"access_denied": "access_denied", "temporarily_unavailable": "temporarily_unavailable"}


def authorization_url(
    provider: Provider,
    metadata: ServerMetadata,
    *,
    redirect_uri: str,
    scopes: tuple[str, ...],
    state: str,
    code_challenge: str,
) -> str:
    parameters = {
        "response_type": "code",
        "client_id": provider.client_id or "",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": code_challenge,
        "code_challenge_method": "S256",
    }
    if provider.sends_resource:
        parameters["resource"] = provider.resource_name
    if provider.prompt is not None:
        parameters["prompt"] = provider.prompt
    separator = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{separator}{urlencode(parameters)}"


def process_callback(parameters: Mapping[str, str], metadata: ServerMetadata) -> str:
    """The provider's code; ProviderRefused for its error, CallbackRejected for what it cannot have said."""
    issuer = parameters.get("iss")
    if issuer is None and metadata.iss_parameter:
        raise CallbackRejected("no iss")
    if issuer is not None and issuer != metadata.issuer:
        raise CallbackRejected("iss of another server")
    if "error" in parameters:
        if "code" in parameters:
            raise CallbackRejected("error and code")
        raise ProviderRefused(_PASSED_ON.get(parameters["error"], "server_error"))
    code = parameters.get("code", "")
    if not code or len(code) > 4096:
        raise CallbackRejected("no code")
    return code
