"""Asks a JMAP server over HTTP (RFC 8620 §3.1): the session, and method calls."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailconnect.clock import Clock
from mailconnect.encoding import fast_json
from mailconnect.jmap.allowance import Allowance
from mailconnect.jmap.invocation import Invocation
from mailconnect.jmap.refusal import longest_problem, refusal
from mailconnect.jmap.response import Responses, decode, parse_responses
from mailconnect.jmap.session import Session, parse_session
from mailconnect.mail.errors import Unauthorized
from mailconnect.outbound.allowed_hosts import HostAllowList
from mailconnect.outbound.exchange import ExchangeBounds, exchange, request_of
from mailconnect.outbound.transport import Transport

_READING = frozenset({"get", "query", "changes", "queryChanges", "parse"})
"""The verbs that change nothing (RFC 8620 §5): such a method may be sent twice."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")


@dataclass(frozen=True, slots=True)
class JmapClient:
    """Holds nothing of anybody: one client serves all people, over whichever transport it was composed with."""

    transport: Transport
    allowed_hosts: HostAllowList
    clock: Clock
    bounds: ExchangeBounds = field(default_factory=ExchangeBounds)

    async def session(self, session_url: str, access_token: str, *, seconds: float = math.inf) -> Session:
        """Raises TransportError, NoMailAccount. `seconds`: less than the bounds allow, where there is no more time."""
        body = await self._exchange("GET", session_url, access_token, None, seconds, repeatable=True)
        return parse_session(decode(body), session_url=session_url, allowed_hosts=self.allowed_hosts)

    async def call(
        self,
        api_url: str,
        access_token: str,
        using: Sequence[str],
        calls: Sequence[Invocation],
        *,
        allowance: Allowance,
        seconds: float = math.inf,
    ) -> Responses:
        """Raises TransportError, RequestError, MethodNotAllowed. Method errors are raised by `Responses.to`."""
        allowance.check(using, calls)
        repeatable, body = is_repeatable(calls), request_body(using, calls)
        return parse_responses(
            await self._exchange("POST", api_url, access_token, body, seconds, repeatable=repeatable)
        )

    async def download(
        self,
        url: str,
        access_token: str,
        *,
        allowance: Allowance,
        maximum: int,
        seconds: float = math.inf,
    ) -> bytes:
        """A blob's bytes (RFC 8620 §6.2). Raises TransportError, MethodNotAllowed; ResponseTooLong past `maximum`."""
        allowance.check_download()
        return await self._exchange("GET", url, access_token, None, seconds, repeatable=True, maximum=maximum)

    async def _exchange(
        self,
        method: str,
        url: str,
        access_token: str,
        content: bytes | None,
        seconds: float,
        *,
        repeatable: bool,
        maximum: int | None = None,
    ) -> bytes:
        if _TOKEN.fullmatch(access_token) is None:
            raise Unauthorized("the token is malformed")
        bearer = {"Authorization": f"Bearer {access_token}"}
        url = self.allowed_hosts.check(url)
        request = request_of(method, url, bearer, self.bounds, content=content, content_type="application/json")
        received = await exchange(
            self.transport,
            request,
            min(seconds, self.bounds.total),
            limit=self.bounds.body if maximum is None else maximum,
            limit_of_error=longest_problem,
            repeatable=repeatable,
        )
        if received.status == 200:
            return received.body
        raise refusal(received.status, received.body, wait=received.header("retry-after"), now=self.clock())


def is_repeatable(calls: Sequence[Invocation]) -> bool:
    """Whether the request may be sent twice: all its methods only read."""
    return all(call.name.rpartition("/")[2] in _READING for call in calls)


def request_body(using: Sequence[str], calls: Sequence[Invocation]) -> bytes:
    method_calls = [[call.name, call.arguments, call.call_id] for call in calls]
    return fast_json.encode({"using": [*using], "methodCalls": method_calls})
