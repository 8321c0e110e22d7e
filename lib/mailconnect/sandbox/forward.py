"""The sandbox in front of a real JMAP server: its own tokens outside, the real server's inside.

The real server's bearer tokens are JWTs as Cyrus IMAP takes them: HS256, the header exactly alg and typ, the claims
exactly sub and iat.
"""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urljoin

import httpx
from starlette.responses import JSONResponse, Response

from mailconnect.sandbox.jmap.session import urls
from mailconnect.sandbox.oauth.bearer import Access
from mailconnect.sandbox.settings import Clock, RealServer, Settings

_KEPT = frozenset({"content-type", "www-authenticate", "retry-after", "cache-control", "content-disposition"})


def minted(key: bytes, subject: str, now: int) -> str:
    signed = ".".join(_part(value) for value in ({"alg": "HS256", "typ": "JWT"}, {"sub": subject, "iat": now}))
    return f"{signed}.{_base64url(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _part(value: dict[str, Any]) -> str:
    return _base64url(json.dumps(value).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Forward:
    def __init__(self, settings: Settings, real: RealServer, http: httpx.AsyncClient, clock: Clock) -> None:
        self._settings = settings
        self._real = real
        self._http = http
        self._clock = clock

    async def session(self, held: Access) -> Response:
        """The real session under the sandbox's own username and URLs."""
        response = await self._asked("GET", self._real.session_url, held)
        document = _object(response)
        if document is None:
            return _passed_on(response)
        return JSONResponse({**document, "username": held.owner.username, **urls(self._settings)})

    async def api(self, held: Access, body: bytes) -> Response:
        session = await self._asked("GET", self._real.session_url, held)
        document = _object(session)
        if document is None:
            return _passed_on(session)
        url = urljoin(self._real.session_url, str(document.get("apiUrl", "")))
        return _passed_on(await self._asked("POST", url, held, body))

    async def download(self, held: Access, *, account: str, blob: str, name: str, kind: str) -> Response:
        session = await self._asked("GET", self._real.session_url, held)
        document = _object(session)
        if document is None:
            return _passed_on(session)
        url = str(document.get("downloadUrl", ""))
        for variable, value in (("accountId", account), ("blobId", blob), ("name", name), ("type", kind)):
            url = url.replace(f"{{{variable}}}", quote(value, safe=""))
        return _passed_on(await self._asked("GET", urljoin(self._real.session_url, url), held))

    async def _asked(self, method: str, url: str, held: Access, body: bytes | None = None) -> httpx.Response:
        """The real server's answer; 502 where there is none."""
        token = minted(self._real.key, held.owner.login, self._clock())
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        try:
            return await self._http.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return httpx.Response(502, text=f"the real JMAP server does not answer: {type(error).__name__}")


def _object(response: httpx.Response) -> dict[str, Any] | None:
    if response.status_code != 200:
        return None
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _passed_on(response: httpx.Response) -> Response:
    headers = {name: value for name, value in response.headers.items() if name in _KEPT}
    return Response(response.content, response.status_code, headers)
