"""The keys of the ledger's records: a kind, a colon and what tells records of that kind apart.

The rights of the Lambda functions name these kinds (template.yaml), and stored records have them: none is renamed.
"""

from enum import StrEnum


class LedgerKind(StrEnum):
    ADDRESS_KEY = "address-key"  # the random key of one hour, under which addresses are counted
    ASSERTION = "assertion"  # a client assertion that was used
    ENDED = "ended"  # what an owner ended at once, with the numbers of its receipts
    EXPORT = "export"  # a link to one export
    EXPORTED = "exported"  # one of the few exports that an owner may make in an hour
    LIMIT = "limit"  # a counter
    PENDING = "pending"  # a sign-in at the provider, or the fact that it is finished
    RECEIPT = "receipt"  # what became of one grant
    REFRESHED = "refreshed"  # the outbox: provider tokens that could not be stored in their grant
    SEND = "send"  # an attempt to send one message, and what became of it
    SESSION = "session"  # a browser's session on the account page
    SESSIONS = "sessions"  # the series that all living sessions of one owner belong to


def ledger_key(kind: LedgerKind, *parts: str | int) -> str:
    return ":".join((kind, *map(str, parts)))
