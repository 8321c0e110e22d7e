"""Junk and trash are left out of a search unless it asks for them."""

from mailconnect.mail.query.tree import ANYWHERE, And, In, Node, Not, Or

LEFT_OUT = ("junk", "trash")


def left_out_of(root: Node) -> tuple[str, ...]:
    """The roles that are not searched. None where the query names every place it searches, or says `in:anywhere`."""
    asked = _asked(root, wanted=True)
    if ANYWHERE in asked or _is_placed(root):
        return ()
    return tuple(role for role in LEFT_OUT if In(role) not in asked)


def _asked(node: Node, *, wanted: bool) -> set[Node]:
    """The places asked for: `-in:trash` asks for none."""
    if isinstance(node, In):
        return {node} if wanted else set()
    if isinstance(node, Not):
        return _asked(node.term, wanted=not wanted)
    if isinstance(node, And | Or):
        return {place for term in node.terms for place in _asked(term, wanted=wanted)}
    return set()


def _is_placed(node: Node) -> bool:
    """Whether everything it finds is in a mailbox that it names."""
    if isinstance(node, And):
        return any(_is_placed(term) for term in node.terms)
    if isinstance(node, Or):
        return all(_is_placed(term) for term in node.terms)
    return isinstance(node, In)
