"""The owner's policy: which messages leave at once, and which wait for the owner (mailconnect.grants.sending)."""

from collections.abc import Mapping, Sequence

from mailconnect.grants.sending import SendingPolicy
from mailconnect.mail.acquaintance import Acquaintance
from mailconnect.sending.outcome import By


def untrusted(addresses: Sequence[str], acquaintances: Mapping[str, Acquaintance]) -> list[str]:
    """Those that the owner neither wrote to nor has in the contacts. That they wrote to the owner does not count:
    anybody can bring that about."""
    found = (acquaintances.get(one.lower()) for one in addresses)
    return [one for one, about in zip(addresses, found, strict=True) if about is None or not about.is_trusted]


def at_once(policy: SendingPolicy, new_recipients: Sequence[str]) -> By | None:
    """The policy by which the message leaves now; None if it waits. `new_recipients`: the untrusted addresses."""
    match policy:
        case SendingPolicy.FREE:
            return By.FREE
        case SendingPolicy.KNOWN if not new_recipients:
            return By.KNOWN
        case _:
            return None
