"""The receipt of one grant: what became of it, without a name or an address (docs/storage.md)."""

import contextlib
import json

from mailconnect import pseudonyms
from mailconnect.grants.grant import Grant
from mailconnect.ledger_keys import LedgerKind, ledger_key
from mailconnect.store.errors import AlreadyExists
from mailconnect.store.ledger import Entry, Ledger

RECEIPT_LIFETIME = 400 * 86_400
"""Seconds."""


async def write_receipt(ledger: Ledger, grant: Grant, outcome: str, now: int) -> None:
    """`outcome` is what became of the provider's tokens. A receipt that is written already stays as it is."""
    number = pseudonyms.grant_hash(grant.id)
    receipt = {
        "grant": number,
        "reason": grant.retired_reason,
        "retired_at": grant.retired_at,
        "erased_at": now,
        "provider": outcome,
    }
    key, value = ledger_key(LedgerKind.RECEIPT, number), json.dumps(receipt).encode()
    with contextlib.suppress(AlreadyExists):
        await ledger.put(Entry(key=key, value=value, expires_at=now + RECEIPT_LIFETIME), now)
