"""Whether the owner knows an address: asked of the provider at the moment, stored nowhere."""

from mailconnect.encoding.discreet import Discreet


class Acquaintance(Discreet, frozen=True):
    """Why an address is known; nothing of it is true of a new one.

    `you_wrote`: a message that the owner sent went to it. `they_wrote`: a message came from it; anybody can bring that
    about by writing. `in_contacts`: it is in the address book. `is_own`: an identity of the owner's covers it.
    `similar` is a known address that this one could be taken for: of the same name, or spelt alike; else empty.
    """

    you_wrote: bool = False
    they_wrote: bool = False
    in_contacts: bool = False
    is_own: bool = False
    similar: str = ""

    @property
    def is_new(self) -> bool:
        return not (self.you_wrote or self.they_wrote or self.in_contacts or self.is_own)

    @property
    def is_trusted(self) -> bool:
        """Known by something that the owner did, and that no sender can bring about."""
        return self.you_wrote or self.in_contacts or self.is_own
