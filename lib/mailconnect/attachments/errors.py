"""Why an attachment gives no text.

CannotRead        a sentence for the assistant: the attachment, not this program, is the cause
`-- Bomb          it would grow past a limit
TimeIsUp          the process has used its CPU time. No parser may catch it, so it is no Exception
"""


class CannotRead(Exception):
    """`reason` is a whole sentence in plain words. It never quotes the attachment."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Bomb(CannotRead):
    """Raised for a bound that no honest attachment comes near."""


class TimeIsUp(BaseException):
    """Raised by the child's signal handler at its soft limit of CPU time."""
