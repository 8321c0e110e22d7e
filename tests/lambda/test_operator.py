"""The operator's commands: exact, shown before they are done, and without a secret."""

import dataclasses
import json
import os
from typing import Any

import pytest

from mailconnect.audit import Audit
from mailconnect.grants.approval import Approval
from mailconnect.grants.grant import Grant, GrantState
from mailconnect.grants.trusted_browser import TrustedBrowser
from mailconnect.keys.port import KeyUnavailable
from mailconnect.operator import history
from mailconnect.operator.command import MAX_GRANTS
from mailconnect.operator.commands import Operator
from mailconnect.operator.connections import EXPORTED
from mailconnect.pseudonyms import grant_hash
from mailconnect.store.audit import ERASURES, Actor, Event, What
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.ledger import Entry
from mailconnect.store.memory import MemoryAuditEvents, MemoryGrants, MemoryLedger, MemoryOwned, MemorySwitches
from mailconnect.store.switches import Switch

pytestmark = pytest.mark.anyio

NOW = 1_800_000_000
PROVIDER = "https://provider.example"


def grant(name: str, owner: str, **fields: Any) -> Grant:
    return Grant(
        **{
            "id": name.ljust(22, "0"),
            "state": GrantState.ACTIVE,
            "client_id": "client",
            "client_name": "Poke",
            "owner": f"owner of {owner}",
            "provider": PROVIDER,
            "scope": "mailboxes:read",
            "resource": "https://mail.example.com/mcp",
            "notice_version": "1",
            "created_at": NOW - 100,
            "expires_at": NOW + 100,
            "idle_expires_at": NOW + 100,
            "due_at": NOW + 100,
            "props": b"SECRET",
            "props_version": 1,
            "data_key": b"SECRET",
            "session_facts": b"SECRET",
            "access_hash": "SECRET",
            "access_wrap": b"SECRET",
            "refresh_hash": "SECRET",
            "family_key": b"SECRET",
            "code_challenge": "SECRET",
            **fields,
        }
    )


class Owners:
    async def owner(self, provider: str, username: str) -> str:
        assert provider == PROVIDER
        return f"owner of {username}"


class OperatorClient:
    """The operator's, with what is behind it."""

    def __init__(self, *grants: Grant) -> None:
        self.grants = MemoryGrants()
        self.ledger = MemoryLedger()
        self.events = MemoryAuditEvents()
        self.audit = Audit(self.events, lambda: NOW, os.urandom)
        self.there = grants
        self.woken = 0
        self.approvals: MemoryOwned[Approval] = MemoryOwned()
        self.browsers: MemoryOwned[TrustedBrowser] = MemoryOwned()
        self.operator = Operator(
            self.grants,
            self.ledger,
            self.audit,
            Owners(),
            MemorySwitches(),
            PROVIDER,
            self.wake,
            lambda: NOW,
            self.approvals,
            self.browsers,
        )

    async def wake(self) -> None:
        self.woken += 1

    async def obey(self, event: object) -> dict[str, Any]:
        for one in self.there:
            if one.id not in self.grants._grants:
                await self.grants.put(one)
        return await self.operator.obey(event)


def operator_client() -> OperatorClient:
    return OperatorClient(grant("a1", "alice"), grant("a2", "alice", created_at=NOW - 200), grant("b1", "bob"))


def ids(shown: list[dict[str, Any]]) -> list[str]:
    return [one["id"].rstrip("0") for one in shown]


async def test_an_owners_connections_are_listed_the_oldest_first() -> None:
    answer = await operator_client().obey({"command": "list", "owner": "alice"})
    assert ids(answer["grants"]) == ["a2", "a1"]


@pytest.mark.row("OP-06")
@pytest.mark.parametrize("command", ["list", "export", "disconnect"])
async def test_no_answer_has_a_secret(command: str) -> None:
    answer = await operator_client().obey({"command": command, "owner": "alice"})
    assert "SECRET" not in str(answer)
    json.dumps(answer)


