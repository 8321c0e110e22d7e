"""An assistant's abilities, as an owner thinks of them: rungs of looking, each with all below it; boxes; sending."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailconnect.grants.sending import DAILY, MAX_A_DAY, SEND, Choice, SendingPolicy, parse_choice
from mailconnect.languages.words import Sentence, marked
from mailconnect.oauth.scopes import SCOPES

CONTACTS = "contacts:read"
DRAFTS = "drafts:write"

LOOK = "look"
"""The form's field for the chosen rung: its value is the rung's own scope."""

_DIGITS = 3

SENDING = "sending"
"""The form's field for how it may send; empty for not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingWay:
    """`value` is in the form. `sees` completes "Poke may ..."."""

    value: str
    title: str
    detail: str
    sees: str
    risks: bool = False

    def says(self, maximum: int) -> str:
        """The detail where the owner has said how many a day."""
        return self._with(marked("At most %(most)s a day.", most=maximum))

    @property
    def as_said_below(self) -> str:
        """The detail above the field for how many a day."""
        return self._with(marked("At most as many a day as you say below."))

    def _with(self, daily: str) -> str:
        return marked(self.detail.pattern, daily=daily) if isinstance(self.detail, Sentence) else self.detail


_DAILY = marked("At most %(most)s a day.", most=DAILY)

SENDING_WAYS = (
    SendingWay(
        value="approve",
        title=marked("What I approve"),
        detail=marked("You see each message and press Send. The assistant cannot. Includes drafts."),
        sees=marked("send what you approve"),
    ),
    SendingWay(
        value="known",
        title=marked("To people I know, without asking"),
        detail=marked(
            "You wrote to them before, or they are among the contacts that you let it see. The rest waits for you. "
            "%(daily)s Includes drafts.",
            daily=_DAILY,
        ),
        sees=marked("send to people you know"),
    ),
    SendingWay(
        value="free",
        title=marked("To anybody, without asking"),
        detail=marked(
            "%(daily)s Includes drafts. Some mail is written to trick assistants. It could make this "
            "one write to strangers as you.",
            daily=_DAILY,
        ),
        sees=marked("send to anybody as you"),
        risks=True,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`own` are the scopes that this rung adds. `title` follows another rung, `alone` is its title where none is below.
    `detail` says what else it means, `sees` completes "Poke may ...". `risks`: the detail is a warning.
    """

    number: int
    own: tuple[str, ...]
    title: str
    alone: str
    detail: str
    sees: str
    risks: bool = False


STEPS = (
    Step(
        number=1,
        own=("session:read", "mailboxes:read"),
        title=marked("Your folders and their counts"),
        alone=marked("Your folders and their counts"),
        detail=marked("And your account's name and address. Shared ones too. No messages."),
        sees=marked("see your address and folders"),
    ),
    Step(
        number=2,
        own=("emails:metadata",),
        title=marked("And who writes, when, subject lines"),
        alone=marked("Who writes, when, subject lines"),
        detail=marked("Also whom you write to. Some subject lines hold sign-in codes."),
        sees=marked("see who writes, when, and subject lines"),
        risks=True,
    ),
    Step(
        number=3,
        own=("emails:read",),
        title=marked("And the messages, with attachments"),
        alone=marked("Your messages, with attachments"),
        detail=marked("Also sign-in codes and links that reset passwords."),
        sees=marked("read your messages"),
        risks=True,
    ),
)

_OF_ONE_SCOPE = {
    "session:read": (
        marked("Your account's name and address"),
        marked("Shared ones too. No messages."),
        marked("see your address"),
    ),
    "mailboxes:read": (
        marked("Your folders and their counts"),
        marked("Shared ones too. No messages."),
        marked("see your folders"),
    ),
}
"""Title, detail and sentence of the lowest rung where an assistant asks for a part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One that is offered. `scopes` is what choosing it grants, and nothing that was not asked for."""

    number: int
    value: str
    scopes: frozenset[str]
    title: str
    detail: str
    sees: str
    risks: bool


def rungs(asked: frozenset[str]) -> tuple[Rung, ...]:
    """From the lowest to the highest: those of which something is asked for."""
    found: list[Rung] = []
    for step in STEPS:
        own = [name for name in step.own if name in asked]
        if not own:
            continue
        below = found[-1].scopes if found else frozenset[str]()
        title, detail, sees = (step.title if found else step.alone), step.detail, step.sees
        if own != [*step.own]:
            title, detail, sees = _OF_ONE_SCOPE[own[0]]
        found.append(
            Rung(
                number=step.number,
                value=own[-1],
                scopes=below | frozenset(own),
                title=title,
                detail=detail,
                sees=sees,
                risks=step.risks,
            )
        )
    return tuple(found)


def beside() -> frozenset[str]:
    """Every scope that is chosen beside the ladder: by a box, or as a way of sending."""
    return frozenset(SCOPES).difference(*(step.own for step in STEPS))


def offers_choice(asked: frozenset[str]) -> bool:
    """Whether there is more than one response beside no."""
    return len(rungs(asked)) + len(asked & beside()) > 1


def chosen_rung(asked: frozenset[str], chosen: frozenset[str]) -> Rung | None:
    """The highest of which the person chose something."""
    below: frozenset[str] = frozenset()
    found = None
    for rung in rungs(asked):
        if (rung.scopes - below) & chosen:
            found = rung
        below = rung.scopes
    return found


def chosen_scopes(form: Mapping[str, str], asked: frozenset[str]) -> frozenset[str]:
    """The scopes that a decision grants: the rung of `look` with all below it, each `scope:NAME` that is `yes`, and
    sending, which needs drafts, where `sending` names a way.

    A plain client may send the second alone. Where one scope is asked for, the decision itself is about it. Nothing
    that was not asked for is ever granted.
    """
    if len(asked) == 1:
        return asked
    by_name = frozenset(name for name in asked if form.get(f"scope:{name}") == "yes")
    look = form.get(LOOK)
    looks = by_name.union(*(rung.scopes for rung in rungs(asked) if rung.value == look))
    return looks | (asked & sending_scopes(form))


def sending_scopes(form: Mapping[str, str]) -> frozenset[str]:
    """The scopes that the chosen way of sending needs; none where no way is chosen."""
    return frozenset({SEND, DRAFTS}) if form.get(SENDING) in {way.value for way in SENDING_WAYS} else frozenset()


def sending_choice(form: Mapping[str, str]) -> Choice | None:
    """How it may send, by the chosen way and the number a day, or by both in one text. None where no way is chosen."""
    given = form.get(SENDING, "")
    if given not in {way.value for way in SENDING_WAYS}:
        return parse_choice(given) if given else None
    a_day = form.get("a_day", "").strip()
    is_number = a_day.isascii() and a_day.isdigit() and len(a_day) <= _DIGITS
    return Choice(SendingPolicy(given), min(max(int(a_day), 1), MAX_A_DAY) if is_number else DAILY)


def preselected(asked: frozenset[str], *, known: bool) -> frozenset[str]:
    """The first choice: all looking that a known assistant asks for, else the lowest rung. No change."""
    if len(asked) == 1:
        return asked
    offered = rungs(asked)
    looks = asked & {CONTACTS}
    if known:
        return looks.union(*(rung.scopes for rung in offered))
    return offered[0].scopes if offered else frozenset()
