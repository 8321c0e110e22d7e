"""One line a request, with nothing in it that came from outside; and no exception's words reach a log or a response."""

import asyncio
import dataclasses
import importlib
import json
import logging
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, HTTPClientError
from starlette.routing import Route

import mailconnect
from mailconnect.composition.edge import application
from mailconnect.endpoints.http.request_log import TimeOf
from mailconnect.keys.port import KeyUnavailable
from mailconnect.local.log import Bundled
from mailconnect.mail.errors import UnexpectedAnswer
from mailconnect.pseudonyms import grant_hash
from mailconnect.sandbox.assistant.errors import AssistantError
from mailconnect.store.errors import StoreUnavailable
from tests.bridge import Bridge
from tests.endpoints.wire import Window, Wire

pytestmark = pytest.mark.anyio

CANARY = "canary-in-a-mine@example.com"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level(logging.INFO, "mailconnect")
    return lambda: [json.loads(one.message) for one in caplog.records if one.name == "mailconnect.requests"]


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(one.message) for one in caplog.records if one.name == "mailconnect.audit"]


@pytest.mark.row("LG-06")
async def test_a_request_is_one_line_that_says_how_it_went(bridge: Bridge, lines: Lines) -> None:
    await Wire(bridge)("GET", "/privacy")
    [line] = lines()
    assert re.fullmatch(r"20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}\+00:00", line.pop("time"))
    assert re.fullmatch(r"[0-9a-f]{16}", line.pop("request"))
    assert line.pop("ms") >= 0
    assert line == {
        "door": "web",
        "route": "/privacy",
        "method": "GET",
        "status": 200,
        "outcome": "ok",
        "source": "IPv4",
    }


def test_a_lines_time_is_utc_to_the_millisecond() -> None:
    time_of = TimeOf()
    for now in (0.0, 1_800_000_000.0009765625, 1_800_000_000.9990234375, 1_799_999_999.5, 4_102_444_800.25):
        assert time_of(now) == datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")