async def test_the_export_has_what_is_kept_in_clear() -> None:
    answer = await operator_client().obey({"command": "export", "grants": ["b1".ljust(22, "0")]})
    [exported] = answer["grants"]
    assert exported["client_name"] == "Poke"
    assert exported["notice_version"] == "1"
    assert exported["grant"] == grant_hash("b1".ljust(22, "0")), "as the log calls it"


def test_every_field_of_a_grant_is_exported_or_left_out_on_purpose() -> None:
    left_out = {field.name for field in dataclasses.fields(Grant)} - {*EXPORTED}
    assert left_out == {
        "schema_version",
        "owner",
        "due_at",
        "props",
        "props_version",
        "data_key",
        "session_facts",
        "code_challenge",
        "code_hash",
        "code_expires_at",
        "code_wrap",
        "access_hash",
        "access_scope",
        "access_expires_at",
        "access_wrap",
        "previous_access_hash",
        "previous_access_scope",
        "previous_access_expires_at",
        "previous_access_wrap",
        "refresh_hash",
        "refresh_wrap",
        "previous_refresh_hash",
        "previous_refresh_until",
        "successor",
        "older_successors",
        "family_key",
        "lease_id",
        "lease_until",
        "not_before",
        "refreshed_by",
        "refresh_unknown",
        "refused_since",
        "restored_at",
        "refresh_scope",
        "rotated_from",
        "crossed",
        "crossed_at",
        "crossings",
        "widening_key",
        "widened_scope",
        "widening",
        "sending_statement",
    }


@pytest.mark.row("OP-03")
async def test_disconnecting_shows_first_and_ends_just_what_was_shown() -> None:
    at = operator_client()
    shown = await at.obey({"command": "disconnect", "owner": "alice"})
    assert ids(shown["would_end"]) == ["a2", "a1"]
    assert not at.woken
    done = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert sorted(name.rstrip("0") for name in done["ended"]) == ["a1", "a2"]
    assert at.woken == 1
    living = [one for one in at.there if (await at.grants.get(one.id)).state is not GrantState.RETIRED]  # type: ignore[union-attr]
    assert ids([{"id": one.id} for one in living]) == ["b1"]


@pytest.mark.row("OP-03")
async def test_a_confirmation_is_for_what_was_shown_alone() -> None:
    at = operator_client()
    shown = await at.obey({"command": "disconnect", "owner": "bob"})
    refused = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert "not what was shown" in refused["error"]
    assert not at.woken


@pytest.mark.row("OP-03")
async def test_a_confirmation_is_for_one_person_also_where_nothing_is_left_to_end() -> None:
    at = OperatorClient(grant("a1", "alice", state=GrantState.RETIRED), grant("b1", "bob", state=GrantState.RETIRED))
    shown = await at.obey({"command": "disconnect", "owner": "bob"})
    refused = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert "not what was shown" in refused["error"]
    assert (await at.events.of_owner(ERASURES, NOW)).events == []


@pytest.mark.parametrize("named", [{"owner": "alice"}, {"grants": ["a1".ljust(22, "0")]}])
async def test_to_be_shown_what_would_end_is_to_look_at_it(named: dict[str, Any]) -> None:
    at = operator_client()
    await at.obey({"command": "disconnect"} | named)
    assert [(event.what, event.actor) for event in (await at.events.of_owner("owner of alice", NOW)).events] == [
        (What.LISTED, Actor.OPERATOR)
    ]


async def test_a_connection_made_between_the_look_and_the_end_of_everything_ends_too() -> None:
    at = operator_client()
    shown = await at.obey({"command": "disconnect", "owner": "alice"})

    class Erasing(MemoryAuditEvents):
        """The erasure is requested, and just before it the owner signs in."""

        async def append(self, event: Event) -> None:
            if event.what == What.ERASURE_REQUESTED:
                await at.grants.put(grant("a3", "alice"))
            await super().append(event)

    audit = Audit(Erasing(), lambda: NOW, os.urandom)
    at.operator = dataclasses.replace(at.operator, audit=audit)
    done = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert sorted(name.rstrip("0") for name in done["ended"]) == ["a1", "a2", "a3"]


