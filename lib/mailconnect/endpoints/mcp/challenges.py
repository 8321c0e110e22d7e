"""Responses of `/mcp` that say where a client gets authorization (RFC 6750 §3, RFC 9728 §5.1).

API Gateway renames WWW-Authenticate to x-amzn-remapped-www-authenticate. So where to go is in the body too.
"""

from starlette.responses import Response

from mailconnect import log
from mailconnect.endpoints.http.responses import NO_STORE, json_response
from mailconnect.oauth.metadata import PROTECTED_RESOURCE_PATH
from mailconnect.oauth.scopes import SCOPES, format_scope

_TOLD = ("resource_metadata", "scope")


class Challenges:
    def __init__(self, issuer: str) -> None:
        self._account = f"{issuer}/account"
        self._metadata = f"{issuer}{PROTECTED_RESOURCE_PATH}/mcp"
        self.without_token = self.of(401)
        """Without a token there is no `error` (RFC 6750 §3.1). This is the most frequent response, so it is made once.
        """

    def in_words(self, lacking: frozenset[str]) -> str:
        """For a model whose client does not know how to ask for more, in place of a 403; noted in the log like one."""
        log.record("access_refused", reason="insufficient_scope")
        titles = " or ".join(f'"{SCOPES[name].title}"' for name in sorted(lacking) if name in SCOPES)
        return (
            f"The person has not allowed this assistant: {titles}. Nothing was done, and the connection is in order. "
            f"Tell the person so. They can allow it at {self._account}, or by connecting mailconnect in this app "
            "again. Do not call this tool again before they have."
        )

    def of(self, status: int, **parameters: str) -> Response:
        fields = {"scope": format_scope(frozenset(SCOPES))} | parameters | {"resource_metadata": self._metadata}
        challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
        document = {name: value for name, value in fields.items() if name in _TOLD or name.startswith("error")}
        return json_response({"error": "unauthorized"} | document, status, NO_STORE | {"WWW-Authenticate": challenge})
