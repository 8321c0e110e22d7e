"""Whether a form was sent from our own page, as far as the browser says (Fetch Metadata, OWASP ASVS 3.5.1)."""

from starlette.requests import Request


def sent_from_here(request: Request, origin: str) -> bool:
    """A second line behind the consent token. Our pages send no referrer, so their forms' Origin is `null`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    return request.headers.get("origin", "null") in (origin, "null")
