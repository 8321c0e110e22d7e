"""The JMAP session: who this is, which accounts there are, where the API is (RFC 8620 §2)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from mailconnect.encoding import fast_json
from mailconnect.jmap.capabilities import CONTACTS, CORE, MAIL, SUBMISSION
from mailconnect.jmap.response import identifier, mapping, text
from mailconnect.mail.account import Account, Accounts
from mailconnect.mail.bounds import LARGEST_INT, LONGEST_TEXT
from mailconnect.mail.errors import NoMailAccount, UnexpectedAnswer
from mailconnect.outbound.allowed_hosts import HostAllowList

LIMITS = (
    "maxSizeUpload",
    "maxConcurrentUpload",
    "maxSizeRequest",
    "maxConcurrentRequests",
    "maxCallsInRequest",
    "maxObjectsInGet",
    "maxObjectsInSet",
)

DEFAULT_OBJECTS = 500
"""At once in a /get, where the server names no limit (RFC 8620 §2 suggests no less)."""

_LONGEST_URL = 2048
_MAX_ACCOUNTS = 1000
_MAX_CAPABILITIES = 200


@dataclass(frozen=True, slots=True)
class Session:
    """`limits` are those of the core capability that the server names (octets, requests, calls, objects).

    `download_url` is a template (RFC 6570, level 1), empty where the provider names none that may receive the token.
    `contacts_account_id` is the account of the owner's address book, None where there is none. `unreadable` counts
    accounts that could not be understood. `has_odd_username`: one was sent, and it is no text that names anybody.
    `delayed_send`: for how many seconds an account holds mail back (RFC 8621 §1.3.2), by its id; one that does not is
    not in it.
    """

    username: str = field(repr=False)
    account: Account
    accounts: tuple[Account, ...] = field(repr=False)
    capabilities: frozenset[str]
    limits: Mapping[str, int]
    api_url: str
    state: str
    download_url: str = ""
    contacts_account_id: str | None = None
    unreadable: int = 0
    delayed_send: Mapping[str, int] = field(default_factory=dict)
    has_odd_username: bool = False

    @property
    def account_id(self) -> str:
        return self.account.id

    @property
    def most_objects(self) -> int:
        """How many the server gives at once in a /get."""
        return max(self.limits.get("maxObjectsInGet", DEFAULT_OBJECTS), 1)

    @property
    def mail_accounts(self) -> tuple[Account, ...]:
        """The owner's own first, then what others share with them."""
        others = (one for one in self.accounts if one.id != self.account.id and MAIL in one.capabilities)
        return (self.account, *others)

    def in_mail_words(self) -> Accounts:
        return Accounts(self.username, self.account, self.mail_accounts[1:], self.limits, self.unreadable)


def parse_session(document: Any, *, session_url: str, allowed_hosts: HostAllowList) -> Session:
    """`session_url` is where the document was found, for the relative URLs that RFC 8620 forbids and Cyrus sends.

    Raises UnexpectedAnswer, UntrustedAddress if the API is on a host not allowed, NoMailAccount.
    """
    fields = mapping(document, "the session")
    listed = mapping(fields.get("accounts"), "accounts")
    username, state = fields.get("username"), fields.get("state")
    capabilities = _session_capabilities(fields.get("capabilities"))
    if len(listed) > _MAX_ACCOUNTS:
        raise UnexpectedAnswer("too many accounts")
    read = [_account(key, value) for key, value in listed.items()]
    accounts = tuple(account for account in read if account is not None)
    return Session(
        username=username if isinstance(username, str) and len(username) <= LONGEST_TEXT else "",
        has_odd_username=username is not None and not (isinstance(username, str) and len(username) <= LONGEST_TEXT),
        account=_mail_account(accounts, fields.get("primaryAccounts"), capabilities),
        accounts=accounts,
        capabilities=frozenset(capabilities),
        limits=_limits(capabilities.get(CORE)),
        api_url=allowed_hosts.check(_absolute(text(fields.get("apiUrl"), "apiUrl", longest=_LONGEST_URL), session_url)),
        state=fast_json.whole(state) if isinstance(state, str) and len(state) <= LONGEST_TEXT else "",
        download_url=_download_url(fields.get("downloadUrl"), session_url, allowed_hosts),
        contacts_account_id=_contacts_account_id(accounts, fields.get("primaryAccounts")),
        unreadable=len(read) - len(accounts),
        delayed_send={account.id: seconds for account in accounts if (seconds := _delayed_send(listed[account.id]))},
    )


