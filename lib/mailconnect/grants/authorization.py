"""From consent and sign-in to a code: the grant's beginning (RFC 6749 §4.1.2)."""

import dataclasses
from dataclasses import dataclass

from mailconnect.clock import Entropy
from mailconnect.grants.envelope import DATA_KEY_BYTES, issued_as_code, wrap_data_key
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.props import Props, SessionFacts, seal_props, seal_session_facts
from mailconnect.grants.sending import parse_choice, statement
from mailconnect.grants.tokens.token import Token, TokenKind, mint, new_grant_id
from mailconnect.grants.widening import seal_widening_key

_FIRST_PROPS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """The owner's consent, and between whom."""

    client_id: str
    client_name: str
    owner: str
    provider: str
    scope: str
    resource: str
    notice_version: str
    redirect_uri: str
    code_challenge: str
    sending: str | None = None
    """The choice of mailconnect.grants.sending; None where nothing is chosen."""


@dataclass(frozen=True, slots=True)
class NewGrantKey:
    """A new grant's id and data key, made before the grant so that the revocation wrap can be made first."""

    grant_id: str
    data_key: bytes = dataclasses.field(repr=False)


def new_grant_key(entropy: Entropy) -> NewGrantKey:
    return NewGrantKey(new_grant_id(entropy), entropy(DATA_KEY_BYTES))


def authorize(
    consented: Consented,
    props: Props,
    session_facts: SessionFacts,
    new: NewGrantKey,
    sealed_data_key: bytes,
    *,
    now: int,
    lifetimes: Lifetimes,
    entropy: Entropy,
    widening_key: bytes | None = None,
) -> tuple[Grant, Token]:
    """The grant to store and the code to hand out. `sealed_data_key` and `widening_key` are from the keys port.

    Without a widening key, the grant can never be widened, and each message that it sends waits for the owner.
    """
    code = mint(TokenKind.CODE, new.grant_id, entropy)
    code_expires_at = now + lifetimes.code
    grant = Grant(
        id=new.grant_id,
        state=GrantState.AUTHORIZED,
        client_id=consented.client_id,
        client_name=consented.client_name,
        owner=consented.owner,
        provider=consented.provider,
        scope=consented.scope,
        resource=consented.resource,
        notice_version=consented.notice_version,
        created_at=now,
        expires_at=now + lifetimes.grant,
        idle_expires_at=code_expires_at,
        due_at=code_expires_at,
        props=b"",
        props_version=_FIRST_PROPS,
        data_key=sealed_data_key,
        redirect_uri=consented.redirect_uri,
        code_challenge=consented.code_challenge,
        code_hash=code.hash(),
        code_expires_at=code_expires_at,
    )
    choice = parse_choice(consented.sending) if consented.sending else None
    sealed = dataclasses.replace(
        grant,
        sending=choice.text if choice else None,
        sending_statement=statement(grant.id, choice, widening_key) if choice and widening_key else None,
        code_wrap=wrap_data_key(new.data_key, code, issued_as_code(grant), entropy),
        props=seal_props(props, grant, new.data_key, entropy, version=_FIRST_PROPS),
        session_facts=seal_session_facts(session_facts, grant, new.data_key, entropy),
        widening_key=widening_key and seal_widening_key(widening_key, grant, new.data_key, entropy),
    )
    return sealed, code
