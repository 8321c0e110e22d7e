"""The little of a JMAP session that is kept, sealed: where calls go, so that a tool call is one request.

Apart from the props, because it may be written while a refresh is under way, and must never cost a refreshed token.
"""

import json
from dataclasses import asdict, dataclass, field

from lib import fast_json
from lib.clock import Entropy
from lib.grants.envelope import seal, unseal
from lib.grants.errors import SealBroken
from lib.grants.grant import Grant, State
from lib.grants.update import Equals, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """`state` is the session's when it was read: when the provider answers with another, it is read again."""

    api_url: str = field(repr=False)
    account_id: str = field(repr=False)
    state: str


def seal_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> bytes:
    return seal(data_key, json.dumps(asdict(facts)).encode(), _place(grant), entropy)


def open_session_facts(grant: Grant, data_key: bytes) -> SessionFacts:
    """SealBroken when they are not this grant's, or the grant has none any more."""
    try:
        document = fast_json.decode(unseal(data_key, grant.session_facts or b"", _place(grant)))
        # A newer release, running beside this one during a deployment, may have written more.
        return SessionFacts(**{name: document[name] for name in SessionFacts.__dataclass_fields__ if name in document})
    except (ValueError, TypeError):
        raise SealBroken("session_facts_form") from None


def keep_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> Update:
    sealed = seal_session_facts(facts, grant, data_key, entropy)
    return Update((Equals("state", State.ACTIVE),), {"session_facts": sealed})


def _place(grant: Grant) -> tuple[str, ...]:
    return ("session", grant.id, grant.client_id, grant.owner)