def _download_url(value: Any, session_url: str, allowed_hosts: HostAllowList) -> str:
    """Without it everything but downloads works, so an odd one refuses nothing."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_URL:
        return ""
    try:
        return allowed_hosts.check(_absolute(value, session_url))
    except UnexpectedAnswer:
        return ""


def _absolute(url: str, session_url: str) -> str:
    try:
        return urljoin(session_url, url)
    except ValueError:
        raise UnexpectedAnswer("apiUrl is malformed") from None


def _session_capabilities(value: Any) -> Mapping[str, Any]:
    """Those that can be understood, at most _MAX_CAPABILITIES."""
    if not isinstance(value, dict):
        return {}
    readable = [(name, of) for name, of in value.items() if len(name) <= LONGEST_TEXT]
    return dict(readable[:_MAX_CAPABILITIES])


def _capabilities(value: dict[str, Any]) -> frozenset[str]:
    if len(value) > _MAX_CAPABILITIES:
        raise UnexpectedAnswer("too many capabilities")
    if max(map(len, value), default=0) > LONGEST_TEXT:
        raise UnexpectedAnswer("a capability is too long")
    return frozenset(value)


def _account(key: Any, value: Any) -> Account | None:
    """None for one that cannot be understood: it harms only itself. What is null or of another type counts as absent.

    A real session lists an account without any capability, and without the property that names them.
    """
    if not isinstance(value, dict):
        return None
    name, capabilities = value.get("name"), value.get("accountCapabilities")
    try:
        return Account(
            id=identifier(key, "an account id"),
            name=text(name, "an account's name") if isinstance(name, str) else "",
            is_personal=value.get("isPersonal") is True,
            is_read_only=value.get("isReadOnly") is True,
            capabilities=_capabilities(capabilities) if isinstance(capabilities, dict) else frozenset(),
        )
    except UnexpectedAnswer:
        return None


def _contacts_account_id(accounts: tuple[Account, ...], primary: Any) -> str | None:
    """The primary account for contacts; failing that, the owner's own one that has them."""
    wanted = primary.get(CONTACTS) if isinstance(primary, dict) else None
    with_contacts = [account for account in accounts if CONTACTS in account.capabilities]
    named = [account.id for account in with_contacts if account.id == wanted]
    own = [account.id for account in with_contacts if account.is_personal]
    return next(iter([*named, *own]), None)


def _mail_account(accounts: tuple[Account, ...], primary: Any, capabilities: Mapping[str, Any]) -> Account:
    """The primary account for mail; failing that, one that has mail: the person's own before a shared one.

    Where no account is said to have mail, it is the primary one, or the only personal one of a session with mail.
    """
    wanted = primary.get(MAIL) if isinstance(primary, dict) else None
    named = [account for account in accounts if account.id == wanted]
    with_mail = [account for account in accounts if MAIL in account.capabilities]
    if with_mail:
        own = [account for account in with_mail if account.is_personal]
        return next(iter([*(account for account in named if account in with_mail), *own, *with_mail]))
    personal = [account for account in accounts if account.is_personal]
    if MAIL in capabilities and len(personal) == 1:
        named = [*named, *personal]
    if not named:
        raise NoMailAccount("no account has the mail capability")
    return named[0]


def _limits(core: Any) -> Mapping[str, int]:
    if not isinstance(core, dict):
        return {}
    named = ((name, core.get(name)) for name in LIMITS)
    return {
        name: value
        for name, value in named
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INT
    }


def _delayed_send(account: Mapping[str, Any]) -> int:
    capabilities = account.get("accountCapabilities")
    own = capabilities.get(SUBMISSION) if isinstance(capabilities, dict) else None
    longest = own.get("maxDelayedSend") if isinstance(own, dict) else None
    if not isinstance(longest, int) or isinstance(longest, bool):
        return 0
    return min(max(longest, 0), LARGEST_INT)
