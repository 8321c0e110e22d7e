"""The entry point `mcp`: the routes of tool calls."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.routing import Route

from mailconnect.attachments.port import AttachmentReader
from mailconnect.composition.adapters import Adapters
from mailconnect.composition.limits import limits
from mailconnect.composition.mailboxes import mailboxes
from mailconnect.composition.stores import Stores
from mailconnect.endpoints.http.errors import ErrorPageOf
from mailconnect.endpoints.mcp.endpoint import Mcp, SendingFor
from mailconnect.grants.grant import Grant
from mailconnect.grants.sending import Choice
from mailconnect.mail.port import Mail
from mailconnect.mcp.mailconnect import mailconnect
from mailconnect.provider.storing import Storing
from mailconnect.version import VERSION

if TYPE_CHECKING:
    from mailconnect.sending.sending import ConnectionSending


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
    mcp = Mcp(
        settings=stores.settings,
        server=mailconnect(VERSION),
        grants=stores.grants,
        mailboxes=mailboxes(adapters, of_process),
        limits=limits(stores),
        switches=stores.switches,
        clock=stores.clock,
        attachments=attachments or _local_reader(),
        sending=_sending_for(stores),
        page_of=page_of,
    )
    return mcp.routes()


def _sending_for(stores: Stores) -> SendingFor:
    """Imports what sends for the first message that is sent."""

    def sending_for(
        grant: Grant, mail: Mail, choice: Callable[[], Choice], data_key: Callable[[], bytes]
    ) -> "ConnectionSending":
        from mailconnect.approvals.approvals import Approvals  # noqa: PLC0415
        from mailconnect.composition.sending import sending  # noqa: PLC0415

        approvals = Approvals(stores.approvals, stores.settings.issuer, stores.clock, stores.entropy)
        return sending(stores).of(grant, mail, choice, approvals.opened(data_key))

    return sending_for


def _local_reader() -> AttachmentReader:
    from mailconnect.attachments.local import LocalReader  # noqa: PLC0415 -- Lambda has another one

    return LocalReader()
