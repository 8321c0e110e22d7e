"""Several grants at once, past those in a form that this version does not know: they stand in nobody else's way."""

from collections.abc import Iterable
from dataclasses import dataclass

from mailconnect import log, pseudonyms
from mailconnect.grants.grant import Grant
from mailconnect.store.errors import RecordUnknown
from mailconnect.store.grants import Grants


@dataclass(frozen=True, slots=True)
class Known:
    """`unknown` are the ids of those that were passed over."""

    grants: list[Grant]
    unknown: list[str]


async def known(grants: Grants, ids: Iterable[str]) -> Known:
    """Those that are there, in the order of `ids`. Raises StoreUnavailable."""
    found, unknown = [], []
    for grant_id in ids:
        try:
            grant = await grants.get(grant_id)
        except RecordUnknown as error:
            log.record("unavailable", what=type(error).__name__, grant=pseudonyms.grant_hash(grant_id))
            unknown.append(grant_id)
            continue
        if grant is not None:
            found.append(grant)
    return Known(found, unknown)
