"""`POST /revoke`: rows RV of docs/attacks.md."""

from pathlib import Path

import httpx
import pytest

from mailconnect.grants.update import Update
from mailconnect.store.errors import StoreUnavailable
from mailconnect.store.memory import MemoryGrants
from tests.bridge import running_bridge
from tests.endpoints.wire import Client, Window, Wire, answered

pytestmark = pytest.mark.anyio


def nothing_said(answer: httpx.Response) -> bool:
    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    return True


@pytest.mark.row("RV-01")
async def test_a_token_that_is_none_is_as_good_as_revoked(client: Client) -> None:
    tokens = await client.tokens()
    code = await client.code()
    for token in (
        "x",
        "mca_",
        "mcr_" + "0" * 87,
        "mca_" + "0" * 65,
        "é",
        "\x00",
        "a" * 10_000,
        code,
        "mcc_" + "0" * 65,
    ):
        assert nothing_said(await client.revoke(token))
    for _ in range(2):
        assert nothing_said(await client.revoke(tokens["refresh_token"]))
    assert (await client.redeem(code)).status_code == 200


@pytest.mark.row("RV-01")
async def test_a_request_without_a_token_is_invalid(client: Client) -> None:
    answer = await client.revoke("")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.row("RV-02")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "id_token", "", "x"])
async def test_a_wrong_hint_misleads_nobody(client: Client, hint: str) -> None:
    for name in ("access_token", "refresh_token"):
        tokens = await client.tokens()
        assert nothing_said(await client.revoke(tokens[name], token_type_hint=hint))
        assert (await client.wire.mcp(tokens["access_token"])).status_code == 401


