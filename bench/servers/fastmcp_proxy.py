"""FastMCP with its OAuthProxy, as its documentation has it: `python fastmcp_proxy.py PORT STUB_PORT STORE FOLDER`.

Runs in an environment of its own (bench/requirements.txt). STORE: `memory`, or `file`, its durable default. It does not
verify the provider's token at each request: that is the cheapest way to run it.
"""

import os
import sys
import time

PORT, STUB_PORT, STORE, FOLDER = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
os.environ |= {"FASTMCP_HOME": FOLDER, "FASTMCP_LOG_LEVEL": "ERROR", "FASTMCP_CHECK_FOR_UPDATES": "off"}

import httpx2
import uvicorn
from cryptography.fernet import Fernet
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from fastmcp.server.auth.oauth_proxy import OAuthProxy
from fastmcp.server.dependencies import get_access_token
from key_value.aio.stores.memory import MemoryStore
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper

STUB = f"http://127.0.0.1:{STUB_PORT}"
MAIL = "urn:ietf:params:jmap:mail"
KEY = Fernet.generate_key()
http = httpx2.AsyncClient(timeout=10, limits=httpx2.Limits(max_connections=100))


class Trusting(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken:
        return AccessToken(token=token, client_id="stub", scopes=[MAIL], expires_at=int(time.time()) + 3600)


store = None if STORE == "file" else FernetEncryptionWrapper(key_value=MemoryStore(), fernet=Fernet(KEY))
auth = OAuthProxy(
    upstream_authorization_endpoint=f"{STUB}/oauth/authorize",
    upstream_token_endpoint=f"{STUB}/oauth/refresh",
    upstream_client_id="public-client",
    upstream_client_secret=None,
    upstream_revocation_endpoint=f"{STUB}/oauth/revoke",
    token_verifier=Trusting(required_scopes=[MAIL]),
    base_url=f"http://127.0.0.1:{PORT}",
    jwt_signing_key=KEY,
    client_storage=store,
    forward_resource=False,
)
server = FastMCP("jmap-proxy", auth=auth)


@server.tool
async def list_mailboxes() -> list[dict]:
    """List the mailboxes of the mail account."""
    token = get_access_token()
    call = {"using": ["urn:ietf:params:jmap:core", MAIL], "methodCalls": [["Mailbox/get", {"accountId": "u1"}, "c0"]]}
    answer = await http.post(f"{STUB}/jmap/api", headers={"authorization": f"Bearer {token.token}"}, json=call)
    answer.raise_for_status()
    return answer.json()["methodResponses"][0][1]["list"]


application = server.http_app(path="/mcp", stateless_http=True, json_response=True)
uvicorn.run(
    application, host="127.0.0.1", port=PORT, log_level="error", access_log=False, loop="uvloop", http="httptools"
)
