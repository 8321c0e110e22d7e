"""From the provider's code, or a pasted API token, to the props of a new grant, or only to who it is."""

from dataclasses import dataclass, field

from msgspec import structs

from mailconnect import log
from mailconnect.grants.props import Props, SessionFacts
from mailconnect.jmap.capabilities import MASKED_EMAIL
from mailconnect.jmap.client import JmapClient
from mailconnect.jmap.session import Session
from mailconnect.mail.errors import MailboxError, UnexpectedAnswer
from mailconnect.provider.api_token import surplus
from mailconnect.provider.oauth_client import OAuthClient


@dataclass(frozen=True, slots=True)
class Connected:
    """The owner of the mailbox, and what to seal."""

    username: str = field(repr=False)
    props: Props
    facts: SessionFacts
    surplus: tuple[str, ...] = ()
    """The abilities of an API token beyond those that are needed."""


async def connect_by_code(
    oauth: OAuthClient, jmap: JmapClient, *, code: str, redirect_uri: str, code_verifier: str, client_id: str = ""
) -> Connected:
    """Raises MailboxError; a token that was obtained but cannot be used is given back to the provider."""
    ours = client_id or await oauth.client_id() or ""
    tokens = await oauth.redeem(code=code, redirect_uri=redirect_uri, code_verifier=code_verifier, client_id=ours)
    try:
        session = await jmap.session(await oauth.session_url(), tokens.access_token)
        username = _username(session)
    except MailboxError:
        await give_back(oauth, tokens.refresh_token or tokens.access_token, client_id=ours)
        raise
    return Connected(username, structs.replace(tokens, client_id=ours), session_facts(session))


async def connect_by_api_token(
    oauth: OAuthClient, jmap: JmapClient, api_token: str, allowed: frozenset[str] = frozenset()
) -> Connected:
    """`allowed` are our scopes that the owner allows. Raises MailboxError; Unauthorized when the provider does not know
    the token."""
    session = await jmap.session(await oauth.session_url(), api_token)
    rights = surplus(oauth.provider, session, allowed)
    return Connected(_username(session), Props(access_token=api_token), session_facts(session), rights)


async def identify_by_code(
    oauth: OAuthClient, jmap: JmapClient, *, code: str, redirect_uri: str, code_verifier: str, client_id: str = ""
) -> str:
    """The person who signed in. Raises MailboxError; the token serves for this one question and is kept nowhere.

    An access token alone is left to end by itself: a provider may end with it all that this person has connected
    (RFC 7009 §2.1; docs/decisions/0010). A refresh token would live on, so it is given back in any case.
    """
    tokens = await oauth.redeem(code=code, redirect_uri=redirect_uri, code_verifier=code_verifier, client_id=client_id)
    try:
        return await identify_by_api_token(oauth, jmap, tokens.access_token)
    finally:
        if tokens.refresh_token is not None:
            await give_back(oauth, tokens.refresh_token, client_id=client_id)


async def identify_by_api_token(oauth: OAuthClient, jmap: JmapClient, api_token: str) -> str:
    """Raises MailboxError; Unauthorized when the provider does not know the token."""
    return _username(await jmap.session(await oauth.session_url(), api_token))


def session_facts(session: Session) -> SessionFacts:
    return SessionFacts(
        api_url=session.api_url,
        account_id=session.account_id,
        state=session.state,
        download_url=session.download_url,
        contacts_account_id=session.contacts_account_id or "",
        has_masked=MASKED_EMAIL in session.account.capabilities,
        most_objects=session.most_objects,
    )


def _username(session: Session) -> str:
    """A provider may name nobody (RFC 8620 §2); its account ids then tell people apart. Raises UnexpectedAnswer."""
    if session.has_odd_username:
        raise UnexpectedAnswer("username is not a string")
    username = session.username.strip() or f"account:{session.account_id}"
    try:
        username.encode()
    except UnicodeEncodeError:  # half of a surrogate pair; put in its place, one character would make two people one
        raise UnexpectedAnswer("username is not Unicode text") from None
    return username


async def give_back(oauth: OAuthClient, token: str, *, client_id: str = "") -> bool:
    """Revokes a provider token that no grant holds; whether the provider has confirmed it."""
    try:
        return await oauth.revoke(token, client_id=client_id)
    except MailboxError:
        log.record("token_not_given_back")
        return False
