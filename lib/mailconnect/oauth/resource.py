"""Resource indicators: the one resource that we serve, in any spelling of its address (RFC 8707 §2)."""

from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORT = {"https": 443, "http": 80}


def names_resource(presented: str, resource: str) -> bool:
    """Whether `presented` is our resource. Scheme and host in any case, a default port, a closing slash and any query
    are accepted: clients send the address as a person typed it. A fragment is refused (RFC 8707 §2).
    """
    try:
        theirs, ours = urlsplit(presented), urlsplit(resource)
        return (
            presented.isascii()
            and presented.isprintable()
            and "#" not in presented
            and " " not in presented
            and "@" not in theirs.netloc
            and theirs.scheme == ours.scheme
            and theirs.hostname == ours.hostname
            and _port(theirs) == _port(ours)
            and theirs.path.removesuffix("/") == ours.path
        )
    except ValueError:
        return False


def _port(parts: SplitResult) -> int:
    return _DEFAULT_PORT[parts.scheme] if parts.port is None else parts.port
