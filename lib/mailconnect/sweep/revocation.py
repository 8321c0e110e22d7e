"""Revoking a retired grant's provider tokens at the provider, for as long as that is worth trying."""

from dataclasses import dataclass, replace

from mailconnect import log, pseudonyms
from mailconnect.audit import Audit
from mailconnect.clock import Clock
from mailconnect.grants.errors import SealBroken
from mailconnect.grants.grant import Grant
from mailconnect.grants.props import open_props
from mailconnect.grants.retirement import postpone
from mailconnect.keys.port import DataKeyOpener, KeyUnavailable
from mailconnect.mail.errors import MailboxError, NotAnswering, Unreachable
from mailconnect.provider.oauth_client import OAuthClient
from mailconnect.store.audit import Actor, What
from mailconnect.store.grants import Grants
from mailconnect.store.outbox import Outbox

GIVE_UP_AFTER = 7 * 86_400
"""Seconds that a revocation at the provider is tried for; then the grant is erased all the same.

They count from the first attempt that failed to the last one. Time in which nothing was asked does not count.
"""

KEY_LOST_AFTER = 30 * 86_400
"""Seconds after its end from which a grant is erased whose data key cannot be opened. KMS can restore a key that long.
"""

_FIRST_BACKOFF, _MAX_BACKOFF, _MAX_BACKOFF_FOR_KEY = 60, 6 * 3600, 3600


@dataclass(frozen=True, slots=True)
class Revocation:
    grants: Grants
    audit: Audit
    outbox: Outbox
    opener: DataKeyOpener
    oauth: OAuthClient
    clock: Clock

    async def outcome(self, grant: Grant) -> str | None:
        """The outcome for the provider's tokens; None if the attempt failed, and the grant is due again later.

        Raises Unreachable, NotAnswering or KeyUnavailable, after it has postponed the grant: no other grant would get a
        better response now. Raises StoreUnavailable.
        """
        try:
            return await self._revoked(grant)
        except KeyUnavailable as error:
            if self.clock() - (grant.retired_at or 0) < KEY_LOST_AFTER:
                await self._postpone(grant, _backoff_for_key(grant, self.clock()), error)
                raise
            return _given_up(grant, "not_readable")
        except MailboxError as error:
            if _tried_for(grant) < GIVE_UP_AFTER:
                await self._postpone(grant, _backoff(grant), error)
                if isinstance(error, Unreachable | NotAnswering):
                    raise
                return None
            return _given_up(grant, "not_confirmed")

    async def _revoked(self, grant: Grant) -> str:
        """Raises MailboxError or KeyUnavailable while the outcome is open."""
        if grant.provider != self.oauth.provider.id:
            return "provider_not_configured"
        try:
            data_key = await self.opener.open_data_key(grant.data_key, grant.id)
            if not grant.revoke_attempts:  # revocation_postponed tells of later attempts
                await self.audit.of_grant(What.WRAP_OPENED, grant, Actor.SERVICE, grant.retired_reason)
            props = open_props(await self._newest(grant), data_key)
        except SealBroken:
            return "not_readable"
        if props.expires_at is None:
            return "api_token_forgotten"
        told = await self.oauth.revoke(props.refresh_token or props.access_token, client_id=props.client_id)
        return "revoked" if told else "no_revocation_endpoint"

    async def _newest(self, grant: Grant) -> Grant:
        """The grant with the tokens that wait in the outbox, if any do: only the newest can be revoked."""
        waiting = await self.outbox.get(grant.id)
        if waiting is None or waiting.props_version <= grant.props_version:
            return grant
        return replace(grant, props=waiting.props, props_version=waiting.props_version)

    async def _postpone(self, grant: Grant, backoff: int, error: MailboxError | KeyUnavailable) -> None:
        asked = isinstance(error, MailboxError)
        attempts = (grant.revoke_attempts or 0) + asked
        name = pseudonyms.grant_hash(grant.id)
        log.record("revocation_postponed", grant=name, reason=type(error).__name__, attempts=attempts)
        await self.grants.update(grant.id, postpone(grant, self.clock() + backoff, asked=asked))


def _given_up(grant: Grant, outcome: str) -> str:
    log.record("revocation_given_up", grant=pseudonyms.grant_hash(grant.id), reason=outcome)
    return outcome


def _backoff(grant: Grant) -> int:
    """Seconds; the last attempt is when the time is over."""
    return min(_nth_backoff(grant.revoke_attempts or 0), GIVE_UP_AFTER - _tried_for(grant))


def _tried_for(grant: Grant) -> int:
    """Seconds since the first attempt that failed: the sum of the backoffs between the attempts."""
    return sum(map(_nth_backoff, range(grant.revoke_attempts or 0)))


def _nth_backoff(attempt: int) -> int:
    return int(min(_FIRST_BACKOFF * 2 ** min(attempt, 16), _MAX_BACKOFF))


def _backoff_for_key(grant: Grant, now: int) -> int:
    """Seconds, as long as the grant has waited already. It counts as no attempt, as the provider was not asked."""
    return min(max(now - (grant.retired_at or 0), _FIRST_BACKOFF), _MAX_BACKOFF_FOR_KEY)
