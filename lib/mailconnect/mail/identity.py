"""An address that the owner may send from, and which of them a message came to."""

from collections.abc import Iterable, Sequence

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.address import Address


class Identity(Discreet, frozen=True):
    """`email` may be `*@example.org`: any address of that domain. The signatures are empty where there is none."""

    id: str
    name: str
    email: str
    reply_to: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    text_signature: str = ""
    html_signature: str = ""

    @property
    def is_wildcard(self) -> bool:
        return self.email.startswith("*@")

    def covers(self, email: str) -> bool:
        """Addresses are compared without regard to case. A wildcard covers no address of a subdomain."""
        if self.is_wildcard:
            local, at, domain = email.rpartition("@")
            return bool(local and at) and domain.lower() == self.email[2:].lower()
        return bool(self.email) and email.lower() == self.email.lower()


class Sender(Discreet, frozen=True):
    """The From of a message: an address that the identity covers, never `*@example.org` itself."""

    identity: Identity
    email: str

    @property
    def address(self) -> Address:
        return Address(self.identity.name, self.email)


def sender_for(identities: Sequence[Identity], emails: Iterable[str]) -> Sender | None:
    """By the first of the addresses that an identity covers; an exact identity goes before a wildcard."""
    for email in emails:
        covering = [one for one in identities if one.covers(email)]
        if covering:
            return Sender(min(covering, key=lambda one: one.is_wildcard), email)
    return None


def first_sender(identities: Sequence[Identity]) -> Sender | None:
    """The first identity with an address of its own, which is the provider's default."""
    return next((Sender(one, one.email) for one in identities if not one.is_wildcard), None)


def is_own(identities: Iterable[Identity], email: str) -> bool:
    return any(one.covers(email) for one in identities)
