"""Which messages are the first from their sender's address: one JMAP request more (RFC 8621 §4.4).

It is asked for messages alone that may surprise their owner: neither sent nor drafted nor answered by them, and from
nobody whom the provider says they trust.
"""

from collections.abc import Sequence
from datetime import UTC
from operator import itemgetter

from mailconnect.jmap import objects
from mailconnect.jmap.access import MailboxAccess
from mailconnect.jmap.capabilities import CORE, MAIL
from mailconnect.jmap.email.filter import utc_date
from mailconnect.jmap.invocation import Invocation
from mailconnect.mail.errors import MailboxError
from mailconnect.mail.mailbox.mailbox import Mailbox
from mailconnect.mail.message import Envelope

MAX_ASKED = 5
"""Senders asked about in one request."""
_KNOWN = frozenset({"$answered", "$draft", "$istrusted"})
_OWN = frozenset({"sent", "drafts"})


async def without_earlier_mail(
    access: MailboxAccess, account_id: str, read: Sequence[Envelope], mailboxes: Sequence[Mailbox]
) -> frozenset[str]:
    """The ids of those before which nothing came from their address. What cannot be learned is left out.

    A server finds the address in the whole header, so that a name which contains it counts as earlier mail too.
    """
    own = {box.id for box in mailboxes if box.role in _OWN}
    asked: dict[str, Invocation] = {}
    senders: set[str] = set()
    dated = [(one.received_at, one) for one in read if one.received_at is not None]
    for received_at, one in sorted(dated, key=itemgetter(0)):
        address = one.sender[0].email.strip().lower() if one.sender else ""
        if not address or address in senders or one.keywords & _KNOWN or own.intersection(one.mailbox_ids):
            continue
        condition = {"from": address, "before": utc_date(received_at.astimezone(UTC))}
        arguments = {"accountId": account_id, "filter": condition, "limit": 1}
        asked[one.id] = Invocation("Email/query", arguments, f"earlier{len(asked)}")
        senders.add(address)
        if len(asked) == MAX_ASKED:
            break
    if not asked:
        return frozenset()
    try:
        responses = await access.call((CORE, MAIL), [*asked.values()])
        return frozenset(
            ident for ident, query in asked.items() if objects.fields_of(responses.to(query)).get("ids") == []
        )
    except MailboxError:
        return frozenset()
