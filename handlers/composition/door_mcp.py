"""The assistants' door: adapters in, routes out."""

from starlette.routing import Route

from handlers.composition.adapters import Adapters
from handlers.composition.limits import limits
from lib.endpoints.mcp import Mcp
from lib.mcp.mailconnect import mailconnect
from lib.upstream.connection import Mailboxes
from lib.upstream.renewal import Renewal
from lib.upstream.storing import PATIENCE, Storing
from lib.version import VERSION


def mcp_routes(a: Adapters) -> list[Route]:
    renewal = Renewal(
        grants=a.grants,
        trail=a.trail,
        storing=Storing(a.grants, a.outbox, a.sleep, PATIENCE),
        oauth=a.oauth,
        clock=a.clock,
        entropy=a.entropy,
        sleep=a.sleep,
        time_left=a.time_left,
    )
    mailboxes = Mailboxes(
        grants=a.grants,
        trail=a.trail,
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
    )
    return mcp.routes()
