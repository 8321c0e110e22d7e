"""Whether the browser says that a form was sent from our own page (Fetch Metadata, OWASP ASVS 3.5.1)."""

from starlette.requests import Request


def sent_from_here(request: Request, origin: str) -> bool:
    """A second check behind the consent token. Our pages send no referrer, so the Origin of their forms is `null`."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    return request.headers.get("origin", "null") in (origin, "null")
