"""Which redirect URI matches which registered one (Fastmail's OAuth page; RFC 8252 §7.3; RFC 9700 §2.1)."""

from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from mailconnect.sandbox.oauth.errors import InvalidRedirectUri

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_loopback(uri: str) -> bool:
    parts = _split(uri)
    return parts is not None and parts.scheme == "http" and parts.hostname in LOOPBACK and "@" not in parts.netloc


def matches(registered: str, requested: str) -> bool:
    """Character for character; on the loopback interface the port and the spelling of the host are free."""
    if registered == requested:
        return True
    if not (is_loopback(registered) and is_loopback(requested)):
        return False
    one, other = urlsplit(registered), urlsplit(requested)
    return (one.path, one.query) == (other.path, other.query) and "#" not in requested


def registrable(uri: object, *, loopback: bool) -> str:
    """The redirect URIs that open registration takes. A hosted https callback is not among them: Fastmail adds it by
    hand.
    """
    parts = _split(uri) if isinstance(uri, str) else None
    if not isinstance(uri, str) or parts is None or "#" in uri or "/.." in uri or "\\" in uri:
        raise InvalidRedirectUri("a redirect URI is an absolute URI without fragment and without path traversal")
    if is_loopback(uri):
        if not loopback:
            raise InvalidRedirectUri("loopback redirect URIs are not accepted")
        return uri
    if "." in parts.scheme:
        return uri
    raise InvalidRedirectUri("this redirect URI needs manual registration")


def normalised(uri: str) -> str:
    """Registration answers any loopback URI as http://localhost/... without its port."""
    if not is_loopback(uri):
        return uri
    parts = urlsplit(uri)
    return urlunsplit(("http", "localhost", parts.path or "/", parts.query, ""))


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    parts = urlsplit(uri)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))
