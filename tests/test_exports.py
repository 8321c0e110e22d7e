"""Everything that is kept about an owner is in their export and in the operator's, or this file says why not.

Each field of each record gets a value of its own, which is then looked for in both exports.
"""

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from mailconnect.audit import Audit
from mailconnect.endpoints.account.connections import OwnedGrants
from mailconnect.endpoints.account.document import export_document
from mailconnect.grants.account_session import AccountSession
from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.operator.commands import Operator
from mailconnect.provider.fastmail import ScopeFamily, fastmail
from mailconnect.store.audit import AuditPage, Event
from mailconnect.store.memory import MemoryAuditEvents, MemoryGrants, MemoryLedger, MemoryOwned, MemorySwitches
from tests.test_notice import RECORDS

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000
OWNER = "the-owner"
SECRET = "a token's hash, or sealed: nobody can read it, and it would help a thief"
UNDER_WAY = "a refresh of the provider's token under way: marks of the program, for seconds or minutes"
FORM = "how the record is kept, and nothing about the person"
FINGERPRINT = "the fingerprint, by which the export was found; it would name the person to who finds two exports"
THIEF = "a mark against token theft: a thief of the export would learn what is noticed"

LEFT_OUT: dict[type, dict[str, str]] = {
    Grant: {
        "schema_version": FORM,
        "owner": FINGERPRINT,
        "due_at": FORM,
        "props": SECRET,
        "data_key": SECRET,
        "session_facts": SECRET,
        "code_challenge": SECRET,
        "code_hash": SECRET,
        "code_expires_at": SECRET,
        "code_wrap": SECRET,
        "access_hash": SECRET,
        "access_scope": "within `scopes`, for an hour",
        "access_expires_at": SECRET,
        "access_wrap": SECRET,
        "previous_access_hash": SECRET,
        "previous_access_scope": "within `scopes`, for an hour",
        "previous_access_expires_at": SECRET,
        "previous_access_wrap": SECRET,
        "refresh_hash": SECRET,
        "refresh_wrap": SECRET,
        "refresh_scope": "within `scopes`",
        "previous_refresh_hash": SECRET,
        "previous_refresh_until": SECRET,
        "successor": SECRET,
        "older_successors": SECRET,
        "family_key": SECRET,
        "rotated_from": THIEF,
        "crossed": THIEF,
        "crossings": THIEF,
        "crossed_at": THIEF,
        "widening_key": SECRET,
        "widened_scope": "within `scopes`",
        "widening": SECRET,
        "sending_statement": SECRET,
        "lease_id": UNDER_WAY,
        "lease_until": UNDER_WAY,
        "not_before": UNDER_WAY,
        "refreshed_by": UNDER_WAY,
        "refresh_unknown": UNDER_WAY,
        "refused_since": UNDER_WAY,
        "restored_at": "when the operator restored a backup",
    },
    Approval: {
        "id": "a hash of `connection` and `message`",
        "owner": FINGERPRINT,
        "digest": SECRET,
        "seen": SECRET,
        "link_hash": SECRET,
        "seed": SECRET,
        "wrap": SECRET,
    },
    TrustedBrowser: {"id": SECRET, "owner": FINGERPRINT, "proof": SECRET},
    Event: {
        "id": FORM,
        "owner": FINGERPRINT,
        "client_id": "`assistant` names it, and 3,000 events must fit",
    },
    AccountSession: {
        "owner": FINGERPRINT,
        "series": SECRET,
        "by_api_token": "of a session of fifteen minutes",
        "proof": SECRET,
    },
}
"""Of the account's own export."""

NO_PERSONS = {
    "In it, encrypted: the key to your mailbox": "the provider's tokens: nobody but an assistant's token opens them",
    "In it, encrypted: where to ask your provider": "sealed likewise; it came from the provider, who can tell it",
    "A refreshed key that waits to be stored, encrypted": "the provider's tokens",
    "An assistant's registration": "of the assistant: nothing about a person",
    "A short-lived record, and a receipt": "named by hashes, so that nobody's can be found; receipts by their number",
    "In one, encrypted: a sign-in under way": "sealed by a secret in the browser",
    "What the operator has switched off": "of the service",
    "In it, encrypted: what the assistant was shown": "sealed: the link alone opens it",
    "A counter of requests": "a number under a hash that is another one each day",
}

OPERATORS_TOO = {
    Grant: {"widening": SECRET, "props_version": FORM},
    Event: {"id": FORM, "expires_at": "90 days after `at`"},
}
"""Left out of the operator's export besides."""


def _kind(hint: Any) -> type:
    hint = next(one for one in get_args(hint) if one is not type(None)) if isinstance(hint, UnionType) else hint
    return get_origin(hint) or hint


