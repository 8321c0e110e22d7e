"""URLs as client ids: which ones are accepted (draft-ietf-oauth-client-id-metadata-document §3)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from mailconnect.oauth.uri import has_dot_segments, has_plain_characters, is_host_name

MAX_LENGTH = 512


class InvalidDocumentUrl(ValueError):
    """The URL cannot be a client's document; nothing is fetched."""


@dataclass(frozen=True, slots=True)
class DocumentUrl:
    """`target` is path and query, as a request line has them."""

    url: str
    host: str
    target: str


def document_url(url: str, own_host: str) -> DocumentUrl:
    """Raises InvalidDocumentUrl.

    Beyond the draft: a name and no address, on port 443 alone, in one spelling, and none of our own. A query is taken.
    """
    if not url.startswith("https://") or len(url) > MAX_LENGTH or not has_plain_characters(url):
        raise InvalidDocumentUrl("form")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise InvalidDocumentUrl("form") from None
    host = parts.netloc
    if not is_host_name(host) or "." not in host or len(host) > 253:
        raise InvalidDocumentUrl("host")
    if host == own_host.lower():
        raise InvalidDocumentUrl("own_host")
    if parts.path in ("", "/") or has_dot_segments(parts.path) or url.endswith("?"):
        raise InvalidDocumentUrl("path")
    return DocumentUrl(url, host, f"{parts.path}?{parts.query}" if parts.query else parts.path)
