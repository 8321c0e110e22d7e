"""Where a link leads, as a browser reads it (WHATWG URL §4.4, what tells hosts apart). Nothing is fetched."""

import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import unquote

_IGNORED = re.compile("[\t\n\r]")
_EDGE = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,30}):")
_UNSAFE = re.compile(r"""[ <>"\\^`{|}\[\]]""")
_LONGEST = 2_000
_LONGEST_HOST = 80
_LONGEST_NAME = 300
_IPV6 = frozenset("[0123456789abcdefABCDEF:.")


@dataclass(frozen=True, slots=True)
class WebAddress:
    scheme: str  # in lower case; "" where the address is relative
    host: str  # in lower case, as written (punycode stays); "" where there is none
    text: str = field(repr=False)  # the whole address, one line without spaces, at most 2,000 characters
    with_user: bool = False  # "https://bank.example@elsewhere.example/"

    @property
    def is_web(self) -> bool:
        return self.scheme in ("http", "https") and bool(self.host)


def read(href: str) -> WebAddress:
    """Never raises."""
    text = _IGNORED.sub("", href).strip(_EDGE)
    found = _SCHEME.match(text)
    if found is None:
        if text[:2].replace("\\", "/") == "//":
            return read("https:" + text)
        return WebAddress("", "", _safe(text))
    scheme, rest = found[1].lower(), text[found.end() :]
    if scheme == "mailto":
        return WebAddress(scheme, "", _safe(unquote(rest.partition("?")[0])))
    if scheme not in ("http", "https", "ftp"):
        return WebAddress(scheme, "", _safe(text))
    authority = re.split(r"[/\\?#]", rest.lstrip("/\\"), maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    return WebAddress(scheme, _host(host), _safe(text), with_user=bool(at) and bool(user))


def shown(host: str) -> str:
    """A host of any length: the end of a long one, which says whose it is."""
    return host if len(host) <= _LONGEST_HOST else "…" + host[1 - _LONGEST_HOST :]


def oddities(host: str) -> list[str]:
    """Signs that a host looks like another one: punycode (RFC 3492) and letters of several scripts in one label."""
    if host.isascii() and "xn--" not in host:
        return []
    odd: list[str] = []
    labels = host.split(".")[-8:]
    read_labels = [_decoded(label) for label in labels]
    if any(label.startswith("xn--") for label in labels):
        odd.append(f"punycode for {shown('.'.join(read_labels))}")
    elif not host.isascii():
        odd.append("letters beyond ASCII")
    if any(len(_scripts(label)) > 1 for label in read_labels):
        odd.append("mixed scripts")
    return odd


def is_related(one: str, other: str) -> bool:
    """The same host, or one within the other's domain."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _host(written: str) -> str:
    if written.startswith("["):
        return "".join(character for character in written[:50].partition("]")[0] if character in _IPV6) + "]"
    host = (unquote(written) if "%" in written else written).partition(":")[0]
    # The end of a host says whose it is. A longer one than 253 characters does not exist.
    host = unicodedata.normalize("NFKC", host[-_LONGEST_NAME:]).lower().replace("\u3002", ".")
    return "".join(character for character in host if character.isalnum() or character in "-._").strip(".")


def _safe(text: str) -> str:
    """Printable, and without what would end a link or begin an image in Markdown."""
    cut = text[:_LONGEST]
    if not (cut.isascii() and cut.isprintable()) or _UNSAFE.search(cut):
        cut = "".join(_escaped(character) for character in cut)
    return cut + ("…" if len(text) > _LONGEST else "")


def _escaped(character: str) -> str:
    if character.isprintable() and _UNSAFE.match(character) is None:
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def _decoded(label: str) -> str:
    if not label.startswith("xn--") or len(label) > 63:
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label
    return "".join(character for character in decoded if character.isalnum() or character == "-") or label


def _scripts(label: str) -> set[str]:
    """Of its letters. The three Japanese scripts and Bopomofo and Hangul stand beside Han in honest names."""
    scripts = set()
    for character in label[:63]:
        if character.isalpha():
            name = unicodedata.name(character, "UNKNOWN").split(" ", 1)[0].split("-", 1)[0]
            scripts.add("EAST" if name in ("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL") else name)
    return scripts
