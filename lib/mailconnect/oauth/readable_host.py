"""A host in its own letters instead of in punycode (RFC 3492, RFC 5890 §2.3.2.1)."""

_LONGEST_LABEL = 63


def readable_host(host: str) -> str:
    """The same host where it has no punycode, or punycode of what is no letter, digit or hyphen."""
    return ".".join(_decoded(label) for label in host.split("."))


def _decoded(label: str) -> str:
    if not label.startswith("xn--") or len(label) > _LONGEST_LABEL:
        return label
    try:
        text = label.removeprefix("xn--").encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label
    return text if text and all(letter.isalnum() or letter == "-" for letter in text) else label