@pytest.mark.row("RV-03")
async def test_another_clients_token_stays(wire: Wire) -> None:
    ours, theirs = await wire.register(), await wire.register()
    confidential = await wire.register(token_endpoint_auth_method="client_secret_post")
    tokens = await ours.tokens()
    for client in (theirs, confidential):
        for name in ("access_token", "refresh_token"):
            assert nothing_said(await client.revoke(tokens[name]))
    assert (await wire.mcp(tokens["access_token"])).status_code == 200
    assert (await ours.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.row("RV-03")
async def test_a_client_that_does_not_prove_itself_revokes_nothing(wire: Wire) -> None:
    client = await wire.register(token_endpoint_auth_method="client_secret_basic")
    tokens = (
        await wire(
            "POST",
            "/token",
            headers=client.basic(),
            data={
                "grant_type": "authorization_code",
                "code": await client.code(),
                "redirect_uri": client.redirect_uri,
                "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            },
        )
    ).json()
    form = {"token": tokens["refresh_token"]}
    wrong = Client(wire, client.id, "x", client.redirect_uri).basic()
    for headers, more in (({}, {"client_id": client.id}), (wrong, {}), ({}, {}), ({}, {"client_id": "mcp_x"})):
        answer = await wire("POST", "/revoke", headers=headers, data=form | more)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"] == 'Basic realm="mailconnect"'
    assert (await wire.mcp(tokens["access_token"])).status_code == 200
    assert nothing_said(await wire("POST", "/revoke", headers=client.basic(), data=form))
    assert (await wire.mcp(tokens["access_token"])).status_code == 401


@pytest.mark.row("RV-05")
async def test_revoking_the_refresh_token_ends_the_grant(client: Client, window: Window) -> None:
    bridge = client.wire.bridge
    tokens = (await client.redeem(answered(await window.connect(client.query()))["code"])).json()
    later = (await client.refresh(tokens["refresh_token"])).json()
    assert nothing_said(await client.revoke(later["refresh_token"]))
    for each in (tokens, later):
        assert (await client.wire.mcp(each["access_token"])).status_code == 401
        assert (await client.refresh(each["refresh_token"])).json()["error"] == "invalid_grant"
    assert bridge.woken == [bridge.clock()]
    assert bridge.sandbox.state.counted()["revocations"] == 0
    await bridge.sweep.run()
    assert bridge.sandbox.state.counted()["revocations"] == 1
    assert not bridge.database.read("SELECT id FROM grants", ())


@pytest.mark.row("RV-05")
async def test_revoking_any_refresh_token_that_was_ever_the_grants_ends_it(client: Client) -> None:
    tokens = await client.tokens()
    later = (await client.refresh(tokens["refresh_token"])).json()
    client.wire.bridge.clock.now += 1000
    assert nothing_said(await client.revoke(tokens["refresh_token"]))
    assert (await client.wire.mcp(later["access_token"])).status_code == 401


@pytest.mark.row("RV-06")
async def test_revoking_an_access_token_leaves_the_refresh_token(client: Client) -> None:
    tokens = await client.tokens()
    later = (await client.refresh(tokens["refresh_token"])).json()
    assert nothing_said(await client.revoke(tokens["access_token"]))
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 401
    assert (await client.wire.mcp(later["access_token"])).status_code == 200
    assert nothing_said(await client.revoke(later["access_token"]))
    assert (await client.wire.mcp(later["access_token"])).status_code == 401
    last = await client.refresh(later["refresh_token"])
    assert (await client.wire.mcp(last.json()["access_token"])).status_code == 200
    # The revoked token does not come back as the previous one.
    assert (await client.wire.mcp(later["access_token"])).status_code == 401


class Failing(MemoryGrants):
    """Reads, and no longer writes."""

    async def update(self, grant_id: str, update: Update) -> bool:
        raise StoreUnavailable


@pytest.mark.row("RV-07")
async def test_a_revocation_that_could_not_be_written_is_not_called_done(tmp_path: Path) -> None:
    grants = MemoryGrants()
    async with running_bridge(tmp_path, grants=grants) as bridge:
        client = await Wire(bridge).register()
        tokens = await client.tokens()
    failing = Failing()
    failing._grants = grants._grants
    async with running_bridge(tmp_path, grants=failing) as bridge:
        again = Client(Wire(bridge), client.id, None, client.redirect_uri)
        for name in ("access_token", "refresh_token"):
            answer = await again.revoke(tokens[name])
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json() == {"error": "temporarily_unavailable"}
        assert (await again.wire.mcp(tokens["access_token"])).status_code == 200


class Changing(MemoryGrants):
    """Another request is always a moment earlier, so many times."""

    times = 0

    async def update(self, grant_id: str, update: Update) -> bool:
        self.times -= 1
        return self.times < 0 and await super().update(grant_id, update)


@pytest.mark.row("RV-07")
@pytest.mark.parametrize(("times", "revoked"), [(4, True), (5, False)])
async def test_a_grant_that_keeps_changing_is_tried_five_times(tmp_path: Path, times: int, revoked: bool) -> None:
    grants = Changing()
    async with running_bridge(tmp_path, grants=grants) as bridge:
        client = await Wire(bridge).register()
        tokens = await client.tokens()
        grants.times = times
        answer = await client.revoke(tokens["refresh_token"])
        assert nothing_said(answer) if revoked else answer.status_code == 503
        grants.times = 0
        assert (await client.wire.mcp(tokens["access_token"])).status_code == (401 if revoked else 200)


async def test_a_revocation_by_an_assistant_is_in_the_history(client: Client) -> None:
    tokens = await client.tokens()
    assert nothing_said(await client.revoke(tokens["access_token"]))
    assert nothing_said(await client.revoke(tokens["refresh_token"]))
    kept = "SELECT what, actor, reason, client_id FROM audit WHERE what != 'connected' ORDER BY rowid"
    assert client.wire.bridge.database.read(kept, ()) == [
        ("token_revoked", "assistant", None, client.id),
        ("grant_retired", "assistant", "client_revoked", client.id),
    ]


async def test_revocation_is_a_form_by_post(client: Client) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await client.wire(method, "/revoke")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]
    tokens = await client.tokens()
    form = {"token": tokens["refresh_token"], "client_id": client.id}
    for options in ({"json": form}, {"data": form | {"token": [tokens["refresh_token"]] * 2}}, {"data": {}}, {}):
        answer = await client.wire("POST", "/revoke", **options)
        assert answer.json()["error"] in {"invalid_request", "invalid_client"}
    assert (await client.wire.mcp(tokens["access_token"])).status_code == 200
    preflight = await client.wire("OPTIONS", "/revoke", headers={"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 204


@pytest.mark.row("IN-01")
@pytest.mark.parametrize("path", ["/introspect", "/oauth/introspect", "/introspection", "/userinfo"])
async def test_there_is_no_introspection(wire: Wire, path: str) -> None:
    for method in ("GET", "POST"):
        assert (await wire(method, path, data={"token": "x"} if method == "POST" else None)).status_code == 404


@pytest.mark.row("RV-08")
async def test_revocations_without_end_fill_no_history(client: Client) -> None:
    """And wakes nobody: there is nothing to sweep."""
    bridge, tokens, other = client.wire.bridge, await client.tokens(), await client.tokens()
    bridge.clock.now -= bridge.clock.now % 3600
    kept = "SELECT at FROM audit WHERE what = 'token_revoked' ORDER BY at"
    for _ in range(10):
        assert nothing_said(await client.revoke(tokens["access_token"]))
        tokens = (await client.refresh(tokens["refresh_token"])).json()
        bridge.clock.now += 60
    assert len(bridge.database.read(kept, ())) == 1
    assert nothing_said(await client.revoke(other["access_token"]))
    assert len(bridge.database.read(kept, ())) == 2, "another connection has a history of its own"
    bridge.clock.now += 3600
    assert nothing_said(await client.revoke(tokens["access_token"]))
    assert len(bridge.database.read(kept, ())) == 3
    assert bridge.woken == []
