"""Which assistant a client is, by the addresses that its responses go to and never by the name that it gives itself."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from mailconnect.oauth.clients.client import Client
from mailconnect.oauth.readable_host import readable_host
from mailconnect.oauth.redirect_uri import matches, redirect_target

DATA = Path(__file__).with_name("known_assistants.toml")

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+\Z")
_WORDS = re.compile(r"[^\W_]+")
_LOOK_ALIKES = str.maketrans(
    {
        "\u0430": "a",
        "\u0441": "c",
        "\u0501": "d",
        "\u0435": "e",
        "\u04bb": "h",
        "\u0456": "i",
        "\u0458": "j",
        "\u043a": "k",
        "\u04cf": "l",
        "\u043c": "m",
        "\u043e": "o",
        "\u0440": "p",
        "\u051b": "q",
        "\u0455": "s",
        "\u0442": "t",
        "\u0475": "v",
        "\u051d": "w",
        "\u0445": "x",
        "\u0443": "y",
        "\u0437": "z",
        "\u0261": "g",
        "\u0131": "i",
        "\u03b1": "a",
        "\u03b2": "b",
        "\u03b5": "e",
        "\u03b9": "i",
        "\u03ba": "k",
        "\u03bd": "v",
        "\u03bf": "o",
        "\u03c1": "p",
        "\u03c4": "t",
        "\u03c5": "u",
        "\u03c7": "x",
        "0": "o",
        "1": "l",
        "3": "e",
        "4": "a",
        "5": "s",
        "7": "t",
    }
)
"""Cyrillic and Greek letters, and digits, that look like a Latin letter."""


class Recognition(StrEnum):
    KNOWN = "known"
    """The response goes to the assistant's own address."""
    IMITATION = "imitation"
    """It has the name of a known assistant, or a host that looks like its host, and its response goes elsewhere."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAssistant:
    """As known_assistants.toml describes it."""

    name: str
    host: str
    redirect_uris: tuple[str, ...]
    source: str
    date: date
    aliases: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()

    @property
    def stays_on_the_device(self) -> bool:
        """Whether its own answers may go to a program or an app, where no address proves anything."""
        return any(not _is_web(uri) for uri in self.redirect_uris)

    def is_at(self, host: str) -> bool:
        """Whether the host, or what it is below, is the assistant's own: then nothing goes elsewhere."""
        own = {self.host, *(redirect_target(uri).host for uri in self.redirect_uris if _is_web(uri))}
        return any(host == one or host.endswith(f".{one}") for one in own)

    def registers(self, uri: str) -> bool:
        return any(_fits(known, uri) for known in self.redirect_uris)


@dataclass(frozen=True, slots=True)
class Recognized:
    """`assistant` is the one that it is, or that it imitates; None where it is unknown."""

    as_what: Recognition
    assistant: KnownAssistant | None = None


_UNKNOWN = Recognized(Recognition.UNKNOWN)


@dataclass(frozen=True, slots=True)
class KnownAssistants:
    assistants: tuple[KnownAssistant, ...]

    def recognize(self, client: Client, redirect_uri: str) -> Recognized:
        """`redirect_uri` is where the response goes. Every address of a known assistant must be its own: a client that
        registered one more address could ask for that one the next time.
        """
        if _is_web(redirect_uri):
            for one in self.assistants:
                owns = one.registers(redirect_uri) and all(map(one.registers, client.redirect_uris))
                if owns or client.id in one.documents:
                    return Recognized(Recognition.KNOWN, one)
        host = redirect_target(redirect_uri).host
        alike = (*self._at_a_host_like(host), *self._named(client.name))
        imitated = [one for one in alike if not one.is_at(host)]
        on_the_device = not _is_web(redirect_uri)
        # "Claude Code" at a program on this computer is what Claude Code does, and proves nothing.
        if not imitated or (on_the_device and any(one.stays_on_the_device for one in imitated)):
            return _UNKNOWN
        return Recognized(Recognition.IMITATION, imitated[0])

    def _at_a_host_like(self, host: str) -> list[KnownAssistant]:
        """Those whose host this one would be taken for: p0ke.com, or poke.com.evil.example."""
        labels = ".".join("".join(_plain_words(label)) for label in readable_host(host).split("."))
        return [one for one in self.assistants if f"{labels}.".startswith(f"{one.host}.")]

    def _named(self, name: str) -> list[KnownAssistant]:
        """Those whose name is a part of this one, the longest name first."""
        words = _plain_words(name)
        found = [
            (len(alias), index)
            for index, one in enumerate(self.assistants)
            for alias in (_plain_words(known) for known in (one.name, *one.aliases))
            if _holds(words, alias)
        ]
        return [self.assistants[index] for _, index in sorted(found, key=lambda pair: (-pair[0], pair[1]))]


@cache  # several endpoints of a process ask
def known_assistants() -> KnownAssistants:
    """From the data file; ValueError or TypeError where it is malformed."""
    rows: Iterable[dict[str, Any]] = tomllib.loads(DATA.read_text("utf-8"))["assistant"]
    return KnownAssistants(tuple(_from_row(row) for row in rows))


def _from_row(row: dict[str, Any]) -> KnownAssistant:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return KnownAssistant(**given)


def _is_web(uri: str) -> bool:
    """Whether the response leaves this device for a host."""
    target = redirect_target(uri)
    return target.scheme == "https" and bool(target.host) and not target.loopback


def _fits(known: str, uri: str) -> bool:
    if known.endswith("/*"):
        head, _, last = uri.rpartition("/")
        return bool(_SEGMENT.match(last)) and matches(known.removesuffix("/*"), head)
    return matches(known, uri)


def _plain_words(name: str) -> tuple[str, ...]:
    """In lower case, without accents, look-alikes as the letters that they look like."""
    decomposed = unicodedata.normalize("NFKD", name).casefold().translate(_LOOK_ALIKES)
    return tuple(_WORDS.findall("".join(letter for letter in decomposed if not unicodedata.combining(letter))))


def _holds(words: tuple[str, ...], alias: tuple[str, ...]) -> bool:
    """Whether the alias's words stand in the name next to each other, or the two are equal without spaces."""
    size = len(alias)
    return "".join(words) == "".join(alias) or any(words[i : i + size] == alias for i in range(len(words) - size + 1))
