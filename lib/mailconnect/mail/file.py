"""The bytes of an attachment."""

from mailconnect.encoding.discreet import Discreet
from mailconnect.mail.message import Attachment


class File(Discreet, frozen=True):
    """`about` is what the message says of it."""

    about: Attachment
    octets: bytes
