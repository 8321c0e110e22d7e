"""A query in mail's words: a tree of frozen nodes.

Its reprs tell nothing: what a person searches for is mail content.
"""

from dataclasses import dataclass
from datetime import datetime


class Node:
    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


@dataclass(frozen=True, slots=True, repr=False)
class And(Node):
    """All of the terms. Of no terms: every email."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Or(Node):
    """At least one of two or more terms."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Not(Node):
    term: Node


@dataclass(frozen=True, slots=True, repr=False)
class Words(Node):
    """`phrase`: the words stood in quotes, so they are wanted in this order and without stemming."""

    text: str
    phrase: bool = False


class Text(Words):
    """Anywhere in the headers or the body."""

    __slots__ = ()


class Subject(Words):
    __slots__ = ()


class Body(Words):
    __slots__ = ()


class Filename(Words):
    """The name of an attachment."""

    __slots__ = ()


class List(Words):
    """A mailing list by its List-Id (RFC 2919), or by a part of it. `*` is any list."""

    __slots__ = ()


class Person(Words):
    """A name, an address, or a part of either, such as a domain."""

    __slots__ = ()


class From(Person):
    __slots__ = ()


class To(Person):
    __slots__ = ()


class Cc(Person):
    __slots__ = ()


class Bcc(Person):
    __slots__ = ()


class With(Person):
    """Among the sender and all recipients."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, repr=False)
class In(Node):
    """`mailbox` is one of PLACES' words (`inbox`, `trash`, `anywhere`), or a mailbox's id, path or name."""

    mailbox: str


@dataclass(frozen=True, slots=True, repr=False)
class Is(Node):
    """A mark that the email bears, by its name without `$`: seen, flagged, answered, forwarded, draft."""

    mark: str


@dataclass(frozen=True, slots=True, repr=False)
class HasAttachment(Node):
    pass


@dataclass(frozen=True, slots=True, repr=False)
class Larger(Node):
    """`octets` or more."""

    octets: int


@dataclass(frozen=True, slots=True, repr=False)
class Smaller(Node):
    """Less than `octets`."""

    octets: int


@dataclass(frozen=True, slots=True, repr=False)
class Before(Node):
    """Received before `instant` (UTC, whole seconds); an email received at that second is not meant."""

    instant: datetime


@dataclass(frozen=True, slots=True, repr=False)
class After(Node):
    """Received at `instant` (UTC, whole seconds) or later."""

    instant: datetime


EVERYTHING = And(())
ANYWHERE = In("anywhere")


@dataclass(frozen=True, slots=True, repr=False)
class Query(Node):
    """`left_out` names the roles (junk, trash) whose mailboxes are not searched, because the query does not ask for
    them. An adapter leaves those out that the account has, and the response says so."""

    root: Node
    left_out: tuple[str, ...] = ()


def matches_everything(node: Node) -> bool:
    if isinstance(node, Or):
        return any(matches_everything(term) for term in node.terms)
    if isinstance(node, And):
        return all(matches_everything(term) for term in node.terms)
    return node == ANYWHERE


def all_of(terms: list[Node]) -> Node:
    """The And of them; one inside another is taken apart."""
    flat = [inner for term in terms for inner in (term.terms if isinstance(term, And) else (term,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(terms: list[Node]) -> Node:
    """The Or of one or more; one inside another is taken apart."""
    flat = [inner for term in terms for inner in (term.terms if isinstance(term, Or) else (term,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
