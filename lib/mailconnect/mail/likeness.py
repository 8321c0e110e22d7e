"""Whether one address could be taken for another: spelt alike, or of the same name."""

import unicodedata

from mailconnect.mail.address import Address

_CONFUSED = str.maketrans(
    {
        **dict(zip("0135", "oles", strict=True)),
        **dict(zip("|!", "ll", strict=True)),
        **dict(zip("авекмнорстухіјѕԁԛԝ", "abekmhopctyxijsdqw", strict=True)),
        **dict(zip("αβεικνορτυχ", "abeiknoptux", strict=True)),
    }
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("i", "l"))
_SHORTEST = 6
"""Characters of an address below which one letter's difference means nothing."""
_LEAST_OF_A_NAME = 3


def is_similar(one: Address, other: Address) -> bool:
    """False for the same address."""
    if one.email.lower() == other.email.lower():
        return False
    return _is_spelt_alike(one.email, other.email) or _has_same_name(one, other)


def _has_same_name(one: Address, other: Address) -> bool:
    names = [" ".join(_plain(each.name).split()) for each in (one, other)]
    return names[0] == names[1] and len(names[0]) >= _LEAST_OF_A_NAME


def _is_spelt_alike(one: str, other: str) -> bool:
    """The same but for confusable characters, or but for one character inserted, left out or exchanged."""
    first, second = _skeleton(one), _skeleton(other)
    if first == second:
        return True
    return min(len(first), len(second)) >= _SHORTEST and _differ_by_one(first, second)


def _differ_by_one(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    at = next((place for place, letter in enumerate(shorter) if letter != longer[place]), len(shorter))
    rest = shorter[at + 1 :] if len(shorter) == len(longer) else shorter[at:]
    return rest == longer[at + 1 :]


def _skeleton(email: str) -> str:
    text = _plain(shown(email)).translate(_CONFUSED)
    for pair, single in _PAIRS:
        text = text.replace(pair, single)
    return text


def _plain(text: str) -> str:
    """In small letters, without accents and compatibility forms."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def shown(email: str) -> str:
    """With an internationalized domain in its letters; unchanged where its `xn--` form cannot be decoded (RFC 5891)."""
    local, at, domain = email.rpartition("@")
    small = domain.lower()  # the codec takes `XN--` for plain letters, which a mail server does not
    if "xn--" not in small:
        return email
    try:
        return f"{local}{at}{small.encode('ascii').decode('idna')}"
    except UnicodeError:
        return email