@pytest.mark.parametrize("command", ["list", "show", "export", "disconnect"])
async def test_an_owner_who_is_null_hides_nobody_from_their_history(command: str) -> None:
    answer = await operator_client().obey({"command": command, "owner": None, "grants": ["a1".ljust(22, "0")]})
    assert set(answer) == {"error"}


@pytest.mark.row("OP-05")
async def test_a_grant_that_is_unknown_or_ended_needs_no_ending() -> None:
    at = OperatorClient(grant("a1", "alice", state=GrantState.RETIRED))
    event = {"command": "disconnect", "grants": ["a1".ljust(22, "0"), "z9".ljust(22, "0")]}
    shown = await at.obey(event)
    assert shown["would_end"] == []
    done = await at.obey(event | {"confirm": shown["confirm"]})
    assert done["ended"] == []
    assert done["receipts"] == [
        {"id": "z9".ljust(22, "0"), "grant": grant_hash("z9".ljust(22, "0")), "provider": "unknown"}
    ]


@pytest.mark.row("OP-05")
async def test_a_grant_that_is_gone_is_answered_with_its_receipt() -> None:
    at = operator_client()
    gone = "g1".ljust(22, "0")
    kept = {"grant": grant_hash(gone), "reason": "expired", "provider": "revoked", "erased_at": NOW}
    entry = Entry(key=f"receipt:{grant_hash(gone)}", value=json.dumps(kept).encode(), expires_at=NOW + 1)
    await at.ledger.put(entry, NOW)
    for command in ("list", "show", "export", "disconnect"):
        assert (await at.obey({"command": command, "grants": [gone]}))["receipts"] == [{"id": gone} | kept]


@pytest.mark.row("LG-06")
async def test_the_operators_acts_are_kept_for_the_person() -> None:
    at = operator_client()
    for command in ("list", "show", "export"):
        await at.obey({"command": command, "owner": "alice"})
    shown = await at.obey({"command": "disconnect", "grants": ["b1".ljust(22, "0")]})
    await at.obey({"command": "disconnect", "grants": ["b1".ljust(22, "0")], "confirm": shown["confirm"]})
    kept = [(event.owner, event.what, event.actor) for event in at.events._events.values()]
    assert sorted(kept) == [
        ("owner of alice", "exported", "operator"),
        ("owner of alice", "listed", "operator"),
        ("owner of alice", "listed", "operator"),
        ("owner of bob", "grant_retired", "operator"),
        ("owner of bob", "listed", "operator"),
    ]


async def test_a_question_about_a_person_leaves_nothing_about_them() -> None:
    at = operator_client()
    for command in ("list", "show", "export"):
        assert (await at.obey({"command": command, "owner": "carol"}))["grants"] == []
    assert at.events._events == {}


async def test_an_export_of_a_history_alone_is_kept_in_it() -> None:
    at = OperatorClient()
    await at.audit.of_grant(What.CONNECTED, grant("a1", "alice"), Actor.OWNER)
    exported = await at.obey({"command": "export", "owner": "alice"})
    assert exported["grants"] == []
    assert sorted((event["what"], event["actor"]) for event in exported["history"]) == [
        ("connected", "owner"),
        ("exported", "operator"),
    ]


async def test_an_export_has_the_history_of_its_grants_alone_and_no_owner() -> None:
    at = operator_client()
    for one in at.there:
        await at.audit.of_grant(What.CONNECTED, one, Actor.OWNER)
    exported = await at.obey({"command": "export", "grants": ["a1".ljust(22, "0")]})
    assert sorted(event["what"] for event in exported["history"]) == ["connected", "exported"]
    assert "owner of" not in json.dumps(exported)


