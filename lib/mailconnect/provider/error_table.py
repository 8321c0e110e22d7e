"""What becomes of each response that a provider may give: docs/provider-errors.md is this table.

A tool answers with the error's `text` and `isError`. Our own 401 is for our own tokens alone: it follows where a grant
has ended, and then assistants ask the person to connect again.
"""

from dataclasses import dataclass

from mailconnect.grants.provider_refresh.refusal import LASTING, REFRESH_LASTING
from mailconnect.jmap import errors as jmap
from mailconnect.jmap.errors import METHOD_ERRORS, REQUEST_ERRORS
from mailconnect.mail import errors as mail
from mailconnect.mail.draft import errors as draft_errors
from mailconnect.mail.errors import MailboxError
from mailconnect.outbound.exchange import ExchangeBounds
from mailconnect.provider import errors as provider
from mailconnect.provider.token_response import REFUSALS

_BOUNDS = ExchangeBounds()
_OTHER_WORDS = ", ".join(sorted(REFUSALS - {"invalid_grant"}))


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """`answer` is what came, or did not."""

    level: str
    answer: str
    error: type[MailboxError]


_HTTP = (
    (f"no connection: DNS, TCP, TLS, or over {_BOUNDS.connect:g} seconds for it", mail.Unreachable),
    (f"a connection that breaks, or no whole answer within {_BOUNDS.total:g} seconds", mail.NotAnswering),
    ("401 for an access token, twice, or for an API token", mail.Unauthorized),
    (f"401 for an API token, for {LASTING // 3600} hours and more, and for the session too", provider.GrantEnded),
    ("403", mail.RightsMissing),
    ("429", mail.Throttled),
    ("500 to 599", mail.UpstreamFault),
    ("404, 410, 421 or a redirect, also at the address that the session names now", mail.Moved),
    ("another status", mail.UnexpectedAnswer),
    ("no JSON, another coding, another shape", mail.UnexpectedAnswer),
    ("more bytes than are read of one response", mail.ResponseTooLong),
    ("a session whose API is on a host that is not allowed", mail.UntrustedAddress),
    ("a session without an account for mail", mail.NoMailAccount),
)
_OAUTH = (
    ("invalid_grant", provider.GrantEnded),
    ("invalid_grant with `temporary`", provider.TemporarilyRefused),
    (f"{_OTHER_WORDS}, or invalid_grant with another status", provider.RefreshRefused),
    (f"the same after {REFRESH_LASTING // 60} minutes, without a valid access token", provider.GrantEnded),
    ("metadata that can never work: of another issuer or resource, without PKCE", provider.MetadataUnusable),
    ("invalid_client", provider.ClientRefused),
    ("unauthorized_client", provider.ClientRefused),
    ("any other error of the token endpoint", mail.UnexpectedAnswer),
    ("any error of the registration endpoint", provider.RegistrationRefused),
)
_OURS = (
    ("a refresh under way in another process, or no time left for one", provider.RefreshUnderWay),
    ("the store does not answer", provider.Busy),
    ("an accountId that is not of a mail account in the session", mail.UnknownAccount),
    ("an account of another person that the mail server refuses", mail.SharedAccountUnreadable),
    ("an emailId of no email in the account", mail.UnknownEmail),
    ("a threadId of no thread in the account", mail.UnknownThread),
    ("an attachmentId of no part of the email", mail.UnknownAttachment),
    ("an attachment larger than what is read", mail.AttachmentTooLarge),
    ("a search that the mail server refuses; the text says what to leave out", mail.SearchRefused),
    ("no address book", mail.NoContacts),
    ("a draftId of no draft in the account", draft_errors.UnknownDraft),
    ("a draft that the mail server does not store", draft_errors.DraftRefused),
    ("a draft for which the mailbox has no room", draft_errors.MailboxFull),
    ("a draft that is larger than the mail server takes", draft_errors.DraftTooLarge),
    ("an idempotencyKey that stands for another message", draft_errors.KeyUsed),
    ("no mailbox for drafts", draft_errors.NoDraftsMailbox),
    ("no identity to send from", draft_errors.NoIdentities),
    ("another message was submitted at the same moment, three times", draft_errors.StateMoved),
    ("a message that the mail server does not send; the text says what it refused", draft_errors.SubmissionRefused),
    ("a time until which the mail server does not hold a message", draft_errors.NotHeld),
    ("a message that has left, or was never submitted, and is called back", draft_errors.NothingWaits),
    ("a method that this program never sends", jmap.MethodNotAllowed),
)

TABLE = (
    *(ErrorRow("HTTP", answer, error) for answer, error in _HTTP),
    *(ErrorRow("OAuth", answer, error) for answer, error in _OAUTH),
    *(ErrorRow("JMAP request", name.rsplit(":", 1)[1], error) for name, error in REQUEST_ERRORS.items()),
    ErrorRow("JMAP request", "limit of maxConcurrentRequests, twice", jmap.TooManyRequests),
    *(ErrorRow("JMAP method", name, error) for name, error in METHOD_ERRORS.items()),
    ErrorRow("JMAP method", "any other error", jmap.ServerFail),
    *(ErrorRow("ours", answer, error) for answer, error in _OURS),
)
