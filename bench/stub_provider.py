"""The provider that every measured server has behind it: it consents at once and always answers the same.

Run as a process: `python -m bench.stub_provider PORT`. It rotates its refresh tokens, as Fastmail does.
"""

import base64
import hashlib
import json
import re
import secrets
import sys
from urllib.parse import urlencode

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CORE, MAIL = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"
_RIGHTS = ("ReadItems", "AddItems", "RemoveItems", "SetSeen", "SetKeywords", "CreateChild", "Rename", "Delete")
MAILBOXES = [
    {
        "id": f"m{number}",
        "name": f"Box {number}",
        "parentId": f"m{number // 3}" if number > 2 else None,
        "role": "inbox" if number == 0 else None,
        "sortOrder": number,
        "totalEmails": 100 + number,
        "unreadEmails": number,
        "totalThreads": 90 + number,
        "unreadThreads": number,
        "myRights": {f"may{right}": True for right in _RIGHTS} | {"maySubmit": True},
        "isSubscribed": True,
    }
    for number in range(20)
]
_CALL_ID = re.compile(rb'"methodCalls":\s*\[\[.*?\},\s*"([^"]+)"\]')


class Stub:
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._challenges: dict[str, str] = {}
        self._session = _json(
            {
                "capabilities": {CORE: {"maxCallsInRequest": 50}, MAIL: {}},
                "accounts": {
                    "u1": {
                        "name": "a@example.com",
                        "isPersonal": True,
                        "isReadOnly": False,
                        "accountCapabilities": {MAIL: {}},
                    }
                },
                "primaryAccounts": {MAIL: "u1"},
                "username": "a@example.com",
                "apiUrl": f"{issuer}/jmap/api",
                "downloadUrl": "",
                "uploadUrl": "",
                "eventSourceUrl": "",
                "state": "s",
            }
        )
        answer = {"accountId": "u1", "state": "1", "notFound": [], "list": MAILBOXES}
        whole = _json({"methodResponses": [["Mailbox/get", answer, "CALL"]], "sessionState": "s"})
        self._before, self._after = whole.split(b"CALL")

    async def metadata(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self._issuer,
                "authorization_endpoint": f"{self._issuer}/oauth/authorize",
                "token_endpoint": f"{self._issuer}/oauth/refresh",
                "revocation_endpoint": f"{self._issuer}/oauth/revoke",
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def authorize(self, request: Request) -> Response:
        query = request.query_params
        code = secrets.token_urlsafe(24)
        self._challenges[code] = query["code_challenge"]
        back = {"code": code, "state": query.get("state", ""), "iss": self._issuer}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        async with request.form() as form:
            verifier, code = str(form.get("code_verifier", "")), str(form.get("code", ""))
            redeems = form.get("grant_type") == "authorization_code"
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if redeems and self._challenges.pop(code, None) != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse(
            {
                "access_token": f"at-{secrets.token_urlsafe(32)}",
                "refresh_token": f"rt-{secrets.token_urlsafe(32)}",
                "token_type": "bearer",
                "expires_in": 3600,
            }
        )

    async def revoke(self, _: Request) -> Response:
        return Response()

    async def session(self, request: Request) -> Response:
        return authorized(request, self._session)

    async def api(self, request: Request) -> Response:
        asked = _CALL_ID.search(await request.body())
        call = asked[1] if asked else b"c0"
        return authorized(request, self._before + call + self._after)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", self.metadata),
                Route("/oauth/authorize", self.authorize),
                Route("/oauth/refresh", self.token, methods=["POST"]),
                Route("/oauth/revoke", self.revoke, methods=["POST"]),
                Route("/jmap/session", self.session),
                Route("/jmap/api", self.api, methods=["POST"]),
            ]
        )


def authorized(request: Request, body: bytes) -> Response:
    if not request.headers.get("authorization", "").startswith("Bearer at-"):
        return Response(status_code=401)
    return Response(body, media_type="application/json")


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


if __name__ == "__main__":
    port = int(sys.argv[1])
    stub = Stub(f"http://127.0.0.1:{port}")
    uvicorn.run(stub.application(), host="127.0.0.1", port=port, log_level="error", access_log=False)
