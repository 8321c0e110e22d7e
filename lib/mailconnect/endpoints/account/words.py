"""What happened to a connection, in plain words for the person whose it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailconnect.grants.decision import Repeat
from mailconnect.grants.retirement import Reason
from mailconnect.grants.sending import Policy, parse
from mailconnect.oauth.scopes import SCOPES
from mailconnect.sending.outcome import By, Limit
from mailconnect.store.audit import Event, What

REASONS = {
    Reason.CODE_REPLAY: "a code was presented twice, which is how a theft shows",
    Reason.REFRESH_REPLAY: "a used token was presented again, which is how a theft shows",
    Reason.REFRESH_SHARED: "two networks used its tokens in turn three times running, which is how a theft shows",
    Reason.CLIENT_REVOKED: "the assistant gave it back",
    Reason.CLIENT_DELETED: "the assistant took its registration back",
    Reason.EXPIRED: "its time was over",
    Reason.PROVIDER_ENDED: "the mail provider ended it",
    Reason.OWNER_DISCONNECTED: "you ended it",
    Reason.OPERATOR_DISCONNECTED: "the operator ended it",
    Reason.RESTORED: "this service was restored from a backup that was older than its latest tokens",
}

OUTCOMES = {
    "revoked": "Your mail provider has confirmed that our key opens nothing any more.",
    "no_revocation_endpoint": "Your mail provider offers no way to withdraw a key. Ours is erased.",
    "api_token_forgotten": "The API token is forgotten here. It is yours: delete it at your mail provider.",
    "not_confirmed": "Your mail provider could not be reached for seven days. Our key is erased all the same; "
    "withdraw the access there too.",
    "not_readable": "The key could not be opened, and is erased. Withdraw the access at your mail provider too.",
    "provider_not_configured": "The mail provider is not connected to this service any more. Our key is erased; "
    "withdraw the access there too.",
}

_SENTENCES = {
    What.CONNECTED: "You allowed it.",
    What.CONSENT_DENIED: "You refused it.",
    What.TOKEN_REVOKED: "The assistant signed out.",
    What.DOOR_OPENED: "Our key was taken back at your mail provider.",
    What.SIGNED_IN: "You signed in on this page.",
    What.EXPORTED: "You exported what is held about you.",
    What.SEND_UNDONE: "A message was stopped before it left. It is a draft again.",
    What.SEND_DECLINED: "A message was not sent: you said no.",
    What.BROWSER_FORGOTTEN: "A browser may not approve any more.",
    What.LISTED: "The operator looked at your connections.",
    What.ERASURE_REQUESTED: "You had everything erased.",
}
_REPLAYS = (Reason.CODE_REPLAY, Reason.REFRESH_REPLAY, Reason.REFRESH_SHARED)
_REPEATED = "A used token was presented again within the minute, and answered again"


@dataclass(frozen=True, slots=True)
class Line:
    at: int
    sentence: str
    about: str | None
    """The assistant's name, where it is about one."""


def lines(events: Iterable[Event]) -> list[Line]:
    """What happened several times is one line, at the latest of its times."""
    folded: dict[tuple[str, str | None], list[Event]] = {}
    for event in events:
        folded.setdefault((_sentence(event), event.client_name), []).append(event)
    return [Line(same[0].at, _several(sentence, len(same)), about) for (sentence, about), same in folded.items()]


def _several(sentence: str, times: int) -> str:
    if times == 1:
        return sentence
    if sentence == _SENTENCES[What.SIGNED_IN]:
        return f"{times} sign-ins on this page."
    return f"{sentence} {times} times so far."


def _titles(names: list[str]) -> str:
    bare = [name.lstrip("+-") for name in names]
    return ", ".join(SCOPES[name].title if name in SCOPES else name for name in bare)


_LIMITS: dict[str, str] = {
    Limit.MINUTE: "a minute",
    Limit.HOUR: "an hour",
    Limit.DAY: "a day",
    Limit.RECIPIENTS: "recipients of one message",
    Limit.NEW_RECIPIENTS: "new recipients in a day",
}
_ON_WHOSE_WORD: dict[str, str] = {
    By.APPROVAL: "that you approved",
    By.KNOWN: "to people you know",
    By.FREE: "without asking you",
}


def _way(text: str) -> str:
    choice = parse(text)
    if choice.policy is Policy.APPROVE:
        return "what you approve"
    to = "people you know" if choice.policy is Policy.KNOWN else "anybody"
    return f"to {to}, without asking, at most {choice.a_day} a day"


def _sent(reason: str) -> str:
    """`reason` is on whose word, and how many recipients."""
    word, _, count = reason.partition(" ")
    people = f"{count} recipient{'s' if count != '1' else ''}" if count.isdigit() else "somebody"
    return f"Sent a message {_ON_WHOSE_WORD.get(word, '')}, to {people}."


def _sentence(event: Event) -> str:
    match event.what:
        case What.GRANT_RETIRED:
            why = REASONS.get(Reason(event.reason), "") if event.reason in list(Reason) else ""
            found = "Replay detected. " if event.reason in _REPLAYS else ""
            return f"{found}It ended: {why}." if why else "It ended."
        case What.TOKEN_REPEATED if event.reason == Repeat.ELSEWHERE:
            return f"{_REPEATED}: from another network. Three times running ends the connection."
        case What.TOKEN_REPEATED:
            return f"{_REPEATED}. Assistants do this when they ask several things at once."
        case What.NARROWED:
            names = (event.reason or "").split()
            if any(name.startswith("-") for name in names):
                return f"You switched off: {_titles(names)}."
            return f"You switched off all but: {_titles(names)}."  # as an older version wrote it
        case What.WIDENED:
            return f"You allowed it also: {_titles((event.reason or '').split())}."
        case What.SENDING_CHOSEN:
            return f"You let it send: {_way(event.reason or '')}."
        case What.MESSAGE_SENT:
            return _sent(event.reason or "")
        case What.SEND_LIMITED:
            return f"A message was not sent: the limit for {_LIMITS.get(event.reason or '', 'sending')} was reached."
        case What.BROWSER_TRUSTED:
            return f"{event.reason or 'A browser'} may approve messages, for 30 days."
        case What.ERASED:
            return f"It was erased. {OUTCOMES.get(event.reason or '', '')}".strip()
        case what:
            return _SENTENCES[What(what)] if what in list(What) else "Something that this version does not know."
