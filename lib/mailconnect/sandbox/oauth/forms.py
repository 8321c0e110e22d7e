"""Parameters as application/x-www-form-urlencoded carries them: each at most once (RFC 6749 §3.1, §3.2)."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from mailconnect.sandbox.oauth.errors import InvalidRequest

MEDIA_TYPE = "application/x-www-form-urlencoded"


def parameters(encoded: bytes) -> dict[str, str]:
    """Raises InvalidRequest where a parameter is repeated or is not UTF-8."""
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:  # UnicodeError is one
        raise InvalidRequest("the parameters cannot be read") from error
    read = dict(pairs)
    if len(read) != len(pairs):
        raise InvalidRequest("a parameter is repeated")
    # a parameter without a value is as if it had been left out (RFC 6749 §3.1)
    return {name: value for name, value in read.items() if value}


async def form(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise InvalidRequest(f"the content type is {MEDIA_TYPE}")
    return parameters(await request.body())


def required(given: dict[str, str], name: str) -> str:
    try:
        return given[name]
    except KeyError:
        raise InvalidRequest(f"{name} is required") from None
