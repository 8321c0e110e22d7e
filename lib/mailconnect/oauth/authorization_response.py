"""The redirect back to the client, with a code or an error; always with `iss` (RFC 6749 §4.1.2, RFC 9207 §2)."""

from urllib.parse import urlencode


def redirect_location(redirect_uri: str, issuer: str, state: str | None, **parameters: str) -> str:
    """`redirect_uri` with `parameters`, the client's own `state` byte by byte, and the issuer."""
    fields = parameters | ({} if state is None else {"state": state}) | {"iss": issuer}
    query = urlencode(fields, errors="surrogateescape")
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"