@pytest.mark.row("F-42")
async def test_an_export_says_what_it_could_not_read_and_has_the_rest() -> None:
    newer: Any = "a state of tomorrow"
    at = OperatorClient(grant("a1", "alice"), grant("a2", "alice", state=newer))
    unread = "a2".ljust(22, "0")
    for command in ("list", "show", "export"):
        for whose in ({"owner": "alice"}, {"grants": ["a1".ljust(22, "0"), unread]}):
            answer = await at.obey({"command": command} | whose)
            assert ids(answer["grants"]) == ["a1"]
            assert answer["not_readable"] == [unread]
            assert answer["receipts"] == [], "it is not gone"


@pytest.mark.row("F-42")
async def test_an_owner_whose_grants_cannot_be_read_is_told_too_that_they_were_looked_at() -> None:
    newer: Any = "a state of tomorrow"
    at = OperatorClient(grant("a1", "alice", state=newer))
    await at.obey({"command": "list", "owner": "alice"})
    assert [event.what for event in (await at.events.of_owner("owner of alice", NOW)).events] == [What.LISTED]


@pytest.mark.row("F-42")
async def test_of_a_person_the_readable_are_ended_and_the_others_left_to_the_sweep() -> None:
    newer: Any = "a state of tomorrow"
    at = OperatorClient(grant("a1", "alice"), grant("a2", "alice", state=newer))
    unread = "a2".ljust(22, "0")
    by_id = await at.obey({"command": "disconnect", "grants": ["a1".ljust(22, "0"), unread]})
    assert (ids(by_id["would_end"]), by_id["not_readable"]) == (["a1"], [unread])
    shown = await at.obey({"command": "disconnect", "owner": "alice"})
    assert (ids(shown["would_end"]), shown["not_readable"], shown["receipts"]) == (["a1"], [unread], [])
    done = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert (ids([{"id": one} for one in done["ended"]]), done["not_readable"]) == (["a1"], [unread])
    assert [event.reason for event in (await at.events.of_owner(ERASURES, NOW)).events] == ["owner of alice"]


@pytest.mark.parametrize("whose", [{"owner": "alice"}, {"grants": ["a1".ljust(22, "0"), "b1".ljust(22, "0")]}], ids=str)
async def test_a_long_history_is_exported_answer_by_answer(whose: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "MAX_HISTORY", 10)
    at = operator_client()
    now = NOW
    at.audit = Audit(at.events, lambda: now, os.urandom)
    for number in range(60):
        now = NOW - 60 + number // 3
        await at.audit.of_grant(What.CONNECTED, at.there[number % len(at.there)], Actor.OWNER)
    answer = await at.obey({"command": "export"} | whose)
    whole = answer["history"]
    answers = 1
    while answer["earlier"] is not None:
        answer = await at.obey({"command": "export", "before": answer["earlier"]} | whose)
        assert "grants" not in answer
        whole += answer["history"]
        answers += 1
    assert answers > 3
    connected = [event for event in whole if event["what"] == "connected"]
    named = {grant_hash(one.id) for one in at.there if "owner" not in whose or one.owner == "owner of alice"}
    if "grants" in whose:
        named = {grant_hash(name) for name in whose["grants"]}
    kept = [one for one in at.events._events.values() if one.what == What.CONNECTED and one.grant in named]
    assert sorted((one["at"], one["grant"]) for one in connected) == sorted((one.at, one.grant) for one in kept)
    exported = [event for event in whole if event["what"] == "exported"]
    assert len(exported) == len(named) if "grants" in whose else len(exported) == 1


