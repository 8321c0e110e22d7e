"""`/account/export`: the file that an owner downloads, and the link to it."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailconnect.endpoints.account.export import LINK_LIFETIME, LINKS_SECONDS, MAX_HISTORY, MAX_LINKS
from mailconnect.store.audit import Actor, Event, What
from tests.endpoints.account.test_overview import LESS, connected, leads_to_sign_in, states
from tests.endpoints.reading import Page
from tests.endpoints.visitor import Visitor
from tests.endpoints.wire import Client, Wire, is_local_page

pytestmark = pytest.mark.anyio

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "export.schema.json").read_text("utf-8"))


@pytest.fixture
async def visitor(wire: Wire) -> Visitor:
    visitor = Visitor(wire)
    await visitor.sign_in()
    return visitor


async def link(visitor: Visitor) -> str:
    answer = await visitor.press("/account/export")
    return Page.of(answer.text).one("a", download="mailconnect-export.json")["href"]


async def exported(visitor: Visitor) -> dict[str, Any]:
    answer = await visitor.page(await link(visitor))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
    return document


async def test_an_export_is_a_file_of_the_documented_form(client: Client, visitor: Visitor) -> None:
    await connected(client, scope="mailboxes:read session:read")
    await visitor.change(LESS)
    await client.code()
    answer = await visitor.page(await link(visitor))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="mailconnect-export.json"'
    document = answer.json()
    jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
    assert document["username"] == "alice@sandbox.test"
    assert {one["state"] for one in document["connections"]} == {"authorized", "active"}
    active = next(one for one in document["connections"] if one["state"] == "active")
    assert active["scopes"] == sorted(LESS.split())
    assert active["switched_off_scopes"] == ["mailboxes:read"]
    assert active["assistant"] == {"id": client.id, "name": "App", "redirect_uri": client.redirect_uri}
    assert active["connected_at"] == document["exported_at"]
    assert active["last_used_at"] is None


async def test_an_owner_without_a_connection_gets_an_export_that_says_so(visitor: Visitor) -> None:
    assert (await exported(visitor))["connections"] == []


async def test_an_ended_connection_is_in_the_export_until_it_is_erased(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await visitor.press("/account/disconnect")
    [ended] = (await exported(visitor))["connections"]
    assert (ended["state"], ended["ended_because"]) == ("retired", "owner_disconnected")
    await client.wire.bridge.sweep.run()
    assert (await exported(visitor))["connections"] == []


def test_every_member_stands_in_the_document_and_nothing_else_does() -> None:
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", (DOCS / "export.md").read_text("utf-8"), re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    parts = [SCHEMA, *(SCHEMA["$defs"][name] for name in ("connection", "approval", "browser", "event"))]
    assert named == [name for described in parts for name in described["properties"]]
    assert SCHEMA["properties"]["history"]["maxItems"] == MAX_HISTORY
    assert f"at most {MAX_HISTORY:,} events" in (DOCS / "export.md").read_text("utf-8")
    for described in parts:
        assert {*described["required"]} == {*described["properties"]}
    assert f"`{SCHEMA['properties']['schema']['const']}`" in (DOCS / "export.md").read_text("utf-8")


@pytest.mark.row("AC-09")
async def test_an_export_has_no_token_no_hash_and_nothing_sealed(client: Client, visitor: Visitor) -> None:
    tokens = await connected(client)
    tokens |= (await client.refresh(tokens["refresh_token"])).json()
    await visitor.change(LESS)
    text = json.dumps(await exported(visitor), ensure_ascii=False)
    names = [name for _, name, *_ in client.wire.bridge.database.read("SELECT * FROM pragma_table_info('grants')", ())]
    [row] = client.wire.bridge.database.read(f"SELECT {', '.join(names)} FROM grants", ())
    grant = dict(zip(names, row, strict=True))
    secret = [
        name for name in names if name.endswith(("hash", "wrap", "key", "successor", "challenge", "facts", "props"))
    ]
    assert len(secret) > 8
    for name in (*secret, "owner", "older_successors", "refreshed_by"):
        value = grant[name]
        if value is not None:
            assert (value.hex() if isinstance(value, bytes) else value) not in text, name
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert token not in text
        assert token[26:] not in text
    assert not re.search(r"mc[acr]_|fm[ur]1-|[0-9a-f]{33}", text)


async def test_the_history_is_in_the_export(client: Client, visitor: Visitor) -> None:
    await connected(client)
    await connected(client, "bob")
    await visitor.change(LESS)
    history = (await exported(visitor))["history"]
    assert sorted(event["what"] for event in history) == ["connected", "narrowed", "signed_in"]
    assert {event["assistant"] for event in history} == {None, "App"}
    assert [event["what"] for event in (await exported(visitor))["history"]].count("exported") == 1


@pytest.mark.row("F-42")
async def test_an_export_says_how_much_of_a_newer_version_is_not_in_it(client: Client, visitor: Visitor) -> None:
    await connected(client)
    assert (await exported(visitor))["not_readable"] == {"connections": 0, "history": 0}
    await connected(client)
    await client.wire.bridge.database.write("UPDATE grants SET state = 'paused' WHERE rowid = 1", ())
    document = await exported(visitor)
    assert document["not_readable"] == {"connections": 1, "history": 0}
    assert len(document["connections"]) == 1


async def test_an_export_ends_somewhere_says_so_and_is_within_what_lambda_answers_with(
    client: Client, visitor: Visitor
) -> None:
    """Each event as long as one can be: 80 letters of four bytes, all escaped."""
    now = client.wire.bridge.clock()
    await connected(client)
    row = client.wire.bridge.database.read("SELECT owner, client_id FROM grants", ())
    longest = Event(
        id="",
        owner=row[0][0],
        at=now - 9,
        what=What.WRAP_OPENED,
        actor=Actor.ASSISTANT,
        door="operator",
        source="IPv4",
        grant="a" * 32,
        client_id="x" * 512,
        client_name="\U0001f4ec" * 80,
        reason="provider_not_configured",
        request="r" * 36,
        expires_at=now + 100,
    )
    names = [field.name for field in fields(Event)]
    await client.wire.bridge.database.write(
        f"WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < {MAX_HISTORY})"
        f" INSERT INTO audit ({', '.join(names)})"
        f" SELECT printf('{now - 9:010}-%024x', n){', ?' * (len(names) - 1)} FROM one",
        [getattr(longest, name) for name in names[1:]],
    )
    document = await exported(visitor)
    assert len(document["history"]) == MAX_HISTORY
    assert document["history_goes_on"]
    text = json.dumps(document, indent=2)
    assert len(json.dumps({"body": text})) < 5 * 1024 * 1024, "which leaves one for the connections"
    page = (await visitor.page()).text
    assert len(re.findall("Our key was taken back", page)) == 1
    assert "times so far" in page
    assert f"the export has all of it, up to {MAX_HISTORY:,} entries." in page


@pytest.mark.row("AC-09")
async def test_an_export_has_this_persons_connections_alone(client: Client, visitor: Visitor) -> None:
    other = await client.wire.register(client_name="Bob's own")
    await connected(other, "bob")
    await connected(client)
    document = await exported(visitor)
    assert [one["assistant"]["name"] for one in document["connections"]] == ["App"]
    text = json.dumps(document)
    for identifying in (other.id, "Bob's own", "bob@sandbox.test"):
        assert identifying not in text, "whole: a random identifier may hold the letters of a short word"


@pytest.mark.row("AC-10")
async def test_a_link_serves_once_within_five_minutes_in_its_session(client: Client, visitor: Visitor) -> None:
    await connected(client)
    elsewhere, bob = Visitor(client.wire), Visitor(client.wire)
    await elsewhere.sign_in()
    await bob.sign_in("bob")
    href = await link(visitor)
    assert leads_to_sign_in(await Visitor(client.wire).page(href))
    for other in (elsewhere, bob):
        assert is_local_page(await other.page(href), 404)
    flipped = href[:-1] + ("0" if href[-1] != "0" else "1")
    for strange in (
        flipped,
        href[:-1],
        href.upper().replace("/ACCOUNT/EXPORT/DOWNLOAD?LINK", "/account/export/download?link"),
    ):
        assert is_local_page(await visitor.page(strange), 404)
    assert (await visitor.page(href)).status_code == 200  # nobody else has used it up
    assert is_local_page(await visitor.page(href), 404)

    late = await link(visitor)
    client.wire.bridge.clock.now += LINK_LIFETIME
    assert is_local_page(await visitor.page(late), 404)
    for query in ("", "?link=", "?link=%ff", "?link=a&link=b"):
        assert is_local_page(await visitor.page(f"/account/export/download{query}"), 404)


@pytest.mark.row("AC-10")
async def test_looking_ahead_does_not_use_the_link_up(visitor: Visitor) -> None:
    href = await link(visitor)
    assert (await visitor.window.send("HEAD", href)).status_code == 405
    assert (await visitor.page(href)).status_code == 200


@pytest.mark.row("AC-10")
async def test_a_link_is_not_to_be_read_out_of_the_ledger(visitor: Visitor) -> None:
    href = await link(visitor)
    rows = visitor.wire.bridge.database.read("SELECT key FROM ledger", ())
    assert any(key.startswith("export:") for (key,) in rows)
    assert href.partition("link=")[2] not in str(rows)


@pytest.mark.row("AC-11")
async def test_exports_are_few_and_change_nothing(client: Client, visitor: Visitor) -> None:
    await connected(client)
    before = states(client.wire)
    for _ in range(MAX_LINKS):
        assert (await exported(visitor))["connections"]
    refused = await visitor.press("/account/export")
    assert is_local_page(refused, 429)
    assert refused.headers["retry-after"] == str(LINKS_SECONDS)
    assert states(client.wire) == before
    await visitor.sign_in()  # another session of the same person is no way round
    assert is_local_page(await visitor.press("/account/export"), 429)
    bob = Visitor(client.wire)
    await bob.sign_in("bob")
    assert (await exported(bob))["connections"] == []
    client.wire.bridge.clock.now += LINKS_SECONDS
    await visitor.sign_in()
    assert await exported(visitor)
