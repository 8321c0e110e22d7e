"""Forms and documents in request bodies, read strictly (RFC 6749 §4.1.3). The edge bounds the bytes."""

from starlette.requests import Request

from mailconnect.encoding import strict_json
from mailconnect.endpoints.http.edge import read_body
from mailconnect.oauth.errors import InvalidClientMetadata, InvalidRequest
from mailconnect.oauth.form import TOKEN_PARAMETERS, OAuthParameters, oauth_parameters, parse_form


def media_type(request: Request) -> str:
    """Lower case, without parameters; empty if there is none, or more than one."""
    values = request.headers.getlist("content-type")
    return values[0].partition(";")[0].strip().lower() if len(values) == 1 else ""


async def read_form(request: Request, limit: int) -> dict[str, str]:
    """The form's parameters, each once; InvalidRequest, BodyTooLarge."""
    return parse_form(await _form_text(request, limit))


async def read_token_request(request: Request, limit: int) -> OAuthParameters:
    """The parameters of a request to /token or /revoke; InvalidRequest, BodyTooLarge."""
    return oauth_parameters(await _form_text(request, limit), TOKEN_PARAMETERS)


async def _form_text(request: Request, limit: int) -> str:
    if media_type(request) != "application/x-www-form-urlencoded":
        raise InvalidRequest("the body must be application/x-www-form-urlencoded")
    body = await read_body(request, limit)
    if not body.isascii():
        raise InvalidRequest("the parameters are not form-encoded")
    return body.decode("ascii")


async def read_client_metadata(request: Request, limit: int) -> object:
    """RFC 7591 §3.1: a JSON document; InvalidClientMetadata, BodyTooLarge."""
    if media_type(request) != "application/json":
        raise InvalidClientMetadata("the body must be application/json")
    try:
        return strict_json.loads(await read_body(request, limit))
    except strict_json.NotJson:
        raise InvalidClientMetadata("the body is not JSON that all parsers agree about") from None
