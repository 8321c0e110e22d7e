"""The limits from the settings. Each entry point counts by itself, and all add up in the store."""

from mailconnect.composition.stores import Stores
from mailconnect.endpoints.limits.address_key import AddressKey
from mailconnect.endpoints.limits.limiter import Limit, Limiter
from mailconnect.endpoints.limits.limits import Limits, UnauthenticatedLimit

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_ASSERTIONS_PER_MINUTE = 600
"""Of one client, which may be that of many people: ten refreshes a second, and 7,000 that are remembered at once."""

_HOSTED = 10
"""How many times as much as one address all clients of one hosted assistant may register beyond their addresses."""


def limits(a: Stores) -> Limits:
    s = a.settings
    return Limits(
        limiter=Limiter(a.counters, a.clock),
        address_key=AddressKey(a.ledger, a.clock, a.entropy),
        registrations=_unauthenticated("registrations", s.registrations_per_hour, s.all_registrations_per_hour, _HOUR),
        hosted=Limit("registrations-hosted", s.registrations_per_hour * _HOSTED, _HOUR),
        fetches=_unauthenticated("fetches", s.fetches_per_minute, s.all_fetches_per_minute, _MINUTE),
        decisions=_unauthenticated("decisions", s.decisions_per_hour, s.all_decisions_per_hour, _HOUR),
        failures=_unauthenticated("failures", s.failures_per_hour, s.all_failures_per_hour, _HOUR),
        # One owner's assistant mostly makes fewer calls a minute than a step: then its calls write nothing.
        calls=(
            Limit("calls-a-minute", s.calls_per_minute, _MINUTE, step=max(1, s.calls_per_minute // 10)),
            Limit("calls-a-day", s.calls_per_day, _DAY, step=max(1, s.calls_per_day // 100)),
        ),
        refreshes=Limit("refreshes", s.refreshes_per_hour, _HOUR, step=max(1, s.refreshes_per_hour // 50)),
        assertions=Limit("assertions", _ASSERTIONS_PER_MINUTE, _MINUTE, step=max(1, _ASSERTIONS_PER_MINUTE // 20)),
        shared=s.shared_networks,
        shared_factor=s.shared_factor,
        proxies_trusted=bool(s.trusted_proxies),
        on=s.limits,
    )


def _unauthenticated(what: str, each: int, together: int, seconds: int) -> UnauthenticatedLimit:
    step = max(1, together // 100)  # one key for everybody: it must not be written at every request
    reserve = together // 2
    return UnauthenticatedLimit(
        Limit(what, each, seconds),
        Limit(f"all-{what}", together - reserve, seconds, step),
        Limit(f"reserve-{what}", reserve, seconds, step),
    )
