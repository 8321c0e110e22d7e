"""The five journeys, through the built functions as template.yaml deploys them, before DynamoDB, KMS and the sweep."""

import json
from typing import Any

import anyio
import httpx
import pytest

from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import Denied, ErrorStatus
from tests.infra.running import Running
from tests.peers.client_contract import EVERY_TOOL

pytestmark = [pytest.mark.aws, pytest.mark.anyio]


async def connected(deployed: Running, http: httpx.AsyncClient, username: str = "alice", **options: Any) -> Assistant:
    assistant = deployed.assistant(http)
    await assistant.connect(deployed.person(http, username, **options))
    return assistant


async def until_swept(deployed: Running) -> None:
    """The sweep was called asynchronously, by the function that ended a grant."""
    with anyio.fail_after(60):
        while any(item["state"]["S"] == "retired" for item in deployed.grants()):  # noqa: ASYNC110 - nobody tells
            await anyio.sleep(0.1)


def receipts(deployed: Running) -> list[dict[str, Any]]:
    entries = [item for item in deployed.table("Ledger") if item["key"]["S"].startswith("receipt:")]
    return [json.loads(item["value"]["B"]) for item in entries]


async def test_register_an_assistant_finds_us_and_registers(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = deployed.assistant(http)
        discovery = await assistant.discover()
        assert discovery.endpoint("token_endpoint") == f"{deployed.issuer}/token"
        client_id = await assistant.register()
    assert client_id in {item["id"]["S"] for item in deployed.table("Clients")}


async def test_authorize_a_person_consents_signs_in_and_the_code_comes_back(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant, person = deployed.assistant(http), deployed.person(http)
        await assistant.discover()
        await assistant.register()
        redirected = await person.authorize(assistant.authorization_url(), assistant.redirect_uri)
    assert "code=mcc_" in redirected
    [grant] = [item for item in deployed.grants() if item["client_id"]["S"] == assistant.client_id]
    assert grant["state"] == {"S": "authorized"}


async def test_authorize_a_person_denies_and_nothing_is_kept(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = deployed.assistant(http)
        with pytest.raises(Denied):
            await assistant.connect(deployed.person(http), consent="deny")
    assert assistant.client_id not in {item["client_id"]["S"] for item in deployed.grants()}


async def test_authorize_a_pasted_api_token_connects_too(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http, api_token="fmu1-sandbox-alice-readonly")
        session = await assistant.call_tool("get_session")
    assert session["structuredContent"]["username"] == "alice@sandbox.test"


async def test_tokens_are_rotated_and_a_replay_ends_the_connection(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http)
        assert assistant.tokens
        first = assistant.tokens
        second = await assistant.refresh()
        assert second.access_token != first.access_token
        for _ in range(4):  # beyond what the grace time forgives
            await assistant.refresh()
        form = {"grant_type": "refresh_token", "refresh_token": first.refresh_token, "client_id": assistant.client_id}
        replay = await http.post(f"{deployed.issuer}/token", data=form)
        assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
        with pytest.raises(ErrorStatus) as refused:
            await assistant.call_tool("get_session")
        assert refused.value.status == 401
    await until_swept(deployed)
    assert "refresh_replay" in {receipt["reason"] for receipt in receipts(deployed)}
    assert "refresh_replay" in {line.get("reason") for line in deployed.sent("Oauth")}


async def test_a_tool_call_lists_the_mailboxes_and_refreshes_the_providers_token(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http, "bob")
        await assistant.initialize()
        assert [tool["name"] for tool in await assistant.list_tools()] == EVERY_TOOL
        listing = await assistant.call_tool("list_mailboxes")
        assert "Inbox" in listing["content"][0]["text"]
        await http.post(f"{deployed.sandbox}/sandbox/expire")
        again = await assistant.call_tool("list_mailboxes")
        assert not again["isError"], again
    [grant] = [item for item in deployed.grants() if item["client_id"]["S"] == assistant.client_id]
    assert int(grant["props_version"]["N"]) == 2


async def test_disconnect_an_assistant_gives_its_connection_back(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http)
        await assistant.revoke()
        with pytest.raises(ErrorStatus):
            await assistant.call_tool("get_session")
    await until_swept(deployed)
    assert assistant.client_id not in {item["client_id"]["S"] for item in deployed.grants()}
    assert ("client_revoked", "revoked") in {(one["reason"], one["provider"]) for one in receipts(deployed)}


async def test_disconnect_the_operator_lists_exports_and_ends_an_owners_connections(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http, "bob")
        listed = deployed.invoke("Operator", {"command": "list", "owner": " Bob@Sandbox.test "})["grants"]
        assert len(listed) >= 1
        ids = [one["id"] for one in listed]
        exported = deployed.invoke("Operator", {"command": "export", "grants": ids})["grants"]
        assert {one["client_name"] for one in exported} == {"Sandbox assistant"}
        shown = deployed.invoke("Operator", {"command": "disconnect", "owner": "bob@sandbox.test"})
        assert not (await assistant.call_tool("get_session"))["isError"]
        event = {"command": "disconnect", "owner": "bob@sandbox.test", "confirm": shown["confirm"]}
        assert sorted(deployed.invoke("Operator", event)["ended"]) == sorted(one["id"] for one in shown["would_end"])
        with pytest.raises(ErrorStatus):
            await assistant.call_tool("get_session")
    await until_swept(deployed)
    assert deployed.invoke("Operator", {"command": "list", "owner": "bob@sandbox.test"})["grants"] == []


async def test_disconnect_a_provider_that_does_not_answer_is_asked_again(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http)
        fault = {"faults": [{"endpoint": "revoke", "answer": 503}]}
        assert (await http.post(f"{deployed.sandbox}/sandbox/switches", json=fault)).status_code == 200
        await assistant.revoke()
        with anyio.fail_after(60):
            while not any("revoke_attempts" in item for item in deployed.grants()):  # noqa: ASYNC110 - nobody tells
                await anyio.sleep(0.1)
        await http.delete(f"{deployed.sandbox}/sandbox/switches")
    assert deployed.invoke("Sweep", {}) == {"erased": 0}


@pytest.mark.row("DP-11")
async def test_the_operator_switches_registration_and_new_grants_off_without_a_deployment(
    deployed: Running,
) -> None:
    def turn(name: str, *, on: bool) -> None:
        told = deployed.invoke("Operator", {"command": "switch", "name": name, "on": on})
        assert told["switches"][name]["on"] is on
        for entry in ("Oauth", "Web"):
            deployed.functions[entry].forget()  # one that lives on looks within thirty seconds

    async with deployed.http() as http:
        assistant = deployed.assistant(http)
        await assistant.discover()
        turn("no_registrations", on=True)
        with pytest.raises(ErrorStatus) as refused:
            await assistant.register()
        assert refused.value.status == 503
        metadata = await http.get(f"{deployed.issuer}/.well-known/oauth-authorization-server")
        assert "registration_endpoint" not in metadata.json()
        turn("no_registrations", on=False)
        await assistant.register()
        turn("no_new_grants", on=True)
        page = await http.get(assistant.authorization_url())
        assert page.status_code == 503
        turn("no_new_grants", on=False)
        assert (await http.get(assistant.authorization_url())).status_code == 200


async def test_no_log_has_a_secret_a_name_or_an_address(deployed: Running) -> None:
    async with deployed.http() as http:
        assistant = await connected(deployed, http)
        await assistant.call_tool("list_mailboxes")
        await assistant.refresh()
        tokens = assistant.tokens
        assert tokens
    written = "".join(deployed.log(entry) for entry in deployed.functions)
    assert '"connected"' in written
    for trace in (
        "alice",
        "sandbox.test",
        "fmu1-",
        "mca_",
        "mcr_",
        "mcc_",
        "http",
        str(tokens.refresh_token),
    ):
        assert trace not in written, trace


@pytest.mark.row("LG-06")
async def test_all_that_a_function_says_is_sent_to_where_alarms_listen(deployed: Running) -> None:
    async with deployed.http() as http:
        await (await connected(deployed, http)).call_tool("list_mailboxes")
    for entry in ("Oauth", "Web", "Mcp"):
        said = [json.loads(line) for line in deployed.log(entry).splitlines()]
        assert said, entry
        assert deployed.sent(entry) == said
        assert {"level", "timestamp"} <= set.intersection(*map(set, said)), entry


async def test_a_function_is_never_given_credentials_before_it_is_restored(deployed: Running) -> None:
    async with deployed.http() as http:
        await connected(deployed, http)
    environments = [one for function in deployed.functions.values() for one in function.environments]
    assert len(environments) >= len(deployed.functions)
    assert {one.code.snap_start for one in deployed.functions.values()} == {True, False}
    assert not any(one.asked_for_credentials_early for one in environments)