async def test_only_the_end_of_everything_erases_the_history() -> None:
    at = operator_client()
    for named in ({"grants": ["b1".ljust(22, "0")]}, {"owner": "alice"}):
        shown = await at.obey({"command": "disconnect"} | named)
        await at.obey({"command": "disconnect", "confirm": shown["confirm"]} | named)
    assert [event.reason for event in (await at.events.of_owner(ERASURES, NOW)).events] == ["owner of alice"]


@pytest.mark.row("OP-03")
@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"command": "erase", "owner": "alice"},
        {"command": "list"},
        {"command": "list", "owner": ""},
        {"command": "list", "owner": " "},
        {"command": "list", "owner": ["alice"]},
        {"command": "list", "owner": "a" * 2000},
        {"command": "export", "owner": "alice", "before": ""},
        {"command": "export", "owner": "alice", "before": 1},
        {"command": "export", "owner": "alice", "before": "1800000000"},
        {"command": "list", "grants": []},
        {"command": "list", "grants": "a1".ljust(22, "0")},
        {"command": "list", "grants": ["*"]},
        {"command": "list", "grants": ["a1"]},
        {"command": "list", "grants": [""]},
        {"command": "list", "grants": [7]},
        {"command": "list", "grants": ["a1".ljust(22, "0") + "\n"]},
        {"command": "list", "grants": [str(number).rjust(22, "0") for number in range(MAX_GRANTS + 1)]},
        {"command": "list", "owner": "alice", "grants": ["a1".ljust(22, "0")]},
        {"command": "disconnect", "owner": "alice", "confirm": None},
        {"command": "disconnect", "owner": "alice", "confirm": ""},
        {"command": "switch"},
        {"command": "switch", "name": "read_only"},
        {"command": "switch", "name": "read_only", "on": 1},
        {"command": "switch", "name": "read_only", "on": "true"},
        {"command": "switch", "name": "READ_ONLY", "on": True},
        {"command": "switch", "name": ["read_only"], "on": True},
        {"command": "switch", "name": "*", "on": True},
    ],
)
async def test_a_command_that_is_not_exact_is_refused(event: object) -> None:
    at = operator_client()
    assert list(await at.obey(event)) == ["error"]
    assert not at.woken


@pytest.mark.row("DP-11")
async def test_a_switch_is_turned_and_the_answer_says_which_are_on() -> None:
    at = operator_client()
    off = {"on": False, "since": None}
    assert await at.obey({"command": "switches"}) == {"switches": dict.fromkeys(Switch, off)}
    on = await at.obey({"command": "switch", "name": "no_new_grants", "on": True})
    assert on["switches"]["no_new_grants"] == {"on": True, "since": NOW}
    assert json.loads(json.dumps(on)) == on
    again = await at.obey({"command": "switch", "name": "no_new_grants", "on": False})
    assert again == {"switches": dict.fromkeys(Switch, off)}


@pytest.mark.parametrize("error", [StoreUnavailable("x"), KeyUnavailable("x")])
async def test_a_store_or_key_that_does_not_answer_is_told(error: Exception) -> None:
    class Silent:
        async def owner(self, provider: str, username: str) -> str:
            raise error

    operator = Operator(
        MemoryGrants(),
        MemoryLedger(),
        operator_client().audit,
        Silent(),
        MemorySwitches(),
        PROVIDER,
        operator_client().wake,
        lambda: NOW,
        MemoryOwned(),
        MemoryOwned(),
    )
    assert "does not answer" in (await operator.obey({"command": "list", "owner": "alice"}))["error"]


async def test_an_erasure_that_breaks_off_amid_the_ends_is_asked_for_all_the_same() -> None:
    at = operator_client()
    shown = await at.obey({"command": "disconnect", "owner": "alice"})

    async def away(*_: object) -> bool:
        raise StoreUnavailable

    at.grants.update = away  # type: ignore[method-assign]
    answer = await at.obey({"command": "disconnect", "owner": "alice", "confirm": shown["confirm"]})
    assert "ended" not in answer
    assert await at.audit.erasing("owner of alice", NOW)
