"""One grant's way to its mailbox, for the length of one request: JMAP calls with a provider token that is good."""

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from msgspec import structs

from mailconnect.audit import Audit
from mailconnect.clock import Clock, Entropy
from mailconnect.grants.grant import Grant
from mailconnect.grants.props import Props, SessionFacts, keep_session_facts, open_props, open_session_facts
from mailconnect.grants.provider_refresh.refusal import accepted
from mailconnect.grants.sending import Choice, chosen
from mailconnect.grants.update import Update
from mailconnect.jmap.allowance import Allowance, allowance
from mailconnect.jmap.client import JmapClient, is_repeatable
from mailconnect.jmap.download_url import download_url
from mailconnect.jmap.errors import TooManyRequests
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.response import Responses
from mailconnect.jmap.session import Session
from mailconnect.mail.errors import MailboxError, Moved, Unauthorized, UnexpectedAnswer
from mailconnect.outbound.exchange import within
from mailconnect.provider.api_token_refusals import ApiTokenRefusals
from mailconnect.provider.connect import session_facts
from mailconnect.provider.errors import Busy, GrantEnded
from mailconnect.provider.provider import Provider
from mailconnect.provider.refresh import ProviderRefresh
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.grants import Grants

CALL_SECONDS = 20.0
"""How long all that one request asks of the provider may take; less, where its function has less time left."""

_RESERVE = 1.0  # seconds, to respond in

_BUSY_PAUSE = 0.5
"""Seconds before the second try, where the provider has too many requests of this person in hand."""

_DISAGREEMENT = 600
"""Seconds for which a response's state that is not the session's is believed to say nothing, once it was looked up."""

_SEARCH_CURSORS = b"mailconnect search cursors"
_DRAFTS = b"mailconnect names of drafts"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Composed once a process: opens connections."""

    grants: Grants
    audit: Audit
    jmap: JmapClient
    refresh: ProviderRefresh
    provider: Provider
    session_url: Callable[[], Awaitable[str]]
    clock: Clock
    entropy: Entropy
    allowances: dict[tuple[frozenset[str], bool], Allowance] = field(default_factory=dict, init=False, repr=False)
    """By the scopes that grants hold, and whether mail may leave: no more than twice the sets of scopes."""

    @property
    def refusals(self) -> ApiTokenRefusals:
        return ApiTokenRefusals(self.grants, self.audit, self.jmap, self.session_url, self.clock)

    async def store_what_is_in_hand(self) -> None:
        """Of any grant's tokens that this process alone knows."""
        if self.refresh.storing.in_hand:
            await self.refresh.storing.store_what_is_in_hand()

    def open(
        self, grant: Grant, data_key: Callable[[], bytes], scopes: frozenset[str], *, submits: bool = True
    ) -> "Connection":
        """`scopes` are the grant's effective ones: what they do not need never leaves for the provider. Without
        `submits`, no mail leaves by this connection, whatever they are.
        """
        allowed = self.allowances.get((scopes, submits))
        if allowed is None:
            allowed = self.allowances[scopes, submits] = allowance(scopes, submits=submits)
        return Connection(self, grant, data_key, allowed)


