"""Authentication-Results read as RFC 8601 §2.2 writes them, in linear time, whatever a sender put there."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

_LONGEST = 16_384  # characters of one header
_MAX_HEADERS = 50
_MAX_RESULTS = 64
_RESULTS = frozenset(
    ("pass", "fail", "none", "neutral", "softfail", "policy", "temperror", "permerror", "hardfail", "bestguesspass")
)

_RUN = re.compile(r'[^\s"(;]+')
"""The characters of a word, outside of comments and quotes."""


@dataclass(frozen=True, slots=True)
class Result:
    method: str  # "dmarc", in lower case
    result: str  # "pass", in lower case; "" for a word that no standard has
    properties: dict[str, str] = field(default_factory=dict)  # "header.from" -> "example.org", both in lower case


@dataclass(frozen=True, slots=True)
class Results:
    authserv_id: str
    results: tuple[Result, ...] = ()

    def of(self, method: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.method == method)


def trusted(headers: Sequence[str], accepted: Collection[str]) -> Results | None:
    """The topmost header of an accepted authserv-id; None if there is none.

    `headers` are all instances from the top. The provider writes above what came with the message, so a lower instance
    that bears its name may be the sender's. An accepted id that begins with a dot stands for all hosts of the domain.
    """
    exact = {one.lower() for one in accepted}
    for header in headers[:_MAX_HEADERS]:
        found = parse(header)
        if found is not None and _is_accepted(found.authserv_id, exact):
            return found
    return None


def parse(header: str) -> Results | None:
    """None where not even an authserv-id can be read."""
    statements = list(_statements(header[:_LONGEST]))
    if not statements or not statements[0]:
        return None
    read = (_result(words) for words in statements[1 : _MAX_RESULTS + 1])
    return Results(statements[0][0].lower(), tuple(result for result in read if result is not None))


def _is_accepted(authserv_id: str, accepted: set[str]) -> bool:
    if authserv_id in accepted:
        return True
    return any(one.startswith(".") and authserv_id.endswith(one) for one in accepted)


def _result(words: list[str]) -> Result | None:
    method, equals, result = words[0].partition("=") if words else ("", "", "")
    if not equals:
        return None
    properties: dict[str, str] = {}
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if equals:
            properties.setdefault(name.lower(), value.lower())
    result = result.lower()
    return Result(method.partition("/")[0].strip().lower(), result if result in _RESULTS else "", properties)


def _statements(text: str) -> Iterator[list[str]]:
    """Words between semicolons, "a = b" as "a=b". Comments, which nest (RFC 5322 §3.2.2), are dropped; quotes too."""
    words: list[str] = []
    word: list[str] = []
    depth, at, size = 0, 0, len(text)
    spaced = False
    while at < size:
        character = text[at]
        at += 1
        if character == "\\" and depth:
            at += 1
        elif character == "(":
            depth += 1
        elif depth:
            depth -= character == ")"
        elif character == '"':
            while at < size and text[at] != '"':
                at += text[at] == "\\"
                word.append(text[at : at + 1])
                at += 1
            at += 1
        elif character == ";":
            yield [*words, "".join(word)] if word else words
            words, word, spaced = [], [], False
        elif character.isspace():
            spaced = True
        else:
            if spaced and word and character != "=" and not word[-1].endswith("="):
                words.append("".join(word))
                word = []
            spaced = False
            run = _RUN.match(text, at - 1)
            at = run.end() if run else at
            word.append(run.group() if run else character)
    yield [*words, "".join(word)] if word else words
