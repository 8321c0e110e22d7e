"""The consent page: who asks, for what, where the answer goes, and what is kept (MCP security best practices)."""

from dataclasses import dataclass

from starlette.responses import Response

from lib.clock import Clock, Entropy
from lib.endpoints.pages import Pages
from lib.oauth.authorization_request import AuthorizationRequest
from lib.oauth.consent import issue_consent_token
from lib.oauth.redirect_uri import redirect_target
from lib.oauth.scopes import NOTICE_VERSION, SCOPES
from lib.upstream.provider import Provider


@dataclass(frozen=True, slots=True)
class ConsentPage:
    pages: Pages
    provider: Provider
    clock: Clock
    entropy: Entropy
    grant_days: int
    idle_days: int

    def render(
        self,
        asked: AuthorizationRequest,
        query: str,
        browser_secret: bytes,
        *,
        api_token_refused: str | None,
        client_changed: bool,
    ) -> Response:
        """`client_changed`: the client says something else of itself than on the page that was decided on."""
        shown = asked.client.digest()
        return self.pages.render(
            "consent.html",
            400 if client_changed or api_token_refused is not None else 200,
            client=asked.client,
            target=redirect_target(asked.redirect_uri),
            scopes=[SCOPES[name] for name in sorted(asked.scope, reverse=True)],
            dropped=sorted(asked.dropped),
            provider=self.provider,
            notice_version=NOTICE_VERSION,
            grant_days=self.grant_days,
            idle_days=self.idle_days,
            request=query,
            consent=issue_consent_token(browser_secret, query, shown, self.clock(), self.entropy).text,
            api_token_refused=api_token_refused,
            client_changed=client_changed,
        )
