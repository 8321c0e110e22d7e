"""One attempt to refresh a provider's token: what preceded it, the time it has, and what its failure means."""

from dataclasses import dataclass, field

from mailconnect.grants.grant import Grant
from mailconnect.grants.props import Props, open_props
from mailconnect.grants.provider_refresh.lease import LEASE_SECONDS, LONGEST_PAUSE
from mailconnect.mail.errors import MailboxError, NotAnswering, Throttled, UnexpectedAnswer, UpstreamFault
from mailconnect.provider.errors import RefreshRefused, TemporarilyRefused

NEEDED_SECONDS = 10.0
"""A refresh is not begun with less time left: cut off half-way it could lose the token."""

AMBIGUOUS = (NotAnswering, UnexpectedAnswer, UpstreamFault)
"""The provider may have acted all the same, and its new tokens are lost (F-04)."""

_DEFAULT_PAUSE = 30  # seconds, after 429

_LONG_SECONDS = 3
"""A call whose token is valid waits no longer than this for each try to refresh it: then there is a backoff too."""


@dataclass(frozen=True, slots=True)
class RefreshAttempt:
    """`grant` is as it was before the lease was taken."""

    grant: Grant
    data_key: bytes = field(repr=False)
    id: str
    leased_at: int
    last_resort: bool

    @property
    def props(self) -> Props:
        return open_props(self.grant, self.data_key)

    @property
    def follows_another(self) -> bool:
        """The holder before this one never gave the lease back: it could not store what it got, or was killed."""
        return self.grant.lease_id is not None

    @property
    def follows_a_lost_answer(self) -> bool:
        return self.follows_another or self.grant.refresh_unknown is not None

    def in_time(self, now: int, time_left: float) -> bool:
        """Whether a refresh that begins now ends before the lease does, and before this process is cut off.

        `time_left` is the process's, in seconds.
        """
        if time_left < NEEDED_SECONDS:
            return False
        return now < self.leased_at + LEASE_SECONDS - NEEDED_SECONDS  # a second may be all but over

    def not_before(self, error: MailboxError, now: int) -> int | None:
        """When the refresh may be tried again after `error`, or None: the next request that needs the token tries.

        A 503 may name its time too.
        """
        pause: float = error.retry_after or 0
        if not pause and isinstance(error, Throttled | TemporarilyRefused | RefreshRefused):
            pause = _DEFAULT_PAUSE
        if not pause and not self.last_resort and now - self.leased_at >= _LONG_SECONDS:
            pause = min(_DEFAULT_PAUSE, self.props.serves_for(now))
        return now + int(min(pause, LONGEST_PAUSE)) if pause > 0 else None


def pause_left(grant: Grant, now: int) -> int:
    """Seconds until the grant's provider token may be refreshed again, by an earlier attempt's failure."""
    pause = 0 if grant.not_before is None else grant.not_before - now
    return pause if 0 < pause <= LONGEST_PAUSE else 0
