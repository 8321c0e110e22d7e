"""The entry point `mcp`: the routes of tool calls."""

from starlette.routing import Route

from mailconnect.attachments.port import AttachmentReader
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.limits import limits
from mailconnect.endpoints.http.errors import ErrorPageOf
from mailconnect.endpoints.mcp.endpoint import Mcp
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.provider.connection import Mailboxes
from mailconnect.provider.renewal import Renewal
from mailconnect.provider.storing import PATIENCE, Storing
from mailconnect.version import VERSION


def storing(adapters: Adapters) -> Storing:
    """One for each process."""
    return Storing(adapters.stores.grants, adapters.stores.outbox, adapters.sleep, PATIENCE)


def mcp_routes(
    adapters: Adapters,
    attachments: AttachmentReader | None = None,
    page_of: ErrorPageOf | None = None,
    of_process: Storing | None = None,
) -> list[Route]:
    """`attachments` reads attachments; by default a child process does. `page_of`: where pages are served, what a
    browser sees at `/mcp`. `of_process`: where the process has another use for its Storing.
    """
    stores = adapters.stores
    renewal = Renewal(
        grants=stores.grants,
        audit=stores.audit,
        storing=of_process or storing(adapters),
        oauth=adapters.oauth,
        clock=stores.clock,
        entropy=stores.entropy,
        sleep=adapters.sleep,
        time_left=adapters.time_left,
    )
    mailboxes = Mailboxes(
        grants=stores.grants,
        audit=stores.audit,
        jmap=adapters.jmap,
        renewal=renewal,
        provider=adapters.oauth.provider,
        session_url=adapters.oauth.session_url,
        clock=stores.clock,
        entropy=stores.entropy,
    )
    mcp = Mcp(
        settings=stores.settings,
        server=mailconnect(VERSION),
        grants=stores.grants,
        mailboxes=mailboxes,
        limits=limits(stores),
        switches=stores.switches,
        clock=stores.clock,
        attachments=attachments or _local_reader(),
        page_of=page_of,
    )
    return mcp.routes()


def _local_reader() -> AttachmentReader:
    from mailconnect.attachments.local import LocalReader  # noqa: PLC0415 -- Lambda has another one

    return LocalReader()
