"""A query under a grant of metadata alone: who wrote when and about what, without the text of the messages.

A search for a word is a question about the body. So words without an operator are searched in the subject and among the
people, and a term about a body or an attachment is an error.
"""

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.tree import And, Body, Cc, Filename, From, Node, Not, Or, Query, Subject, Text, To

_HEADERS = (Subject, From, To, Cc)


def headers_only(query: Query) -> Query:
    """Raises QueryError for `body:` and `filename:`."""
    return Query(_headers_only(query.root), query.left_out)


def asks_for_words(node: Node) -> bool:
    """Whether it has words without an operator, which are searched elsewhere then."""
    if isinstance(node, And | Or):
        return any(map(asks_for_words, node.terms))
    return asks_for_words(node.term) if isinstance(node, Not) else type(node) is Text


def _headers_only(node: Node) -> Node:
    if isinstance(node, And):
        return And(tuple(map(_headers_only, node.terms)))
    if isinstance(node, Or):
        return Or(tuple(map(_headers_only, node.terms)))
    if isinstance(node, Not):
        return Not(_headers_only(node.term))
    if type(node) is Text:
        return Or(tuple(field(node.text, node.phrase) for field in _HEADERS))
    if isinstance(node, Body | Filename):
        written = "body:" if isinstance(node, Body) else "filename:"
        raise QueryError(
            f"`{written}` needs permission to read messages (emails:read), which this connection lacks. Leave it out; "
            "request_access says how the owner can allow it."
        )
    return node
