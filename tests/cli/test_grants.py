"""`mailconnect grants` as an operator types it, on the store of a bridge that serves meanwhile."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.cli import reply_texts
from mailconnect.cli.machine import machine_operator
from mailconnect.cli.main import main
from mailconnect.pseudonyms import grant_hash
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import AssistantError
from mailconnect.sandbox.person import Person
from tests.bridge import Bridge, running_bridge
from tests.local.process import environment, free_ports, local

pytestmark = [pytest.mark.anyio, pytest.mark.process]

ALICE, BOB = "alice@sandbox.test", "bob@sandbox.test"
API_TOKEN = "fmu1-sandbox-alice-readonly"


@pytest.fixture
async def bridge(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Bridge]:
    """Made by the machine's clock, which the commands go by. A grant of another time might have expired by then."""
    async with running_bridge(tmp_path, start=int(time.time())) as running:
        yield running


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A bridge's MCP URL, and the environment in which it serves."""
    port, sandbox_port = free_ports(2)
    settings: dict[str, object] = {"PORT": port, "SANDBOX_PORT": sandbox_port, "DATA_DIR": tmp_path}
    async with local(**settings) as bridge:
        yield await bridge.ready(), environment(**settings)


async def typed(settings: dict[str, str], *words: str) -> tuple[int | None, str, str]:
    """Exit code, standard output and standard error of a process of its own."""
    command = Path(sys.executable).with_name("mailconnect")
    process = await asyncio.create_subprocess_exec(
        command, "grants", *words, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def answer(settings: dict[str, str], *words: str) -> Any:
    code, out, err = await typed(settings, *words, "--json")
    assert (code, err) == (0, ""), out
    return json.loads(out)


async def test_a_person_is_found_shown_exported_and_deleted_while_the_server_runs(
    served: tuple[str, dict[str, str]], capsys: Any
) -> None:
    """Found and ended by processes as an operator starts them; the rest is asked in this one, which takes a tenth."""
    url, settings = served

    async def here_too(*words: str) -> Any:
        assert await here(settings, *words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        alice, second, bob = Assistant(url, http, name="Poke"), Assistant(url, http), Assistant(url, http)
        await alice.connect(Person("alice", "secret", http))
        await second.connect(Person("alice", "secret", http, api_token=API_TOKEN))
        await bob.connect(Person("bob", "secret", http))

        listed = await answer(settings, "list", "--owner", " Alice@sandbox.test")
        by_name = {grant["client_name"]: grant["id"] for grant in listed["grants"]}
        ids = [by_name.pop("The first run"), by_name.pop("Poke"), *by_name.values()]
        assert len(ids) == len(listed["grants"]) == 3
        [shown] = (await here_too("show", "--grant", ids[1]))["grants"]
        assert (shown["id"], shown["client_name"], shown["state"]) == (ids[1], "Poke", "active")
        exported = await here_too("export", "--owner", ALICE)
        assert [event["what"] for event in exported["history"]].count("connected") == 3  # and the first run's
        assert "3 connections to it" in exported["letter"]

        code, out, _ = await typed(settings, "disconnect", "--owner", ALICE)
        assert code == 0
        assert "3 would be ended and erased" in out
        assert out.endswith("Nothing was done. Add --yes to do it.\n")
        assert not (await alice.call_tool("list_mailboxes"))["isError"]

        done = await answer(settings, "disconnect", "--owner", ALICE, "--yes")
        assert {receipt["id"]: receipt["provider"] for receipt in done["receipts"]} == dict(
            zip(ids, ("revoked", "revoked", "api_token_forgotten"), strict=True)
        )
        assert done["pending"] == []
        assert done["letter"].startswith("Your data has been deleted.")
        for assistant in (alice, second):
            with pytest.raises(AssistantError):
                await assistant.call_tool("list_mailboxes")
        assert not (await bob.call_tool("list_mailboxes"))["isError"]
        counters = (await http.get(f"http://127.0.0.1:{settings['MAILCONNECT_SANDBOX_PORT']}/sandbox/counters")).json()
        assert counters["revocations"] == 2  # the first run's, and this one's

        # Again, and by the ids of what is gone: nothing to do, and the receipts are still there.
        assert (await here_too("list", "--owner", ALICE)) == {
            "grants": [],
            "receipts": [],
            "not_readable": [],
        }
        again = await here_too("disconnect", *(f"--grant={one}" for one in ids), "--yes")
        assert again["receipts"] == sorted(done["receipts"], key=lambda receipt: str(receipt["id"]))
        held = await here_too("export", "--owner", ALICE)
        assert (held["grants"], held["history"]) == ([], [])
        assert held["letter"].startswith("We hold no data about this mailbox")
        for text in (json.dumps(done), json.dumps(again), json.dumps(held)):
            assert "alice" not in text.lower()


@pytest.mark.row("OP-05")
async def test_an_id_that_was_never_there_is_a_success(bridge: Bridge, capsys: Any) -> None:
    settings = of(bridge)
    assert await here(settings, "disconnect", "--grant", "0" * 22, "--yes") == 0
    assert "unknown: never there" in capsys.readouterr().out
    assert await here(settings, "disconnect", "--owner", "nobody@sandbox.test", "--yes") == 0
    out = capsys.readouterr().out
    assert "We found no connection" in out
    assert "has been deleted" not in out


async def test_asked_with_another_providers_settings_it_finds_nobody_and_says_so(bridge: Bridge, capsys: Any) -> None:
    """A person is known by provider and name: "there is nothing" would be a false answer to them."""
    await bridge.connected()
    elsewhere = of(bridge) | {"MAILCONNECT_SANDBOX_PORT": "2"}
    for action in ("list", "export", "disconnect"):
        assert await here(elsewhere, action, "--owner", ALICE) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "give it the settings of the server" in said.err
    assert bridge.database.read("SELECT state FROM grants", ()) == [("active",)]


@pytest.mark.row("F-38")
async def test_without_an_answer_of_the_providers_the_connection_is_dead_and_the_exit_code_1(
    tmp_path: Path,
) -> None:
    port, sandbox_port = free_ports(2)
    where: dict[str, object] = {"PORT": port, "SANDBOX_PORT": sandbox_port, "DATA_DIR": tmp_path}
    async with local(**where) as served, httpx.AsyncClient(trust_env=False, timeout=20) as http:
        await Assistant(await served.ready(), http).connect(Person("bob", "secret", http))
    code, out, _ = await typed(environment(**where), "disconnect", "--owner", BOB, "--yes", "--json")
    done = json.loads(out)
    assert code == 1
    assert (done["receipts"], len(done["pending"])) == ([], 1)
    assert done["letter"].startswith("Your data is being deleted.")
    [listed] = (await answer(environment(**where), "list", "--owner", BOB))["grants"]
    assert listed["state"] == "retired"


async def test_many_are_ended_in_portions(bridge: Bridge, capsys: Any) -> None:
    await bridge.connected(name="one of them")
    [(grant_id,)] = bridge.database.read("SELECT id FROM grants", ())
    others = [word for number in range(250) for word in ("--grant", str(number).zfill(22))]
    assert await here(of(bridge), "list", *others, "--grant", grant_id, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (len(told["grants"]), len(told["receipts"])) == (1, 250)


async def test_everybodys_connections_are_counted_and_then_ended_in_portions(bridge: Bridge, capsys: Any) -> None:
    settings = of(bridge)
    assistants = [bridge.assistant(name=f"App {number}") for number in range(3)]
    for assistant in assistants:
        await assistant.connect(bridge.person(api_token=API_TOKEN))
    [(grant_id,), *_] = bridge.database.read("SELECT id FROM grants", ())
    row = bridge.database.read("SELECT * FROM grants WHERE id = ?", (grant_id,))[0]
    for number in range(120):
        copied = [str(number).zfill(22) if value == grant_id else value for value in row]
        await bridge.database.write(f"INSERT INTO grants VALUES ({', '.join('?' * len(row))})", copied)
    assert await here(settings, "disconnect-everybody") == 0
    told = capsys.readouterr().out
    assert told.startswith("123 would be ended and erased")
    assert "Nothing was done." in told
    assert not (await assistants[0].call_tool("list_mailboxes"))["isError"]
    assert await here(settings, "disconnect-everybody", "--yes") == 0
    assert capsys.readouterr().out == "123 ended; none is left.\n"
    assert bridge.database.read("SELECT id FROM grants", ()) == []
    for assistant in assistants:
        with pytest.raises(AssistantError):
            await assistant.call_tool("list_mailboxes")
    assert await here(settings, "disconnect-everybody", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"ended": 0, "pending": 0, "not_readable": 0}


@pytest.mark.row("F-38")
async def test_of_everybodys_what_the_provider_does_not_confirm_is_dead_and_counted(
    bridge: Bridge, capsys: Any
) -> None:
    await bridge.connected()
    assert await here(of(bridge), "disconnect-everybody", "--yes") == 1  # which reaches no sandbox from here
    assert capsys.readouterr().out.startswith("1 ended, 1 of all wait for the provider.")
    assert bridge.database.read("SELECT state FROM grants", ()) == [("retired",)]


@pytest.mark.row("OP-03")
@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["list", "--owner", ALICE, "--grant", "0" * 22],
        ["disconnect", "--all"],
        ["list", "--owner", ALICE, "--yes"],
        ["erase", "--owner", ALICE],
    ],
)
async def test_a_command_names_its_subject_once(bridge: Bridge, words: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        await here(of(bridge), *words)
    assert refused.value.code == 2


@pytest.mark.row("OP-03")
@pytest.mark.parametrize("words", [["--owner", ""], ["--owner", " "], ["--grant", "*"], ["--grant", "0" * 21]])
async def test_a_subject_that_is_not_exact_is_refused_in_one_sentence(
    bridge: Bridge, words: list[str], capsys: Any
) -> None:
    await bridge.connected()
    assert await here(of(bridge), "disconnect", *words, "--yes") == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert bridge.database.read("SELECT state FROM grants", ()) == [("active",)]


def test_where_no_store_is_none_is_made(tmp_path: Path, capsys: Any) -> None:
    assert main(["grants", "list", "--owner", ALICE], {"MAILCONNECT_DATA_DIR": str(tmp_path / "none")}) == 2
    assert "There is no store in" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


async def test_a_name_from_outside_does_nothing_to_the_terminal(bridge: Bridge, capsys: Any) -> None:
    await bridge.connected(name="Poke")
    await bridge.database.write("UPDATE grants SET client_name = ?", ("\x1b[2J\nforged",))
    assert await here(of(bridge), "show", "--owner", ALICE) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\nforged" not in out


@pytest.mark.parametrize("outcome", reply_texts._PROVIDER)
def test_every_outcome_has_a_sentence_for_the_person(outcome: str) -> None:
    receipt = {"id": "0" * 22, "grant": grant_hash("0" * 22), "provider": outcome, "retired_at": 0, "erased_at": 60}
    letter = reply_texts.deleted([receipt], 0, 0, 120, history_too=True)
    assert "1970-01-01 00:01:00 UTC" in letter
    assert receipt["grant"] in letter
    assert str(receipt["id"]) not in letter


@pytest.fixture
async def newer(bridge: Bridge) -> str:
    """The id of one of alice's two connections, which a newer version wrote."""
    for name in ("Poke", "Claude"):
        await bridge.assistant(name=name).connect(bridge.person(api_token=API_TOKEN))
    [(grant_id,)] = bridge.database.read("SELECT id FROM grants WHERE client_name = 'Poke'", ())
    await bridge.database.write("UPDATE grants SET state = 'paused' WHERE id = ?", (grant_id,))
    return str(grant_id)


@pytest.mark.row("F-42")
async def test_a_grant_that_a_newer_version_wrote_is_told_of(bridge: Bridge, newer: str, capsys: Any) -> None:
    assert await here(of(bridge), "list", "--owner", ALICE) == 0
    assert f"{newer}  cannot be read, as another version of this program wrote it" in capsys.readouterr().out
    assert await here(of(bridge), "export", "--owner", ALICE, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert ([grant["client_name"] for grant in told["grants"]], told["not_readable"]) == (["Claude"], [newer])
    assert "we could not read one connection and 0 entries of history just now" in told["letter"]


@pytest.mark.row("F-42")
async def test_a_grant_that_a_newer_version_wrote_is_ended_once_it_can_be_read_and_the_rest_at_once(
    bridge: Bridge, newer: str, capsys: Any
) -> None:
    assert await here(of(bridge), "disconnect", "--grant", newer, "--yes") == 1
    assert "wrote it: repeat this once that version runs again" in capsys.readouterr().out
    assert await here(of(bridge), "disconnect", "--owner", ALICE) == 0
    out = capsys.readouterr().out
    assert out.startswith("1 would be ended and erased:")
    assert f"1 more cannot be read, as another version of this program wrote it:\n{newer}\n" in out
    assert await here(of(bridge), "disconnect", "--owner", ALICE, "--yes") == 1
    out = capsys.readouterr().out
    assert "wrote it: the sweep ends and erases them once that version runs again" in out
    assert "Your data is being deleted." in out
    assert "One connection cannot be read by the version of our program that runs now" in out
    assert bridge.database.read("SELECT id FROM grants", ()) == [(newer,)]

    await bridge.database.write("UPDATE grants SET state = 'active'", ())
    async with machine_operator(of(bridge)) as operator_client:
        for _ in range(2):
            await operator_client.sweep()
    assert bridge.database.read("SELECT id FROM grants", ()) == []
    assert await here(of(bridge), "disconnect", "--owner", ALICE, "--yes") == 0


@pytest.mark.row("F-42")
async def test_of_everybodys_what_can_be_read_is_ended(bridge: Bridge, newer: str, capsys: Any) -> None:
    assert await here(of(bridge), "disconnect-everybody", "--yes") == 1
    told = capsys.readouterr().out
    assert told.startswith("1 ended.\n1 more cannot be read")
    assert bridge.database.read("SELECT id, state FROM grants", ()) == [(newer, "paused")]


def of(bridge: Bridge) -> dict[str, str]:
    return {"MAILCONNECT_DATA_DIR": str(bridge.database_path.parent)}


async def here(settings: dict[str, str], *words: str) -> int:
    """In this process, beside the bridge's event loop."""
    return await asyncio.to_thread(main, ["grants", *words], settings)
