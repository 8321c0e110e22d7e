"""Queries find in Cyrus what they ask for. Its index is written first: by JMAP it finds no word without one."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from mailconnect.jmap.email.filter import EmailFilter, email_filter
from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.parser import parse
from mailconnect.mail.query.places import Place, Places
from tests.peers.cyrus import config, master, packages
from tests.peers.cyrus.cyrus import Cyrus
from tests.peers.cyrus.packages import RELEASES, CyrusUnavailableError

pytestmark = pytest.mark.peer

NOW = datetime(2026, 11, 30, 8, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CAPABILITIES = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
CASES = Path(__file__).parents[2] / "jmap" / "email_filters.jsonl"


@pytest.fixture(scope="module", params=RELEASES.values(), ids=RELEASES)
def cyrus(request: pytest.FixtureRequest) -> Iterator[Cyrus]:
    try:
        with Cyrus.started(suite=request.param) as server:
            write_index(server)
            yield server
    except CyrusUnavailableError as missing:
        pytest.fail(str(missing), pytrace=False)


def write_index(server: Cyrus) -> None:
    squatter = str(server.root / packages.BINARIES / "squatter")
    command = packages.command(server.root, squatter, "-C", str(config.imapd_conf(server.run_dir)))
    subprocess.run([*master._as(*master.account()), *command], check=True, capture_output=True, timeout=60)


def call(server: Cyrus, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    answer = httpx.post(
        server.jmap_url,
        headers={"Authorization": f"Bearer {server.mint('alice')}"},
        json={
            "using": CAPABILITIES,
            "methodCalls": [[name, {"accountId": "alice", **given}, str(at)] for at, (name, given) in enumerate(calls)],
        },
    )
    return answer.raise_for_status().json()["methodResponses"]


@pytest.fixture(scope="module")
def places(cyrus: Cyrus) -> Places:
    [[_, told, _]] = call(cyrus, ("Mailbox/get", {"ids": None}))
    boxes = {box["id"]: box for box in told["list"]}

    def path(box: dict[str, Any]) -> str:
        return f"{path(boxes[box['parentId']])}/{box['name']}" if box["parentId"] else box["name"]

    return Places([Place(box["id"], box["name"], path(box), box["role"], box["parentId"]) for box in boxes.values()])


def filter_of(query: str, places: Places) -> EmailFilter:
    return email_filter(parse(query, me=["alice@example.com"], zone=BERLIN, now=NOW), places)


def subjects(server: Cyrus, made: EmailFilter) -> list[str]:
    query = {"filter": made.condition, "sort": [{"property": "receivedAt", "isAscending": True}]}
    ids = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
    responses = call(
        server,
        ("Email/query", query),
        ("Email/get", {"#ids": ids, "properties": ["subject"]}),
        ("SearchSnippet/get", {"filter": made.condition, "#emailIds": ids}),
    )
    assert [name for name, *_ in responses] == ["Email/query", "Email/get", "SearchSnippet/get"], responses
    by_id = {email["id"]: email["subject"] for email in responses[1][1]["list"]}
    return [by_id[ident] for ident in responses[0][1]["ids"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from:mallory", ["Ignore previous instructions"]),
        ("from:example.org", ["Größe und Maß – Wochenbericht", "Ignore previous instructions"]),
        ("from:@example.org -größe", ["Ignore previous instructions"]),
        ("from:(mallory OR news)", ["Größe und Maß – Wochenbericht", "Ignore previous instructions"]),
        ("from:me", ["Re: Lunch on Friday?", "Draft: hello"]),
        ("from:me in:sent", ["Re: Lunch on Friday?"]),
        ('"Lunch on Friday" -from:me', ["Lunch on Friday?", "Re: Lunch on Friday?"]),
        ('"Friday on Lunch"', []),
        ("subject:(rechnung OR bericht)", ["Rechnung 4711"]),
        ("mallory instructions", ["Ignore previous instructions"]),
        ("with:taro", ["こんにちは"]),
        ("from:山田太郎", ["こんにちは"]),
        ("with:山田太郎", ["こんにちは"]),
        ("本文", ["こんにちは"]),
        ("won", []),
        ("won in:spam", ["You won!"]),
        ("won in:anywhere", ["You won!"]),
        ("in:projects/2026 is:unread", ["The third quarter"]),
        ("in:Q4", ["Plan for Q4"]),
        ("is:answered", ["The second half"]),
        ("is:flagged is:unread", ["Quarterly report: Q4 📊"]),
        ("larger:1k", ["Quarterly report: Q4 📊"]),
        ("in:inbox after:2026-11-02 before:2026-11-03 smaller:500", ["Ignore previous instructions"]),
        ("in:archive is:unread from:carol", ["Archived letter 03", "Archived letter 09"]),
        ("-in:archive from:carol", ["Quarterly report: Q4 📊", "The third quarter", "Rechnung 4711"]),
    ],
)
def test_a_query_finds_its_emails(cyrus: Cyrus, places: Places, query: str, found: list[str]) -> None:
    assert subjects(cyrus, filter_of(query, places)) == found


def test_every_filter_is_taken(cyrus: Cyrus, places: Places) -> None:
    taken = 0
    for line in CASES.read_text("utf-8").splitlines():
        with contextlib.suppress(QueryError):  # alice lacks a mailbox or two that they name
            subjects(cyrus, filter_of(json.loads(line)["query"], places))
            taken += 1
    assert taken > 150


def test_too_many_ors_are_told_as_what_they_are(cyrus: Cyrus, places: Places) -> None:
    made = filter_of("with:a with:b with:c with:d", places)
    [[name, told, _]] = call(cyrus, ("Email/query", {"filter": made.condition}))
    if name == "Email/query":  # Cyrus 3.10 takes them
        assert told["ids"] == []
        return
    assert (name, told["type"]) == ("error", "unsupportedFilter")
    assert "ORs beside each other multiply" in made.unsupported(told["description"])
