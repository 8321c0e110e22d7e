"""The assistants' door: adapters in, routes out."""

from starlette.routing import Route

from mailconnect.composition.adapters import Adapters
from mailconnect.composition.limits import limits
from mailconnect.endpoints.http.errors import ErrorPageOf
from mailconnect.endpoints.mcp.endpoint import Mcp
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.renewal import Renewal
from mailconnect.provider.storing import PATIENCE, Storing
from mailconnect.version import VERSION


def mcp_routes(a: Adapters, page_of: ErrorPageOf | None = None) -> list[Route]:
    """`page_of`: where pages are served, what a browser sees at `/mcp`."""
    renewal = Renewal(
        grants=a.grants,
        audit=a.audit,
        storing=Storing(a.grants, a.outbox, a.sleep, PATIENCE),
        oauth=a.oauth,
        clock=a.clock,
        entropy=a.entropy,
        sleep=a.sleep,
        time_left=a.time_left,
    )
    mailboxes = Mailboxes(
        grants=a.grants,
        audit=a.audit,
        jmap=a.jmap,
        renewal=renewal,
        provider=a.oauth.provider,
        session_url=a.oauth.session_url,
        clock=a.clock,
        entropy=a.entropy,
    )
    mcp = Mcp(
        settings=a.settings,
        server=mailconnect(VERSION),
        grants=a.grants,
        mailboxes=mailboxes,
        limits=limits(a),
        switches=a.switches,
        clock=a.clock,
        page_of=page_of,
    )
    return mcp.routes()
