"""The little of a JMAP session that is kept, sealed: where calls go, so that a tool call is one request.

Apart from the props, because it may be written while a refresh is under way, and must never cost a refreshed token.
"""

from msgspec.json import Decoder

from mailconnect.clock import Entropy
from mailconnect.encoding import fast_json
from mailconnect.encoding.discreet import Discreet
from mailconnect.grants.envelope import seal, unseal
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant, State
from mailconnect.grants.update import Equals, Update


class SessionFacts(Discreet, frozen=True, kw_only=True, omit_defaults=True):
    """`state` is the session's when it was read: when the provider answers with another, it is read again.

    `download_url` is empty where the session had none, and in facts that were kept by an older version.
    `contacts_account_id` is empty where the session had no address book, and None in facts of an older version.
    `has_masked`: it offered masked addresses; None in such facts. `most_objects` is what the server gives at once in a
    /get, 0 in such facts.

    `disagreed_at` is when an answer named another state than the session that was read right after it (epoch seconds),
    0 where they agreed.
    """

    api_url: str
    account_id: str
    state: str
    download_url: str = ""
    contacts_account_id: str | None = None
    has_masked: bool | None = None
    most_objects: int = 0
    disagreed_at: int = 0


_FACTS = Decoder(SessionFacts)


def seal_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> bytes:
    return seal(data_key, fast_json.encode(facts), _place(grant), entropy)


def open_session_facts(grant: Grant, data_key: bytes) -> SessionFacts:
    """SealBroken when they are not this grant's, or the grant has none any more."""
    try:
        # A newer release, running beside this one during a deployment, may have written more: that is passed over.
        return _FACTS.decode(unseal(data_key, grant.session_facts or b"", _place(grant)))
    except ValueError:
        raise SealBroken("session_facts_form") from None


def keep_session_facts(facts: SessionFacts, grant: Grant, data_key: bytes, entropy: Entropy) -> Update:
    sealed = seal_session_facts(facts, grant, data_key, entropy)
    return Update((Equals("state", State.ACTIVE),), {"session_facts": sealed})


def _place(grant: Grant) -> tuple[str, ...]:
    return ("session", grant.id, grant.client_id, grant.owner)
