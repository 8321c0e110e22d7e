"""The reference on an error page: it says by itself what kind of refusal the person saw, so nothing need be stored."""

import hashlib
from dataclasses import dataclass

from mailconnect.clock import Entropy

LENGTH = 8
_OF_KIND = 4
"""Hexadecimal digits that name the kind; the others are random, and tell one page in the log from another."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`title` is the page's, `kind` the error code (RFC 6749 §4.1.2.1) where pages of one title differ."""

    title: str
    kind: str
    happened: str
    remedy: str


_CANNOT = "This connection cannot be made"
_AGAIN = "The person starts again from the assistant."
_COOKIES = "The person starts again in one browser, with cookies allowed, and does not open the link in another app."
_MAKER = "Tell the assistant's maker; the log line before has what is known of the request."

EXPLANATIONS = (
    Explanation(
        _CANNOT,
        "invalid_client",
        "The assistant uses a registration that is not here: it expired, or was made at another address.",
        "The person removes the connection in the assistant and adds it again, so that it registers anew.",
    ),
    Explanation(
        _CANNOT,
        "invalid_redirect_uri",
        "The assistant asks to return to an address that it did not register.",
        "The person removes the connection in the assistant and adds it again. If it stays: " + _MAKER,
    ),
    Explanation(
        _CANNOT,
        "invalid_request",
        "The assistant's request lacks something (such as PKCE with S256), has it twice, or its document is wrong.",
        "Look for `client_document_refused` in the log; if it is not there: " + _MAKER,
    ),
    Explanation(
        _CANNOT,
        "invalid_scope",
        "The assistant asks for nothing that this bridge offers.",
        "Take scopes out of the assistant's configuration: without any, it is offered all.",
    ),
    Explanation(
        _CANNOT,
        "invalid_target",
        "The assistant asks for access to another service than this one.",
        "Compare the address in the assistant with MAILCONNECT_ISSUER and /mcp: scheme, host and port are the same.",
    ),
    Explanation(_CANNOT, "unsupported_response_type", "The assistant asks for something other than a code.", _MAKER),
    Explanation(_CANNOT, "request_not_supported", "The assistant wraps its request in a JWT.", _MAKER),
    Explanation(_CANNOT, "request_uri_not_supported", "The assistant pushes its request by reference.", _MAKER),
    Explanation(_CANNOT, "interaction_required", "The assistant asks to connect without asking the person.", _MAKER),
    Explanation(
        "No new connections for now",
        "temporarily_unavailable",
        "The switch no_new_grants is on.",
        "`mailconnect switch no_new_grants off` when it may be.",
    ),
    Explanation(
        "This decision did not come from our page",
        "",
        "The form came from another page, another browser, or without its cookie.",
        _COOKIES,
    ),
    Explanation("This page has expired", "", "The page was open for more than ten minutes.", _AGAIN),
    Explanation("This page has been used", "", "The person went back to a page that had done its work.", _AGAIN),
    Explanation("No decision was made", "", "The form came without Allow or Deny.", _AGAIN),
    Explanation("That form cannot be read", "", "The form was damaged or too large, or a program sent it.", _AGAIN),
    Explanation(
        "This sign-in cannot be finished",
        "",
        "The answer of the mail provider came a second time, after ten minutes, or damaged.",
        _AGAIN + " `callback_rejected` in the log has the reason.",
    ),
    Explanation(
        "This sign-in was begun in another browser", "", "The answer of the mail provider came elsewhere.", _COOKIES
    ),
    Explanation(
        "Signing in took too long",
        "",
        "The answer of the mail provider came when the sign-in was no longer kept, or belongs to none.",
        _AGAIN,
    ),
    Explanation(
        "You have already signed in",
        "",
        "The answer of the mail provider came a second time.",
        "The person looks in the assistant, or on the account page, whether it is connected.",
    ),
    Explanation("You did not sign in", "", "The sign-in was not finished.", "The person signs in again."),
    Explanation(
        "This did not come from our page",
        "",
        "A form of the account page came from another page, or without its cookie.",
        _COOKIES,
    ),
    Explanation(
        "There is no such connection", "", "The connection had ended, or is another person's.", "Nothing is to be done."
    ),
    Explanation(
        "There is no receipt with this number",
        "",
        "The receipt is not written yet, or is no longer kept.",
        "Wait for up to seven days, while the sweep tries to tell the mail provider.",
    ),
    Explanation("This link leads nowhere", "", "The link was used, or is old.", "The person makes another one."),
    Explanation("That was often enough for now", "", "The person exported five times in an hour.", "Wait for an hour."),
    Explanation(
        "Too much at once",
        "",
        "A limit was reached, of one address or of all together.",
        "`ceiling_reached` in the log says which, if it is one of all together (docs/settings.md, Limits).",
    ),
    Explanation(
        "This cannot be done just now",
        "",
        "The store or the keys did not answer.",
        "`unavailable` in the log says which of the two. Look at the disk, or at AWS.",
    ),
)


def reference_of(title: str, kind: str, entropy: Entropy) -> str:
    return f"{_code(title, kind)}{entropy(LENGTH // 2).hex()[: LENGTH - _OF_KIND]}"


def explained(reference: str) -> Explanation | None:
    """None for a reference of no such page: a fault's, or one of another version."""
    return next((one for one in EXPLANATIONS if _code(one.title, one.kind) == reference[:_OF_KIND]), None)


def _code(title: str, kind: str) -> str:
    return hashlib.sha256(f"{title}\0{kind}".encode()).hexdigest()[:_OF_KIND]