class Connection:
    """A MailboxAccess (mailconnect.jmap.access) that sends what its scopes need.

    Sealed values are opened when needed: tools/list needs none, or the session facts where contacts are granted.
    """

    def __init__(self, mailboxes: Mailboxes, grant: Grant, data_key: Callable[[], bytes], allowance: Allowance) -> None:
        self._of = mailboxes
        self._allowance = allowance
        self._grant = grant
        self._open_data_key = data_key
        self._refreshed = False
        self._deadline: float | None = None

    @cached_property
    def _data_key(self) -> bytes:
        return self._open_data_key()

    @cached_property
    def _props(self) -> Props:
        return open_props(self._grant, self._data_key)

    @cached_property
    def _facts(self) -> SessionFacts:
        return open_session_facts(self._grant, self._data_key)

    def search_key(self) -> bytes:
        """The key of the grant's search cursors. Raises GrantError."""
        return hmac.digest(self._data_key, _SEARCH_CURSORS, "sha256")

    def draft_key(self) -> bytes:
        """The key of the Message-IDs of the grant's drafts. Raises GrantError."""
        return hmac.digest(self._data_key, _DRAFTS, "sha256")

    def data_key(self) -> bytes:
        """Raises GrantError."""
        return self._data_key

    def sending(self) -> Choice:
        """How the owner lets it send, verified. Raises GrantError."""
        return chosen(self._grant, self._data_key)

    async def account_id(self) -> str:
        return self._facts.account_id

    async def contacts_account_id(self) -> str | None:
        # There was none, or the facts are older than this field.
        return self._facts.contacts_account_id or (await self.session()).contacts_account_id

    def may_have_contacts(self) -> bool:
        return self._facts.contacts_account_id != ""

    def may_have_masked(self) -> bool:
        return self._facts.has_masked is not False

    async def most_objects(self) -> int:
        return self._facts.most_objects or (await self.session()).most_objects

    async def session(self) -> Session:
        session = await self._session()
        await self._keep(session, self._facts.disagreed_at)
        return session

    async def call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        try:
            responses = await self._call(using, calls)
        except (Moved, TooManyRequests) as error:
            if not is_repeatable(calls) or not await self._may_be_repeated(error):
                raise
            responses = await self._call(using, calls)
        state = responses.session_state
        if state and state != self._facts.state and not self._disagreed_lately():
            await self._session_changed(state)
        return responses

    async def _call(self, using: Sequence[str], calls: Sequence[Invocation]) -> Responses:
        return await self._authorized(
            lambda token, seconds: self._of.jmap.call(
                self._facts.api_url, token, using, calls, allowance=self._allowance, seconds=seconds
            )
        )

    async def _may_be_repeated(self, error: MailboxError) -> bool:
        """After a short pause where too many requests were under way, or where the API is at another address now."""
        if isinstance(error, TooManyRequests):
            await self._of.refresh.sleep(_BUSY_PAUSE)
            return True
        before = self._facts.api_url
        await self._session_changed("")
        return self._facts.api_url != before

    async def download(self, account_id: str, blob_id: str, *, maximum: int) -> bytes:
        self._allowance.check_download()
        template = self._facts.download_url or (await self.session()).download_url
        if not template:
            raise UnexpectedAnswer("the session names no address for downloads")
        try:
            return await self._downloaded(download_url(template, account_id, blob_id), maximum)
        except Moved:
            await self._session_changed("")
            if self._facts.download_url in {"", template}:
                raise
        return await self._downloaded(download_url(self._facts.download_url, account_id, blob_id), maximum)

    async def _downloaded(self, url: str, maximum: int) -> bytes:
        return await self._authorized(
            lambda token, seconds: self._of.jmap.download(
                url, token, allowance=self._allowance, maximum=maximum, seconds=seconds
            )
        )

    def _time_left(self) -> float:
        """Seconds, from the first question on."""
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + min(CALL_SECONDS, self._of.refresh.time_left() - _RESERVE)
        return max(self._deadline - now, 0)

    async def _authorized(self, request: Callable[[str, float], Awaitable[_T]]) -> _T:
        """The response to `request`, given a token and the seconds that are left."""
        self._time_left()
        await self._of.store_what_is_in_hand()
        await self._refresh_when_due(self._of.clock())
        try:
            response = await self._response_of(request)
        except Unauthorized:
            if self._props.refresh_token is None:
                await self._of.refusals.note(self._grant, self._props.access_token)
                raise
            if self._refreshed:
                raise
            # Once: a 401 may be the provider's passing trouble, and only its token endpoint can prove a grant dead.
            await self._refresh()
            return await self._response_of(request)
        if self._grant.refused_since is not None:
            await self._write(accepted(self._grant))
        return response

    async def _response_of(self, request: Callable[[str, float], Awaitable[_T]]) -> _T:
        """The deadline is for this alone: it would cut a refresh off half-way, which has bounds of its own."""
        return await request(self._props.access_token, self._time_left())

    async def _refresh_when_due(self, now: int) -> None:
        if self._refreshed or not self._props.due_for_refresh(now):
            return
        serves = self._props.serves(now)
        try:
            await self._refresh(wait=not serves)
        except GrantEnded:
            raise
        except MailboxError:
            if not serves:
                raise

    async def _refresh(self, *, wait: bool = True) -> None:
        try:
            refreshed = await self._of.refresh.refresh(self._grant, self._data_key, wait=wait)
            if not refreshed.props.serves(self._of.clock()):
                # It waited in the outbox for longer than it lives.
                refreshed = await self._of.refresh.refresh(refreshed.grant, self._data_key, wait=wait)
        except StoreUnavailable:
            raise Busy("the store") from None
        self._grant, self._props = refreshed.grant, refreshed.props
        # Another request's tokens may have waited, and have ended since: the token endpoint was not asked about those.
        self._refreshed = refreshed.own

    async def _session(self) -> Session:
        async with within(self._time_left()):
            session_url = await self._of.session_url()
        return await self._authorized(lambda token, seconds: self._of.jmap.session(session_url, token, seconds=seconds))

    async def _session_changed(self, state: str) -> None:
        """Reads the session again after a response that named this `state`, if any.

        The response in hand is good; only where the next call goes may have changed.
        """
        try:
            session = await self._session()
        except MailboxError:
            return
        disagrees = state not in {"", session.state}
        await self._keep(session, self._of.clock() if disagrees else 0)

    def _disagreed_lately(self) -> bool:
        """Some servers never name the session's own state in a response: that is no reason to ask at every call."""
        return 0 <= self._of.clock() - self._facts.disagreed_at < _DISAGREEMENT

    async def _keep(self, session: Session, disagreed_at: int) -> None:
        """A store in trouble costs the next request another look; this one goes by what it has read."""
        facts = structs.replace(session_facts(session), disagreed_at=disagreed_at)
        if facts != self._facts:
            await self._write(keep_session_facts(facts, self._grant, self._data_key, self._of.entropy))
            self._facts = facts

    async def _write(self, update: Update | None) -> None:
        """A write that may as well happen at the next call."""
        if update is not None:
            with contextlib.suppress(StoreUnavailable):
                await self._of.grants.update(self._grant.id, update)
