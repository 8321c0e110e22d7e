"""The whole bridge as a process: it introduces itself, keeps what it was told, and stops when it is told to."""

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from mailconnect.grants.authorization import Consented, authorize, new_grant_key
from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.grants.props import Props
from mailconnect.local.bridge import Store
from mailconnect.oauth.pkce import s256
from mailconnect.sandbox.assistant.assistant import Assistant
from mailconnect.sandbox.assistant.errors import ErrorStatus
from mailconnect.sandbox.person import Person
from mailconnect.settings import from_environment
from mailconnect.store.sqlite.grants import SqliteGrants
from tests.grants.scenario import SESSION_FACTS, seeded
from tests.local.process import environment, free_ports, local

pytestmark = [pytest.mark.anyio, pytest.mark.process]

FAR = 4_000_000_000


@pytest.fixture
async def http():
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        yield client


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_look_up_that_does_not_end_holds_up_no_stop(tmp_path: Path, workers: int) -> None:
    port, sandbox_port = free_ports(2)
    settings: dict[str, object] = {"PORT": port, "SANDBOX_PORT": sandbox_port, "DATA_DIR": tmp_path, "WORKERS": workers}
    async with local(module="tests.local.looking_up", **settings) as bridge:
        url = await bridge.ready()
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(url.replace("/mcp", "/privacy"))
        bridge.order_stop(signal.SIGTERM)
        assert await bridge.stopped() == (0, "")
    assert '"route":"/privacy"' in (tmp_path / "requests.log").read_text(), "the last lines are written too"


async def test_it_shows_a_mailbox_tree_and_how_to_go_on_and_stops_at_sigint(tmp_path: Path) -> None:
    port, sandbox_port = free_ports(2)
    async with local(PORT=port, SANDBOX_PORT=sandbox_port, DATA_DIR=tmp_path / "new" / "folder") as bridge:
        assert await bridge.ready() == f"http://127.0.0.1:{port}/mcp"
        text = "\n".join(bridge.printed)
        tree = [line.strip() for line in bridge.printed]
        assert any(line.startswith(("Inbox", "- Inbox")) for line in tree), text
        assert "日本語" in text
        assert "claude mcp add" in text
        assert f"http://127.0.0.1:{port}/mcp" in text
        assert "canary" not in text
        assert "fmu1-" not in text.replace("fmu1-sandbox-", "")
        bridge.order_stop(signal.SIGINT)
        assert await bridge.stopped() == (0, "")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new" / "folder").iterdir()} == {0}
    lines = (tmp_path / "new" / "folder" / "requests.log").read_text().splitlines()
    assert ("mcp", 200) in {(line["door"], line["status"]) for line in map(json.loads, lines)}


async def test_a_connection_works_after_a_restart_and_no_refresh_is_cut_off(
    tmp_path: Path, http: httpx.AsyncClient
) -> None:
    port, sandbox_port = free_ports(2)
    settings = {"PORT": port, "SANDBOX_PORT": sandbox_port, "DATA_DIR": tmp_path}
    sandbox = f"http://127.0.0.1:{sandbox_port}/sandbox"
    async with local(**settings) as bridge:
        assistant = Assistant(await bridge.ready(), http)
        await assistant.connect(Person("bob", "secret", http))
        await http.post(f"{sandbox}/expire")
        slow = {"faults": [{"endpoint": "token.refresh", "delay_after": 1, "times": 1}]}
        assert (await http.post(f"{sandbox}/switches", json=slow)).status_code == 200
        call = asyncio.create_task(assistant.call_tool("list_mailboxes"))
        while await refreshes(http, sandbox) == 0:
            continue
        bridge.order_stop(signal.SIGTERM)
        assert (await call)["content"], "it was answered, if only that the provider is gone"
        assert await bridge.stopped() == (0, "")

    async with local(**settings) as bridge:
        await bridge.ready()
        result = await assistant.call_tool("list_mailboxes")
        assert not result["isError"], result
        assert await refreshes(http, sandbox) == 0, "the token that came while it was stopping was kept"
        await assistant.refresh()
        assert not (await assistant.call_tool("get_session"))["isError"]
        await assistant.revoke()
        with pytest.raises(ErrorStatus):
            await assistant.call_tool("get_session")
        bridge.order_stop(signal.SIGTERM)
        assert await bridge.stopped() == (0, "")


async def refreshes(http: httpx.AsyncClient, sandbox: str) -> int:
    requests: dict[str, int] = (await http.get(f"{sandbox}/counters")).json()["requests"]
    return requests.get("token.refresh", 0)


async def test_two_processes_on_one_folder_serve_the_same_grants(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """Behind one address, as one would put several of them; which of them a request comes to does not matter."""
    ports = free_ports(2)
    issuer = f"http://127.0.0.1:{ports[0]}"
    settings = {"ISSUER": issuer, "DATA_DIR": tmp_path, "PROVIDER": "fastmail"}

    async def post(port: int, path: str, token: str = "", **body: Any) -> httpx.Response:
        headers = {"host": issuer.removeprefix("http://")}
        if token:
            headers |= {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream"}
        return await http.post(f"http://127.0.0.1:{port}{path}", headers=headers, **body)

    async def tools(port: int, token: str) -> int:
        return (await post(port, "/mcp", token, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})).status_code

    async with local(PORT=ports[0], **settings) as first, local(PORT=ports[1], **settings) as second:
        for bridge in (first, second):
            assert await bridge.ready() == f"{issuer}/mcp"
        registration = {
            "client_name": "x",
            "redirect_uris": ["https://x.example/cb"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        }
        client_id = (await post(ports[0], "/register", json=registration)).json()["client_id"]
        code = await granted(environment(**settings), client_id)
        form = {"grant_type": "authorization_code", "code": code, "client_id": client_id, "code_verifier": "v" * 43}
        redeemed = await post(ports[1], "/token", data=form | {"redirect_uri": "https://x.example/cb"})
        assert redeemed.status_code == 200, redeemed.text
        pair = redeemed.json()
        assert [await tools(port, pair["access_token"]) for port in ports] == [200, 200]

        form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], "client_id": client_id}
        answers = await asyncio.gather(*(post(port, "/token", data=form) for port in ports * 5))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) <= 2, "one pair; its remaining seconds may differ by one"
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1
        access_token = answers[0].json()["access_token"]
        assert [await tools(port, access_token) for port in ports] == [200, 200]

        await post(ports[0], "/revoke", data={"token": access_token, "client_id": client_id})
        assert [await tools(port, access_token) for port in ports] == [401, 401]
        for bridge in (first, second):
            bridge.order_stop(signal.SIGTERM)
            assert await bridge.stopped() == (0, "")


async def granted(its_environment: dict[str, str], client_id: str) -> str:
    """The code of a connection that needs no provider for a long time."""
    settings = from_environment(its_environment)
    store = Store.open(settings)
    new = new_grant_key(seeded(5))
    grant, code = authorize(
        Consented(
            client_id=client_id,
            client_name="x",
            owner="f" * 64,
            provider="https://api.fastmail.com",
            scope="mailboxes:read session:read",
            resource=settings.resource,
            notice_version="1",
            redirect_uri="https://x.example/cb",
            code_challenge=s256("v" * 43),
        ),
        Props(access_token="fmu1-x", refresh_token="fmr1-x", expires_at=FAR),
        SESSION_FACTS,
        new,
        await store.keys.seal_data_key(new.data_key, new.grant_id),
        now=FAR - 60,
        lifetimes=Lifetimes(),
        entropy=seeded(6),
    )
    await SqliteGrants(store.database).put(grant)
    await store.database.close()
    return code.text
