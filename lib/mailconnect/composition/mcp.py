"""The assistants' door: adapters in, routes out."""

from starlette.routing import Route

from mailconnect.attachments.port import AttachmentReader
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.limits import limits
from mailconnect.endpoints.mcp.endpoint import Mcp
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.renewal import Renewal
from mailconnect.provider.storing import PATIENCE, Storing
from mailconnect.version import VERSION


def mcp_routes(a: Adapters, attachments: AttachmentReader | None = None) -> list[Route]:
    """`attachments` reads them, by default a child process of this one."""
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
        attachments=attachments or _local_reader(),
    )
    return mcp.routes()


def _local_reader() -> AttachmentReader:
    from mailconnect.attachments.local import LocalReader  # noqa: PLC0415 -- Lambda has another one

    return LocalReader()
