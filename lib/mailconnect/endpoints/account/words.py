"""The history of a connection, in plain words for its owner."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailconnect.endpoints.approvals.browser_name import as_said
from mailconnect.grants.decision import Repeat
from mailconnect.grants.retirement import Reason
from mailconnect.grants.sending import SendingPolicy, parse_choice
from mailconnect.languages.words import listed, marked
from mailconnect.oauth.scopes import SCOPES
from mailconnect.sending.outcome import By, SendingLimit
from mailconnect.store.audit import Event, What

REASONS = {
    Reason.CODE_REPLAY: marked("a code was presented twice, which is how a theft shows"),
    Reason.REFRESH_REPLAY: marked("a used token was presented again, which is how a theft shows"),
    Reason.REFRESH_SHARED: marked(
        "two networks used its tokens in turn three times running, which is how a theft shows"
    ),
    Reason.CLIENT_REVOKED: marked("the assistant gave it back"),
    Reason.CLIENT_DELETED: marked("the assistant took its registration back"),
    Reason.EXPIRED: marked("its time was over"),
    Reason.PROVIDER_ENDED: marked("the mail provider ended it"),
    Reason.OWNER_DISCONNECTED: marked("you ended it"),
    Reason.OPERATOR_DISCONNECTED: marked("the operator ended it"),
    Reason.RESTORED: marked("this service was restored from a backup that was older than its latest tokens"),
}

OUTCOMES = {
    "revoked": marked("Your mail provider has confirmed that our key opens nothing any more."),
    "no_revocation_endpoint": marked("Your mail provider offers no way to withdraw a key. Ours is erased."),
    "api_token_forgotten": marked("The API token is forgotten here. It is yours: delete it at your mail provider."),
    "not_confirmed": marked(
        "Your mail provider could not be reached for seven days. Our key is erased all the same; "
        "withdraw the access there too."
    ),
    "not_readable": marked(
        "The key could not be opened, and is erased. Withdraw the access at your mail provider too."
    ),
    "provider_not_configured": marked(
        "The mail provider is not connected to this service any more. Our key is erased; withdraw the access there too."
    ),
}

_SENTENCES = {
    What.CONNECTED: marked("You allowed it."),
    What.CONSENT_DENIED: marked("You refused it."),
    What.TOKEN_REVOKED: marked("The assistant signed out."),
    What.WRAP_OPENED: marked("Our key was taken back at your mail provider."),
    What.SIGNED_IN: marked("You signed in on this page."),
    What.EXPORTED: marked("You exported what is held about you."),
    What.SEND_UNDONE: marked("A message was stopped before it left. It is a draft again."),
    What.SEND_DECLINED: marked("A message was not sent: you said no."),
    What.BROWSER_FORGOTTEN: marked("A browser may not approve any more."),
    What.LISTED: marked("The operator looked at your connections."),
    What.ERASURE_REQUESTED: marked("You had everything erased."),
}
_REPLAYS = (Reason.CODE_REPLAY, Reason.REFRESH_REPLAY, Reason.REFRESH_SHARED)
_REPEATED = marked("A used token was presented again within the minute, and answered again")


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: int
    sentence: str
    about: str | None
    """The assistant's name, where it is about one."""


def lines(events: Iterable[Event]) -> list[HistoryLine]:
    """An event that happened several times is one line, at the latest of its times."""
    folded: dict[tuple[str, str | None], list[Event]] = {}
    for event in events:
        folded.setdefault((_sentence(event), event.client_name), []).append(event)
    return [HistoryLine(same[0].at, _several(sentence, len(same)), about) for (sentence, about), same in folded.items()]


def _several(sentence: str, times: int) -> str:
    if times == 1:
        return sentence
    if sentence == _SENTENCES[What.SIGNED_IN]:
        return marked("%(times)s sign-ins on this page.", times=times)
    return marked("%(sentence)s %(times)s times so far.", sentence=sentence, times=times)


def _titles(names: list[str]) -> str:
    bare = [name.lstrip("+-") for name in names]
    return listed([SCOPES[name].title if name in SCOPES else name for name in bare])


_LIMITS: dict[str, str] = {
    SendingLimit.MINUTE: marked("a minute"),
    SendingLimit.HOUR: marked("an hour"),
    SendingLimit.DAY: marked("a day"),
    SendingLimit.RECIPIENTS: marked("recipients of one message"),
    SendingLimit.NEW_RECIPIENTS: marked("new recipients in a day"),
}
_ON_WHOSE_WORD: dict[str, str] = {
    By.APPROVAL: marked("Sent a message that you approved, to %(people)s."),
    By.KNOWN: marked("Sent a message to people you know, to %(people)s."),
    By.FREE: marked("Sent a message without asking you, to %(people)s."),
}


_SENT = marked("Sent a message to %(people)s.")


def _way(text: str) -> str:
    choice = parse_choice(text)
    if choice.policy is SendingPolicy.APPROVE:
        return marked("what you approve")
    if choice.policy is SendingPolicy.KNOWN:
        return marked("to people you know, without asking, at most %(most)s a day", most=choice.a_day)
    return marked("to anybody, without asking, at most %(most)s a day", most=choice.a_day)


def _sent(reason: str) -> str:
    """`reason` is on whose word, and how many recipients."""
    word, _, count = reason.partition(" ")
    people = marked("somebody")
    if count.isdigit():
        people = marked("1 recipient") if count == "1" else marked("%(count)s recipients", count=count)
    return marked(_ON_WHOSE_WORD.get(word, _SENT), people=people)


def _sentence(event: Event) -> str:
    match event.what:
        case What.GRANT_RETIRED:
            why = REASONS.get(Reason(event.reason), "") if event.reason in list(Reason) else ""
            if event.reason in _REPLAYS:
                return marked("Replay detected. It ended: %(why)s.", why=why)
            return marked("It ended: %(why)s.", why=why) if why else marked("It ended.")
        case What.TOKEN_REPEATED if event.reason == Repeat.ELSEWHERE:
            return marked("%(what)s: from another network. Three times running ends the connection.", what=_REPEATED)
        case What.TOKEN_REPEATED:
            return marked("%(what)s. Assistants do this when they ask several things at once.", what=_REPEATED)
        case What.NARROWED:
            names = (event.reason or "").split()
            if any(name.startswith("-") for name in names):
                return marked("You switched off: %(titles)s.", titles=_titles(names))
            # As an older version wrote it.
            return marked("You switched off all but: %(titles)s.", titles=_titles(names))
        case What.WIDENED:
            return marked("You allowed it also: %(titles)s.", titles=_titles((event.reason or "").split()))
        case What.SENDING_CHOSEN:
            return marked("You let it send: %(way)s.", way=_way(event.reason or ""))
        case What.MESSAGE_SENT:
            return _sent(event.reason or "")
        case What.SEND_LIMITED:
            limit = _LIMITS.get(event.reason or "", marked("sending"))
            return marked("A message was not sent: the limit for %(limit)s was reached.", limit=limit)
        case What.BROWSER_TRUSTED:
            browser = as_said(event.reason) if event.reason else marked("A browser")
            return marked("%(browser)s may approve messages, for 30 days.", browser=browser)
        case What.ERASED:
            if outcome := OUTCOMES.get(event.reason or ""):
                return marked("It was erased. %(outcome)s", outcome=outcome)
            return marked("It was erased.")
        case what:
            return (
                _SENTENCES[What(what)] if what in list(What) else marked("Something that this version does not know.")
            )
