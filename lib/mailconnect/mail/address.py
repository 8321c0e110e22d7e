"""An address in a message's header."""

from mailconnect.encoding.discreet import Discreet


class Address(Discreet, frozen=True, gc=False):
    """Either may be empty: headers of real mail lack one or the other."""

    name: str
    email: str
