"""The monthly cost of a deployment on AWS: counted units times list prices (docs/costs.md, which a test compares)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

DAYS = 30
MILLION, GB = 1e6, 1e9

HTTP_API, LAMBDA_REQUEST = 1.00 / MILLION, 0.20 / MILLION
GB_SECOND = 0.0000133334
READ_UNIT, WRITE_UNIT = 0.125 / MILLION, 0.625 / MILLION
STORED_GB, LOGGED_GB, SENT_GB, ARTIFACT_GB = 0.25, 0.50, 0.09, 0.023
KEY, KEY_REQUEST = 1.00, 0.03 / 10_000
ALARMED_METRIC, OWN_METRIC, FREE_METRICS = 0.10, 0.30, 10
SNAPSHOT_GB_SECOND = 0.0000015

CALLS_A_DAY, ATTACHMENTS_A_DAY, SENT_BYTES = 20, 1, 10_000
"""Of one mailbox, where nobody says otherwise; SENT_BYTES by one tool call to the assistant."""

FUNCTION_GB, ATTACHMENTS_GB = 0.5, 0.75
CALL_SECONDS, TOKEN_SECONDS, ATTACHMENT_SECONDS, SWEEP_SECONDS = 0.25, 0.02, 1.5, 1.0
LOG_BYTES = 600
ASKED_BYTES = 1_500
"""Of a tool call, what goes to the provider: that is sent out too."""
GRANT_BYTES = 3_000
ARTIFACT_BYTES, DEPLOYMENTS = 50e6, 24

KEYS, ROTATING_KEYS, SNAPSHOTS = 3, 2, 3
ALARMED_METRICS, OWN_METRICS = 39, 17
SWEEPS = 12 * 24 * DAYS
TABLES = {"mcp": 3, "oauth": 4, "sweep": 5}
"""Tables that each function asks regularly; for each pair DynamoDB asks KMS at most once in five minutes."""


class Units(NamedTuple):
    """Of DynamoDB."""

    reads: float
    writes: float

    @property
    def dollars(self) -> float:
        return self.reads * READ_UNIT + self.writes * WRITE_UNIT


TOOL_CALL, REFRESH, RENEWAL = Units(1, 0), Units(2, 6), Units(0, 12)
COUNTED_CALL = Units(0, 13 / 60)
CONNECTING = Units(2 + 1 + 1 + 2, 1 + 1 + 1 + 1 + 1 + 4 + 1 + 5 + 1 + 2)
"""Registration, consent, code; the last two writes are the limits'."""
ENDING = Units(2 + 8 * 0.5 + 1 + 1 + 1, 6 + 1 + 1 + 1 + 1 + 4 + 1)
SWEEP = Units(8 * 0.5 + 1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """`calls` and `attachments`: each mailbox's in a day. `sent`: bytes that a tool call sends to the assistant."""

    mailboxes: int
    calls: float = CALLS_A_DAY
    attachments: float = ATTACHMENTS_A_DAY
    sent: int = SENT_BYTES
    years: int = 0
    """Since the keys were made: they rotate once a year."""

    @property
    def tool_calls(self) -> float:
        return self.mailboxes * self.calls * DAYS

    @property
    def refreshes(self) -> float:
        """One for each hour of use: eight hours a day, or fewer where there are fewer calls."""
        return self.mailboxes * min(self.calls, 8) * DAYS


class BillLine(NamedTuple):
    what: str
    counted: str
    dollars: float


def for_a_tool_call(sent: int = SENT_BYTES) -> Iterator[BillLine]:
    """Dollars for one, in the order of docs/costs.md."""
    yield BillLine("HTTP API", "1 request", HTTP_API)
    yield BillLine("Lambda requests", "1", LAMBDA_REQUEST)
    yield BillLine("Lambda time", f"{FUNCTION_GB:g} GB for {CALL_SECONDS:g} s", FUNCTION_GB * CALL_SECONDS * GB_SECOND)
    yield BillLine("DynamoDB", "1 read unit", TOOL_CALL.dollars)
    yield BillLine("DynamoDB, limits", "at most 13 counter writes for 60", COUNTED_CALL.dollars)
    yield BillLine("KMS", "none", 0.0)
    yield BillLine("Logs", f"{LOG_BYTES} bytes", LOG_BYTES / GB * LOGGED_GB)
    yield BillLine("transfer out", f"{sent + ASKED_BYTES:,} bytes", (sent + ASKED_BYTES) / GB * SENT_GB)


def for_a_month(usage: Usage) -> Iterator[BillLine]:
    """Without free tiers, but for the alarms, metrics and dashboards that every account has free."""
    calls, refreshes, mailboxes = usage.tool_calls, usage.refreshes, usage.mailboxes
    attachments = mailboxes * usage.attachments * DAYS
    yield BillLine("tool calls", f"{calls:,.0f}", calls * sum(line.dollars for line in for_a_tool_call(usage.sent)))
    yield BillLine("attachments read", f"{attachments:,.0f}", attachments * _attachment())
    yield BillLine(
        "refreshes and renewals", f"{refreshes:,.0f} of both kinds", refreshes * (_refresh() + RENEWAL.dollars)
    )
    yield BillLine("storage", f"{GRANT_BYTES // 1000} KB each", mailboxes * GRANT_BYTES / GB * STORED_GB)
    yield BillLine("connecting, once", f"{mailboxes:,}", mailboxes * _connecting())
    yield BillLine("ending, once", f"{mailboxes:,}", mailboxes * (ENDING.dollars + KEY_REQUEST))
    yield BillLine("keys", f"{KEYS}", KEYS * KEY)
    rotated = ROTATING_KEYS * min(usage.years, 2)
    yield BillLine("older versions of rotated keys", f"{rotated}", rotated * KEY)
    asked = _key_requests(calls, refreshes)
    yield BillLine("DynamoDB's own requests to KMS", f"at most {asked:,.0f}", asked * KEY_REQUEST)
    alarmed, own = ALARMED_METRICS - FREE_METRICS, OWN_METRICS - FREE_METRICS
    yield BillLine("metrics with an alarm", f"{alarmed} beyond the free ten", alarmed * ALARMED_METRIC)
    yield BillLine("metrics made of log lines", f"{own} beyond the free ten", own * OWN_METRIC)
    yield BillLine("dashboard", "one of three free ones", 0.0)
    sweep = SWEEP.dollars + LAMBDA_REQUEST + FUNCTION_GB * SWEEP_SECONDS * GB_SECOND
    yield BillLine("the schedule", f"{SWEEPS:,} runs of sweep", SWEEPS * sweep)
    kept = SNAPSHOTS * FUNCTION_GB * DAYS * 86_400 * SNAPSHOT_GB_SECOND
    yield BillLine("snapshots", f"{SNAPSHOTS} functions of {FUNCTION_GB * 1024:.0f} MB, kept", kept)
    artifacts = DEPLOYMENTS * ARTIFACT_BYTES / GB
    yield BillLine("artifacts' bucket", f"{DEPLOYMENTS} deployments, {artifacts:g} GB", artifacts * ARTIFACT_GB)


def _attachment() -> float:
    """Beside the tool call that asks for it, which waits for it."""
    return LAMBDA_REQUEST + (ATTACHMENTS_GB + FUNCTION_GB) * ATTACHMENT_SECONDS * GB_SECOND


def _refresh() -> float:
    request = HTTP_API + LAMBDA_REQUEST + FUNCTION_GB * TOKEN_SECONDS * GB_SECOND
    return request + REFRESH.dollars + LOG_BYTES / GB * LOGGED_GB


def _connecting() -> float:
    return 5 * (HTTP_API + LAMBDA_REQUEST) + CONNECTING.dollars + 2 * KEY_REQUEST


def _key_requests(calls: float, refreshes: float) -> float:
    asked = {"mcp": calls, "oauth": refreshes, "sweep": SWEEPS}
    return sum(min(times, SWEEPS) * TABLES[function] for function, times in asked.items())
