"""The sandbox's switches: what is set differently at run time, and which answers go wrong how many times."""

from collections.abc import Collection
from dataclasses import dataclass, field, fields
from typing import Any

WRONG_ANSWERS = frozenset(
    {"drop", "cut", "html", "invalid_json", "empty", "huge", "gzip_bomb", "slow", "redirect"},
)
ENDPOINTS = frozenset(
    {
        "metadata",
        "resource",
        "register",
        "authorize",
        "authorize.page",
        "authorize.decision",
        "token",
        "token.code",
        "token.refresh",
        "revoke",
        "session",
        "jmap",
        "jmap.submission",
        "download",
    },
)


class SwitchError(ValueError):
    """The document asks for a switch that does not exist, or for a value it cannot take."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour of one endpoint: wait, perhaps act, wait, answer wrongly; some times, or until it is cleared."""

    endpoint: str
    """One of ENDPOINTS, or a JMAP method such as Mailbox/get, of which error, or else change and omit, are heeded."""
    answer: int | str | None = None
    """A status from 400, or one of WRONG_ANSWERS; None: the endpoint's own answer."""
    acts: bool | None = None
    """Whether the endpoint does its work before the wrong answer: {"answer": "drop", "acts": true} loses what it
    issued.  None: only where its own answer is given, whole or in pieces."""
    error: str | None = None
    """A protocol error instead of the work: of OAuth, of JMAP's request level, or of the method named as endpoint."""
    delay_before: float = 0.0
    delay_after: float = 0.0
    """Seconds, before acting and between acting and answering."""
    retry_after: str | None = None
    """The Retry-After header, verbatim: seconds, an HTTP-date, or garbage."""
    location: str = "https://elsewhere.invalid/"
    """Where answer "redirect" points."""
    size: int = 100_000_000
    """Bytes of answer "huge", and of "gzip_bomb" once decoded."""
    pace: float = 1.0
    """Seconds between the bytes of answer "slow"."""
    change: dict[str, Any] = field(default_factory=dict)
    """Members put into the JSON answer or into a JMAP method's, or parameters put into the authorization response."""
    omit: tuple[str, ...] = ()
    """Members or parameters left out."""
    times: int | None = None
    """How often; None: until cleared."""

    @property
    def acting(self) -> bool:
        if self.acts is not None:
            return self.acts
        return self.error is None and self.answer in {None, "slow", "cut"}

    def __post_init__(self) -> None:
        if self.endpoint not in ENDPOINTS and "/" not in self.endpoint:
            raise SwitchError(f"no endpoint is called {self.endpoint!r}; there are {', '.join(sorted(ENDPOINTS))}")
        status = isinstance(self.answer, int) and 400 <= self.answer <= 599
        if not (self.answer is None or status or self.answer in WRONG_ANSWERS):
            raise SwitchError(f"answer is a status from 400 or one of {', '.join(sorted(WRONG_ANSWERS))}")
        if self.times is not None and self.times < 1:
            raise SwitchError("times is at least 1; leave it out for every time")


_FAULT_TYPES: dict[str, tuple[type, ...]] = {
    "endpoint": (str,),
    "answer": (int, str, type(None)),
    "acts": (bool, type(None)),
    "error": (str, type(None)),
    "delay_before": (int, float),
    "delay_after": (int, float),
    "retry_after": (str, type(None)),
    "location": (str,),
    "size": (int,),
    "pace": (int, float),
    "change": (dict,),
    "omit": (list,),
    "times": (int, type(None)),
}


def _fault(document: object) -> Fault:
    if not isinstance(document, dict) or "endpoint" not in document:
        raise SwitchError("a fault is an object that names an endpoint")
    for name, value in document.items():
        kinds = _FAULT_TYPES.get(name)
        if kinds is None:
            raise SwitchError(f"a fault has no member {name!r}; it has {', '.join(_FAULT_TYPES)}")
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise SwitchError(f"{name} cannot be {value!r}")
    return Fault(**{**document, "omit": tuple(document.get("omit", ()))})


