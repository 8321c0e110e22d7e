"""Resource indicators: the one resource we serve, however a client spells its address (RFC 8707 §2)."""

from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORT = {"https": 443, "http": 80}


def names_resource(presented: str, resource: str) -> bool:
    """Whether `presented` is our resource: scheme and host in any case, default port or not, a closing slash or not,
    and with any query. Clients send the address as a person typed it, with what a link added to it. A fragment is
    refused (RFC 8707 §2).
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
