"""Asks a JMAP server over HTTP (RFC 8620 §3.1): the session, and method calls."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import anyio
import httpx

from lib.clock import Clock
from lib.jmap.body import ACCEPT_ENCODING, read
from lib.jmap.delivery import nothing_was_sent
from lib.jmap.document import decode
from lib.jmap.errors import MailboxError, NotAnswering, Unauthorized, Unreachable
from lib.jmap.hosts import HostAllowList
from lib.jmap.refusal import LONGEST_PROBLEM, is_worth_reading, refusal
from lib.jmap.request import Invocation, Responses, parse_responses, request_body
from lib.jmap.session import Session, parse_session

_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds to connect, seconds for everything, and decoded bytes of a response."""

    connect: float = 2.0
    total: float = 8.0
    body: int = 5_000_000


@dataclass(frozen=True, slots=True)
class JmapClient:
    """Holds nothing of anybody: one client serves all people, over whichever transport `http` was composed with."""

    http: httpx.AsyncClient
    allowed_hosts: HostAllowList
    clock: Clock
    bounds: Bounds = Bounds()

    async def session(self, session_url: str, access_token: str) -> Session:
        """Raises TransportError, NoMailAccount."""
        body = await self._exchange("GET", session_url, access_token, None)
        return parse_session(decode(body), session_url=session_url, allowed_hosts=self.allowed_hosts)

    async def call(
        self, api_url: str, access_token: str, using: Sequence[str], calls: Sequence[Invocation]
    ) -> Responses:
        """Raises TransportError, RequestError, MethodNotAllowed. Method errors are raised by `Responses.to`."""
        return parse_responses(decode(await self._exchange("POST", api_url, access_token, request_body(using, calls))))

    async def _exchange(self, method: str, url: str, access_token: str, content: bytes | None) -> bytes:
        # Errors are raised `from None`: what the transport says of a failure may quote the request and its headers.
        try:
            with anyio.fail_after(self.bounds.total):
                try:
                    return await self._send(method, url, access_token, content)
                except Unreachable:
                    return await self._send(method, url, access_token, content)
        except TimeoutError:
            raise NotAnswering("no whole answer in time") from None

    async def _send(self, method: str, url: str, access_token: str, content: bytes | None) -> bytes:
        request = self._request(method, url, access_token, content)
        try:
            response = await self.http.send(request, stream=True, auth=None, follow_redirects=False)
            try:
                return await self._read(response)
            finally:
                await response.aclose()
        except MailboxError:
            raise
        except Exception as error:  # noqa: BLE001 - aiohttp's own errors pass through httpx-aiohttp where it knows no other
            if nothing_was_sent(error):
                raise Unreachable(type(error).__name__) from None
            raise NotAnswering(type(error).__name__) from None

    def _request(self, method: str, url: str, access_token: str, content: bytes | None) -> httpx.Request:
        """Not built by the shared client, which would add the cookies that the last person's answer left in it."""
        if _TOKEN.fullmatch(access_token) is None:
            raise Unauthorized("the token is malformed")
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Authorization": f"Bearer {access_token}",
            "User-Agent": "mailconnect",
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        timeout = httpx.Timeout(self.bounds.total, connect=self.bounds.connect, pool=self.bounds.connect)
        return httpx.Request(
            method,
            self.allowed_hosts.check(url),
            headers=headers,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )

    async def _read(self, response: httpx.Response) -> bytes:
        status = response.status_code
        if status == 200:
            return await read(response, limit=self.bounds.body)
        body = await read(response, limit=LONGEST_PROBLEM) if is_worth_reading(status) else b""
        raise refusal(status, body, wait=response.headers.get("retry-after"), now=self.clock())