@dataclass(slots=True)
class Switches:
    """Set in process as attributes, from outside by POST /sandbox/switches with the same names."""

    access_token_seconds: int = 3600
    loopback_registration: bool = True
    """Fastmail refused loopback redirect URIs in one report and accepted them in later ones."""
    normalised_registration: bool = True
    """Registration answers http://localhost/... for every loopback redirect URI."""
    resource_required: bool = False
    """Reports differ on whether RFC 8707's resource is mandatory."""
    session_epoch: int = 0
    """Another number is another session state."""
    account_epoch: int = 0
    """Another number is another id of every account, so that the ids known so far are not found."""
    locked: frozenset[str] = frozenset()
    """Usernames locked by their administrator: their refreshes answer invalid_grant with temporary true."""
    revoked_api_tokens: frozenset[str] = frozenset()
    refused_filters: frozenset[str] = frozenset()
    """Conditions, such as body, that Email/query and ContactCard/query answer with unsupportedFilter."""
    most_objects: int = 4096
    """More ids in one /get are requestTooLarge; the session goes on saying 4096."""
    grown_bodies: int = 0
    """Email/get fills each text up to so many characters, whatever maxBodyValueBytes says."""
    over_quota: bool = False
    """Email/set creates nothing: each create is answered with overQuota."""
    holds: bool = True
    """HOLDFOR is honoured.  Or else a message leaves at once, though the session goes on announcing it."""
    keeps_submissions: bool = False
    """Whether final and canceled submissions can still be seen."""
    submission_error: str = ""
    """The SetError, such as forbiddenToSend or overQuota, of every EmailSubmission create."""
    refused_recipients: frozenset[str] = frozenset()
    """Addresses that the next server refuses."""
    gone_identities: frozenset[str] = frozenset()
    """Addresses of identities that are no more."""
    unsend_refused: bool = False
    """A pending submission is not canceled: cannotUnsend."""
    unfiled_submissions: int = 0
    """After so many submissions the provider crashes before it has filed the message: it stays among the drafts."""
    masked_limited: bool = False
    """MaskedEmail/set creates nothing: each create is answered with rateLimit."""
    faults: list[tuple[Fault, int | None]] = field(default_factory=list)
    """In order of arrival, each with the times left."""

    def add(self, fault: Fault) -> None:
        self.faults.append((fault, fault.times))

    def clear(self) -> None:
        self.faults.clear()

    def take(self, names: Collection[str]) -> Fault | None:
        """The oldest fault of one of these endpoints, counted as used."""
        for index, (fault, left) in enumerate(self.faults):
            if fault.endpoint in names:
                if left == 1:
                    del self.faults[index]
                elif left is not None:
                    self.faults[index] = (fault, left - 1)
                return fault
        return None

    def apply(self, document: object) -> None:
        """Sets what the document names: {"clear": true, "faults": [...], "access_token_seconds": 5, ...}.

        Nothing is set where anything is wrong (SwitchError).
        """
        if not isinstance(document, dict):
            raise SwitchError("the switches are a JSON object")
        settable = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "faults"}
        changed: dict[str, Any] = {}
        for name, value in document.items():
            if name in {"faults", "clear"}:
                continue
            if name not in settable:
                raise SwitchError(f"no switch is called {name!r}; there are {', '.join(settable)}, faults, clear")
            changed[name] = _switched(name, settable[name], value)
        listed = document.get("faults", [])
        if not isinstance(listed, list):
            raise SwitchError("faults is a list")
        faults = [_fault(fault) for fault in listed]
        if document.get("clear", False):
            self.clear()
        for name, value in changed.items():
            setattr(self, name, value)
        for fault in faults:
            self.add(fault)

    def document(self) -> dict[str, Any]:
        switches = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "faults"}
        return {
            **{name: sorted(value) if isinstance(value, frozenset) else value for name, value in switches.items()},
            "faults": [
                {"endpoint": fault.endpoint, "answer": fault.answer, "error": fault.error, "left": left}
                for fault, left in self.faults
            ],
        }


def _switched(name: str, present: object, value: object) -> object:
    if isinstance(present, frozenset):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return frozenset(value)
        raise SwitchError(f"{name} is a list of strings")
    if type(value) is not type(present):
        raise SwitchError(f"{name} is of type {type(present).__name__}, not {type(value).__name__}")
    return value