def distinct(record: type) -> Any:
    """With a value of its own in each field."""
    hints = get_type_hints(record)
    values: dict[str, Any] = {}
    for number, name in enumerate(hints):
        kind = _kind(hints[name])
        if kind is bool:
            values[name] = True
        elif issubclass(kind, int):
            values[name] = NOW + 100_000 * (1 + [*LEFT_OUT].index(record)) + number * 1_000
        elif kind is bytes:
            values[name] = f"the-{record.__name__}-{name}".encode()
        elif kind is str:
            values[name] = OWNER if name == "owner" else f"the-{record.__name__}-{name}"
        else:
            values[name] = next(iter(kind))
    if record is Grant:
        values |= {
            "state": GrantState.ACTIVE,
            "id": "a" * 22,
            "scope": "session:read",
            "consented_scope": "emails:read",
        }
    if record is Approval:
        values["grant"] = "a" * 22
    return record(**values)


def forms(value: Any) -> set[str]:
    if isinstance(value, bool):
        return {f'"{value}"', str(value).lower()}
    if isinstance(value, int):
        zulu = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {str(value), str(value - 1), zulu}  # one is shown as a number of refreshes
    return {value.hex(), value.decode()} if isinstance(value, bytes) else {str(value)}


def shows(text: str, value: Any) -> bool:
    return any(form in text for form in forms(value))


@dataclass
class Named:
    async def owner(self, provider: str, username: str) -> str:
        return OWNER


RECORDS_OF_A_PERSON = {record: distinct(record) for record in LEFT_OUT}


async def accounts_export() -> str:
    of = RECORDS_OF_A_PERSON
    document = export_document(
        of[AccountSession],
        OwnedGrants([of[Grant]], 0),
        AuditPage([of[Event]]),
        approvals=[of[Approval]],
        browsers=[of[TrustedBrowser]],
        provider=fastmail(None, next(iter(ScopeFamily))),
        issuer="https://mail.example.com",
        now=NOW,
    )
    return json.dumps(document, ensure_ascii=False)


async def operators_export() -> str:
    of = RECORDS_OF_A_PERSON
    grants, events = MemoryGrants(), MemoryAuditEvents()
    approvals: MemoryOwned[Approval] = MemoryOwned()
    browsers: MemoryOwned[TrustedBrowser] = MemoryOwned()
    await grants.put(of[Grant])
    await events.append(of[Event])
    await approvals.put(of[Approval], NOW)
    await browsers.put(of[TrustedBrowser], NOW)

    async def nobody() -> None: ...

    operator = Operator(
        grants=grants,
        ledger=MemoryLedger(),
        audit=Audit(events, lambda: NOW, bytes),
        owners=Named(),
        switches=MemorySwitches(),
        provider="fastmail",
        wake_sweep=nobody,
        clock=lambda: NOW,
        approvals=approvals,
        browsers=browsers,
    )
    return json.dumps(await operator.obey({"command": "export", "owner": "alice"}), ensure_ascii=False)


def test_each_kind_of_record_is_exported_or_said_to_be_no_persons() -> None:
    assert {*LEFT_OUT} == {record for name, record in RECORDS.items() if name not in NO_PERSONS}
    assert {*NO_PERSONS} <= {*RECORDS}


@pytest.mark.row("AC-18")
@pytest.mark.parametrize("record", [*LEFT_OUT])
async def test_every_stored_field_is_in_the_accounts_export_or_left_out_on_purpose(record: type) -> None:
    text, value = await accounts_export(), RECORDS_OF_A_PERSON[record]
    missing = {name for name in get_type_hints(record) if not shows(text, getattr(value, name))}
    assert missing == {*LEFT_OUT[record]}


@pytest.mark.row("AC-18")
@pytest.mark.parametrize("record", [one for one in LEFT_OUT if one is not AccountSession])
async def test_every_stored_field_is_in_the_operators_export_or_left_out_on_purpose(record: type) -> None:
    text, value = await operators_export(), RECORDS_OF_A_PERSON[record]
    missing = {field.name for field in fields(record) if not shows(text, getattr(value, field.name))}
    assert missing <= {*LEFT_OUT[record], *OPERATORS_TOO.get(record, {})}


@pytest.mark.row("AC-09", "OP-06")
@pytest.mark.parametrize("export", [accounts_export, operators_export])
async def test_no_export_has_what_is_secret_or_finds_the_person(export: Any) -> None:
    text = await export()
    for record, left_out in LEFT_OUT.items():
        for name, why in left_out.items():
            if why in {SECRET, FINGERPRINT, THIEF}:
                assert not shows(text, getattr(RECORDS_OF_A_PERSON[record], name)), name
