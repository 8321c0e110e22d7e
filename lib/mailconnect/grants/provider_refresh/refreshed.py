"""The tokens that a provider refresh has brought, sealed, and the updates that put it in the grant's place."""

from dataclasses import dataclass, field

from mailconnect.clock import Entropy
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.props import Props, seal_props
from mailconnect.grants.provider_refresh.lease import LEASE
from mailconnect.grants.update import Equals, Update


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """Whole by itself: any process that finds it can store it. Only a holder of the grant's data key can open it."""

    props: bytes = field(repr=False)
    props_version: int
    refreshed_by: str


def seal_refreshed(grant: Grant, props: Props, attempt_id: str, data_key: bytes, entropy: Entropy) -> Refreshed:
    """The provider's new tokens, to take the place of those that `grant` was read with."""
    version = grant.props_version + 1
    sealed = seal_props(props, grant, data_key, entropy, version=version)
    return Refreshed(props=sealed, props_version=version, refreshed_by=attempt_id)


def store_refreshed(refreshed: Refreshed) -> Update:
    return Update(
        (Equals("state", GrantState.ACTIVE), _follows(refreshed)),
        {
            "props": refreshed.props,
            "props_version": refreshed.props_version,
            "refreshed_by": refreshed.refreshed_by,
        },
        LEASE | {"not_before", "refresh_unknown", "refused_since", "restored_at"},
    )


def hand_over(refreshed: Refreshed) -> Update:
    """To a grant that was retired meanwhile, for `sweep`: the newest tokens are the ones to revoke."""
    return Update(
        (Equals("state", GrantState.RETIRED), _follows(refreshed)),
        {"props": refreshed.props, "props_version": refreshed.props_version},
        LEASE,
    )


def _follows(refreshed: Refreshed) -> Equals:
    return Equals("props_version", refreshed.props_version - 1)
