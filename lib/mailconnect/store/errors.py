"""A store's one way to fail.

StoreError
├── StoreUnavailable   throttled, locked, unreachable, out of space: try again shortly (503 and Retry-After)
│   └── RecordUnknown  this one record alone, which another version wrote
└── AlreadyExists      an insert found its key taken
"""


class StoreError(Exception):
    """The store did not do what was asked."""


class StoreUnavailable(StoreError):
    """For now, or the response was lost and the outcome is unknown. Nothing may be concluded from it."""


class RecordUnknown(StoreUnavailable):
    """A record in a form that this version does not know: it is let be, and says nothing about the others."""


class AlreadyExists(StoreError):
    """A record with this key is there and has not expired."""
