"""Taking away some of what a grant allows: at once, and never back but by fresh consent."""

from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.update import Equals, Update, Value


def narrow(grant: Grant, without: frozenset[str]) -> Update | None:
    """None where this would change nothing, or leave nothing: a grant that allows nothing is one to retire.

    Tokens in use lose the scope with the grant (mailconnect.grants.tokens.access). `consented_scope` keeps what the
    owner once allowed: an assistant that goes on asking for it makes no error and gets what is left
    (mailconnect.grants.tokens.rotation).
    """
    scope = frozenset(grant.scope.split())
    left = scope - without
    if grant.state is not GrantState.ACTIVE or left == scope or not left:
        return None
    changes: dict[str, Value] = {"scope": " ".join(sorted(left))}
    if grant.consented_scope is None:
        changes["consented_scope"] = grant.scope
    return Update((Equals("state", GrantState.ACTIVE), Equals("scope", grant.scope)), changes)
