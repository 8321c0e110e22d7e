"""The JMAP session: who this is, which accounts there are, where the API is (RFC 8620 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from mailconnect.encoding import fast_json
from mailconnect.jmap.document import LARGEST_INT, flag, identifier, mapping, text
from mailconnect.mail.errors import NoMailAccount, UnexpectedAnswer
from mailconnect.outbound.allowed_hosts import HostAllowList

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"

LIMITS = (
    "maxSizeUpload",
    "maxConcurrentUpload",
    "maxSizeRequest",
    "maxConcurrentRequests",
    "maxCallsInRequest",
    "maxObjectsInGet",
    "maxObjectsInSet",
)

_MOST_ACCOUNTS = 1000
_MOST_CAPABILITIES = 200


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str = field(repr=False)
    is_personal: bool
    is_read_only: bool
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Session:
    """`limits` are those of the core capability that the server names (octets, requests, calls, objects)."""

    username: str = field(repr=False)
    account: Account
    accounts: tuple[Account, ...] = field(repr=False)
    capabilities: frozenset[str]
    limits: Mapping[str, int]
    api_url: str
    state: str

    @property
    def account_id(self) -> str:
        return self.account.id

    @property
    def mail_accounts(self) -> tuple[Account, ...]:
        """The person's own first, then what others share with them."""
        others = (one for one in self.accounts if one.id != self.account.id and MAIL in one.capabilities)
        return (self.account, *others)


def parse_session(document: Any, *, session_url: str, allowed_hosts: HostAllowList) -> Session:
    """`session_url` is where the document was found, for the relative URLs that RFC 8620 forbids and Cyrus sends.

    Raises UnexpectedAnswer, UntrustedAddress if the API is on a host not allowed, NoMailAccount.
    """
    fields = mapping(document, "the session")
    capabilities = _capabilities(fields.get("capabilities"))
    listed = mapping(fields.get("accounts"), "accounts")
    if len(listed) > _MOST_ACCOUNTS:
        raise UnexpectedAnswer("too many accounts")
    accounts = tuple(_account(key, value) for key, value in listed.items())
    return Session(
        username=text(fields.get("username", ""), "username"),
        account=_mail_account(accounts, fields.get("primaryAccounts")),
        accounts=accounts,
        capabilities=frozenset(capabilities),
        limits=_limits(capabilities.get(CORE)),
        api_url=allowed_hosts.check(_absolute(text(fields.get("apiUrl"), "apiUrl", longest=2048), session_url)),
        state=fast_json.whole(text(fields.get("state", ""), "state")),
    )


def _absolute(url: str, session_url: str) -> str:
    try:
        return urljoin(session_url, url)
    except ValueError:
        raise UnexpectedAnswer("apiUrl is malformed") from None


def _capabilities(value: Any) -> Mapping[str, Any]:
    capabilities = mapping(value, "capabilities")
    if len(capabilities) > _MOST_CAPABILITIES:
        raise UnexpectedAnswer("too many capabilities")
    for name in capabilities:
        text(name, "a capability")
    return capabilities


def _account(key: Any, value: Any) -> Account:
    fields = mapping(value, "an account")
    return Account(
        id=identifier(key, "an account id"),
        name=text(fields.get("name", ""), "an account's name"),
        is_personal=flag(fields.get("isPersonal", False), "isPersonal"),
        is_read_only=flag(fields.get("isReadOnly", False), "isReadOnly"),
        # A real session lists an account without any capability, and without this property.
        capabilities=frozenset(_capabilities(fields.get("accountCapabilities", {}))),
    )


def _mail_account(accounts: tuple[Account, ...], primary: Any) -> Account:
    """The primary account for mail; failing that, one that has mail: the person's own before a shared one."""
    wanted = primary.get(MAIL) if isinstance(primary, dict) else None
    for account in accounts:
        if account.id == wanted:
            return account
    with_mail = [account for account in accounts if MAIL in account.capabilities]
    if not with_mail:
        raise NoMailAccount("no account has the mail capability")
    return next((account for account in with_mail if account.is_personal), with_mail[0])


def _limits(core: Any) -> Mapping[str, int]:
    if not isinstance(core, dict):
        return {}
    named = ((name, core.get(name)) for name in LIMITS)
    return {
        name: value
        for name, value in named
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INT
    }
