"""The consent page: the client, the scopes, the redirect target, and what is kept (MCP security best practices)."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from mailconnect.endpoints.pages.context import PageContext
from mailconnect.grants.sign_in import seal_api_token
from mailconnect.oauth.authorization_request import AuthorizationRequest
from mailconnect.oauth.consent import issue_consent_token
from mailconnect.oauth.redirect_uri import redirect_target
from mailconnect.oauth.scopes import NOTICE_VERSION, SCOPES
from mailconnect.provider.provider import Provider

_DAY = 86_400


def ticked_scopes(form: Mapping[str, str], asked: frozenset[str]) -> frozenset[str]:
    """The scopes that the owner has left ticked. A single scope has no box: the decision itself is about it."""
    return asked if len(asked) == 1 else frozenset(name for name in asked if form.get(f"scope:{name}") == "yes")


@dataclass(frozen=True, slots=True)
class ConsentPage:
    context: PageContext
    provider: Provider

    def render(
        self,
        asked: AuthorizationRequest,
        query: str,
        browser_secret: bytes,
        *,
        ticked: frozenset[str],
        api_token_refused: str | None,
        client_changed: bool,
        sign_in_offered: bool,
        unconfirmed: bool = False,
        surplus: tuple[str, ...] = (),
        api_token: str = "",
    ) -> Response:
        """`ticked` are the scopes that the owner has left ticked so far.

        `client_changed`: the client's metadata has changed since the page that was decided on. `unconfirmed`: the owner
        allowed without ticking the box that names the redirect target; the box is never ticked beforehand. `surplus`:
        the rights of the API token beyond those needed; the page asks whether to use it all the same.
        """
        consent = issue_consent_token(
            browser_secret, query, asked.client.digest(), self.context.clock(), self.context.entropy
        )
        sealed = seal_api_token(api_token, browser_secret, consent.nonce, self.context.entropy) if surplus else ""
        return self.context.pages.render(
            "consent.html",
            400 if client_changed or not ticked or unconfirmed or api_token_refused is not None else 200,
            client=asked.client,
            target=redirect_target(asked.redirect_uri),
            scopes=[SCOPES[name] for name in sorted(asked.scope, reverse=True)],
            ticked=ticked,
            dropped=sorted(asked.dropped),
            provider=self.provider,
            notice_version=NOTICE_VERSION,
            grant_days=self.context.settings.grant_lifetime // _DAY,
            idle_days=self.context.settings.refresh_idle // _DAY,
            request=query,
            consent=consent.text,
            api_token_refused=api_token_refused,
            client_changed=client_changed,
            unconfirmed=unconfirmed,
            sign_in_offered=sign_in_offered,
            surplus=surplus,
            sealed_api_token=sealed,
        )
