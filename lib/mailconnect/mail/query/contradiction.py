"""Refuses queries that no email can match: otherwise no result could pass for an empty mailbox."""

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.tree import After, And, Before, Larger, Not, Smaller


def no_contradiction(whole: And) -> None:
    """Raises QueryError."""
    terms = set(whole.terms)
    since = max((term.instant for term in terms if isinstance(term, After)), default=None)
    until = min((term.instant for term in terms if isinstance(term, Before)), default=None)
    if since and until and since >= until:
        raise QueryError(
            f"No email can be both after {since:%Y-%m-%dT%H:%M:%SZ} and before {until:%Y-%m-%dT%H:%M:%SZ}; "
            f"`after:` takes its day in, `before:` leaves its day out."
        )
    least = max((term.octets for term in terms if isinstance(term, Larger)), default=None)
    maximum = min((term.octets for term in terms if isinstance(term, Smaller)), default=None)
    if least and maximum and least >= maximum:
        raise QueryError(f"No email can be both larger than {least:,} and smaller than {maximum:,} octets; drop one.")
    if any(isinstance(term, Not) and term.term in terms for term in terms):
        raise QueryError("The query asks for a term and for its opposite; drop one, or put OR between them.")
