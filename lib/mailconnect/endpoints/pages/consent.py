"""The consent page: the client, the scopes, the redirect target, and what is kept (MCP security best practices)."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response

from mailconnect.endpoints.pages.boxes import Group, boxes
from mailconnect.endpoints.pages.context import PageContext
from mailconnect.endpoints.pages.host_name import ShownHost
from mailconnect.endpoints.pages.ladder import SENDING_WAYS, chosen_rung, offers_choice, preselected, rungs
from mailconnect.grants.sending import SEND
from mailconnect.grants.sign_in import seal_api_token
from mailconnect.oauth.authorization_request import AuthorizationRequest
from mailconnect.oauth.clients.known_assistants import KnownAssistants, Recognition
from mailconnect.oauth.consent import issue_consent_token
from mailconnect.oauth.redirect_uri import redirect_target
from mailconnect.oauth.scopes import NOTICE_VERSION
from mailconnect.provider.provider import Provider

_DAY = 86_400


class Again(StrEnum):
    """Why the question is asked once more."""

    LATE = "late"
    """The page was open for more than ten minutes."""
    NO_COOKIE = "no_cookie"
    """The browser has not kept the cookie that the page came with."""
    CLIENT_CHANGED = "client_changed"
    """The client says something else of itself than on the page that was decided on."""
    NOTHING_CHOSEN = "nothing_chosen"
    UNCONFIRMED = "unconfirmed"
    """The person allowed without a tick at the box that names where the response goes."""
    TOKEN_REFUSED = "token_refused"
    SURPLUS = "surplus"
    """The API token may do more than is needed; nothing was done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAgain:
    """`chosen` are the scopes that the person has chosen so far, None: as on the first page. `sentence` says why an API
    token was refused. `sending` is the way of sending that was chosen. `surplus` is what `api_token` may do beyond
    what is needed.
    """

    why: Again
    chosen: frozenset[str] | None = None
    sentence: str = ""
    surplus: tuple[str, ...] = ()
    api_token: str = ""
    sending: str = ""


@dataclass(frozen=True, slots=True)
class ConsentPage:
    context: PageContext
    provider: Provider
    assistants: KnownAssistants

    def render(
        self,
        asked: AuthorizationRequest,
        query: str,
        browser_secret: bytes,
        *,
        sign_in_offered: bool,
        again: AskedAgain | None = None,
    ) -> Response:
        """The box that names where the response goes is never ticked beforehand (docs/decisions/0022)."""
        clock, entropy = self.context.clock, self.context.entropy
        consent = issue_consent_token(browser_secret, query, asked.client.digest(), clock(), entropy)
        recognized = self.assistants.recognize(asked.client, asked.redirect_uri)
        known = recognized.as_what is Recognition.KNOWN
        target = redirect_target(asked.redirect_uri)
        surplus, api_token = (again.surplus, again.api_token) if again else ((), "")
        sealed = seal_api_token(api_token, browser_secret, consent.nonce, entropy) if surplus else ""
        chosen = again.chosen if again and again.chosen is not None else preselected(asked.scope, known=known)
        return self.context.pages.render(
            "consent.html",
            200 if again is None else 400,
            client=asked.client,
            recognized=recognized,
            target=target,
            goes_to=ShownHost.of(target.host),
            rungs=rungs(asked.scope),
            rung=chosen_rung(asked.scope, chosen),
            look_boxes=boxes(asked.scope, Group.LOOK),
            change_boxes=boxes(asked.scope, Group.CHANGE),
            sending_ways=SENDING_WAYS if SEND in asked.scope else (),
            sending=(again.sending if again and again.sending else SENDING_WAYS[0].value) if SEND in chosen else "",
            chosen=chosen,
            is_choice=offers_choice(asked.scope),
            dropped=bool(asked.dropped),
            provider=self.provider,
            notice_version=NOTICE_VERSION,
            grant_days=self.context.settings.grant_lifetime // _DAY,
            idle_days=self.context.settings.refresh_idle // _DAY,
            request=query,
            consent=consent.text,
            again=again.why if again else None,
            api_token_refused=again.sentence if again else "",
            sign_in_offered=sign_in_offered,
            surplus=surplus,
            sealed_api_token=sealed,
        )