@pytest.mark.row("LG-06")
async def test_a_whole_connection_is_logged_by_its_entry_points_and_its_hashed_grant(
    bridge: Bridge, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    assistant = await bridge.connected()
    [(grant_id,)] = bridge.database.read("SELECT id FROM grants", ())
    await assistant.call_tool("list_mailboxes")
    await assistant.refresh()
    await assistant.revoke()
    with pytest.raises(AssistantError):
        await assistant.call_tool("list_mailboxes")
    told = {(line["door"], line["route"]): line for line in lines()}
    assert {entry_point for entry_point, _ in told} == {"oauth", "web", "mcp"}
    assert ("web", "/auth/callback") in told
    for route in (("web", "/auth/callback"), ("oauth", "/token"), ("oauth", "/revoke")):
        assert told[route]["grant"] == grant_hash(grant_id), route
    refused = lines()[-1]
    assert (refused["status"], refused["outcome"], refused["reason"]) == (401, "refused", "grant_unknown") or refused[
        "reason"
    ] == "grant_ended"
    # An event and the line of the request that caused it bear the same name, and so does what its owner sees.
    revoked = next(line for line in lines() if line["route"] == "/revoke")
    assert [event["event"] for event in events(caplog) if event.get("request") == revoked["request"]] == [
        "grant_retired"
    ]
    assert bridge.database.read("SELECT what FROM audit WHERE request = ?", (revoked["request"],)) == [
        ("grant_retired",)
    ]


@pytest.mark.row("LG-06")
async def test_each_kind_of_event_is_kept_with_its_actor_and_source(bridge: Bridge) -> None:
    assistant = await bridge.connected()
    assert assistant.tokens is not None
    replayed = assistant.tokens.refresh_token
    await assistant.refresh()
    bridge.clock.now += 301
    client = {"grant_type": "refresh_token", "refresh_token": replayed, "client_id": assistant.client_id}
    await bridge.http.post(f"{bridge.adapters.stores.settings.issuer}/token", data=client)
    await bridge.sweep.run()
    kept = bridge.database.read("SELECT what, actor, door, source, reason FROM audit ORDER BY at, id", ())
    assert [row for row in kept if row[0] == "connected"] == [("connected", "owner", "web", "IPv4", kept[0][4])]
    assert str(kept[0][4]).startswith("notice ")
    assert ("grant_retired", "assistant", "oauth", "IPv4", "refresh_replay") in kept
    assert ("operator_door_opened", "service", "none", "none", "refresh_replay") in kept
    assert ("erased", "service", "none", "none", "revoked") in kept


@pytest.mark.row("LG-06")
async def test_a_consent_that_is_denied_is_kept_though_nobody_is_known(bridge: Bridge) -> None:
    wire = Wire(bridge)
    client = await wire.register(client_name="Poke")
    window = Window(wire)
    await window.decide(await window.ask(client.query()), decision="deny")
    assert bridge.database.read("SELECT owner, what, client_name FROM audit", ()) == [("-", "consent_denied", "Poke")]


@pytest.mark.row("LG-02")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/{CANARY}"),
        ("GET", f"/privacy?{CANARY}"),
        ("GET", f"/privacy/{CANARY}"),
        (CANARY.replace("@", "-").upper(), "/mcp"),
        ("GET", "/%0a%7b%22level%22:%22canary%22%7d"),
    ],
)
async def test_no_path_query_method_or_header_gets_into_a_line(
    bridge: Bridge, lines: Lines, method: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    hostile = {"User-Agent": f"\x1b[31m{CANARY}", "X-Forwarded-For": CANARY, "Cookie": f"a={CANARY}", "Referer": CANARY}
    await Wire(bridge)(method, path, headers=hostile)
    [line] = lines()
    assert line["route"] in ("none", "/privacy", "/mcp")
    assert "canary" not in caplog.text.lower()
    assert "127.0.0.1" not in caplog.text


@pytest.mark.parametrize(
    ("client", "source"),
    [(("203.0.113.9", 1), "IPv4"), (("2001:db8::9", 1), "IPv6"), (None, "none"), (("", 0), "none")],
)
async def test_of_an_address_only_its_family_is_told(
    bridge: Bridge, lines: Lines, client: tuple[str, int] | None, source: str, caplog: pytest.LogCaptureFixture
) -> None:
    transport = httpx.ASGITransport(app=bridge.app, client=client)  # type: ignore[arg-type]
    await transport.handle_async_request(httpx.Request("GET", f"{bridge.adapters.stores.settings.issuer}/"))
    assert lines()[0]["source"] == source
    assert "203.0.113" not in caplog.text
    assert "2001:db8" not in caplog.text


def _client_error() -> Exception:
    return ClientError({"Error": {"Code": CANARY, "Message": CANARY}}, CANARY)


THROWN: list[Exception] = [
    ValueError(CANARY),
    KeyError(CANARY),
    json.JSONDecodeError(CANARY, CANARY, 0),
    UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
    StoreUnavailable(CANARY),
    KeyUnavailable(CANARY),
    _client_error(),
    HTTPClientError(
        request=httpx.Request("POST", "https://x.example", headers={"Authorization": CANARY}), error=CANARY
    ),
    httpx.ConnectError(CANARY, request=httpx.Request("GET", f"https://x.example/?token={CANARY}")),
    UnexpectedAnswer(CANARY),
    ExceptionGroup(CANARY, [ValueError(CANARY)]),
]


@pytest.mark.row("LG-03")
@pytest.mark.parametrize("error", THROWN, ids=lambda error: type(error).__name__)
async def test_an_exceptions_words_are_in_no_response_and_in_no_log(
    bridge: Bridge, error: Exception, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: object) -> None:
        raise error

    app = application([Route("/token", broken, methods=["POST"])], bridge.adapters.stores.settings)
    answer = await Wire(dataclasses.replace(bridge, app=app))("POST", "/token", content=CANARY)
    assert answer.status_code in (500, 503)
    assert lines()[0]["outcome"] == "failed"
    assert "canary" not in answer.text + caplog.text


SECRET = {
    "secret", "text", "nonce", "body", "data_key", "props", "session_facts",
    "username", "sealing_keys", "owner_key", "code_wrap", "access_wrap", "refresh_wrap", "successor", "family_key",
}  # fmt: skip
NO_RECORD_OF_A_PERSON = ("mailconnect.sandbox.", "mailconnect.mail.query.")
"""Mail that is made up, and what an assistant itself has typed to search for, in the words of the search language."""


BARE = (str, bytes, str | None, bytes | None, dict[bytes, bytes])
"""The values that a repr shows; a record of ours in a field is checked by itself."""


def records() -> Iterator[type[Any]]:
    for module in pkgutil.walk_packages(mailconnect.__path__, "mailconnect."):
        if not module.name.endswith(".__main__"):
            for found in vars(importlib.import_module(module.name)).values():
                if dataclasses.is_dataclass(found) and isinstance(found, type):
                    yield found


def fields_of_secrets() -> Iterator[tuple[str, "dataclasses.Field[Any]"]]:
    """Each with its record's name."""
    for record in records():
        if not record.__module__.startswith(NO_RECORD_OF_A_PERSON):
            fields = dataclasses.fields(record)
            yield from ((record.__name__, one) for one in fields if one.name in SECRET and one.type in BARE)


@pytest.mark.row("LG-03")
def test_no_record_shows_a_secret_when_it_is_printed() -> None:
    assert [f"{name}.{one.name}" for name, one in fields_of_secrets() if one.repr] == []


def test_every_name_of_a_secret_is_one_that_a_record_has() -> None:
    assert SECRET - {one.name for _, one in fields_of_secrets()} == set()


def written(handler: Bundled, text: str) -> None:
    handler.handle(logging.makeLogRecord({"msg": text}))


async def in_a_loop(handler: Bundled, folder: Path) -> None:
    for number in range(63):
        written(handler, f"{number:06}")
    assert not (folder / "requests.log").exists()
    written(handler, "last")


@pytest.mark.row("LG-07")
def test_the_logs_of_one_machine_are_bounded_and_written_by_the_bundle(tmp_path: Path) -> None:
    handler = Bundled(tmp_path / "requests.log")
    asyncio.run(in_a_loop(handler, tmp_path))
    assert (tmp_path / "requests.log").read_text().splitlines() == [*(f"{number:06}" for number in range(63)), "last"]
    for _ in range(90):
        written(handler, "\n".join(["x" * 1000] * 64))
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 5
    assert sum(sizes) <= 5 * 1_000_000
    handler.close()


def test_without_an_event_loop_a_line_is_written_at_once(tmp_path: Path) -> None:
    handler = Bundled(tmp_path / "requests.log")
    written(handler, "one")
    assert (tmp_path / "requests.log").read_text() == "one\n"
    handler.close()
