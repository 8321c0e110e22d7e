"""`POST /token` with a code: rows TK-13 to TK-22 of docs/attacks.md."""

import json
from typing import Any

import pytest

from mailconnect.grants.lifetimes import Lifetimes
from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT
from mailconnect.pseudonyms import grant_hash
from tests.endpoints.oauth_answers import lives, refused
from tests.endpoints.wire import API_TOKEN, Client, Window, Wire, answered

pytestmark = pytest.mark.anyio

OTHER_VERIFIER = "x" * 43


@pytest.mark.row("TK-13")
async def test_a_code_that_is_not_one_is_an_invalid_grant(client: Client) -> None:
    tokens = await client.tokens()
    unknown = "mcc_" + "0" * 22 + "1" * 43
    for code in (
        "x",
        "mcc_",
        unknown,
        unknown + "0",
        unknown[:-1],
        "mcc_" + "z" * 65,
        "é" * 69,
        "\x00" * 69,
        "a" * 10_240,
    ):
        assert refused(await client.redeem(code), "invalid_grant")
    for code in tokens.values():
        assert refused(await client.redeem(str(code)), "invalid_grant")
    assert await lives(client, tokens)


@pytest.mark.row("TK-13")
async def test_a_code_lives_for_a_minute(client: Client) -> None:
    for age, status in ((59, 200), (60, 400), (61, 400)):
        code = await client.code()
        client.wire.bridge.clock.now += age
        assert (await client.redeem(code)).status_code == status


@pytest.mark.row("TK-13")
async def test_one_character_more_or_less_is_another_code(client: Client) -> None:
    code = await client.code()
    for changed in (code[:-1] + ("0" if code[-1] != "0" else "1"), code.swapcase(), f" {code}", f"{code}\n"):
        assert refused(await client.redeem(changed), "invalid_grant")
    assert (await client.redeem(code)).status_code == 200


@pytest.mark.row("TK-14")
async def test_another_clients_code_is_refused_and_stays_good(wire: Wire) -> None:
    ours, theirs = await wire.register(), await wire.register()
    code = await ours.code()
    assert refused(await theirs.redeem(code), "invalid_grant")
    tokens = (await ours.redeem(code)).json()
    wire.bridge.clock.now += 10
    assert refused(await theirs.redeem(code), "invalid_grant")
    assert await lives(ours, tokens)


@pytest.mark.row("TK-15")
async def test_the_redirect_uri_is_the_one_of_the_request(client: Client) -> None:
    code = await client.code()
    for redirect_uri in (f"{client.redirect_uri}/", "https://evil.example/cb", "\x00"):
        assert refused(await client.redeem(code, redirect_uri=redirect_uri), "invalid_grant")
    assert (await client.redeem(code)).status_code == 200
    for left_out in (None, ""):
        code = await client.code()
        assert refused(await client.redeem(code, redirect_uri=left_out, code_verifier="x" * 43), "invalid_grant")
        assert (await client.redeem(code, redirect_uri=left_out)).status_code == 200


async def test_the_verifier_is_the_one_of_the_challenge(client: Client) -> None:
    code = await client.code()
    for verifier in (OTHER_VERIFIER, "short", "é" * 43, "x" * 129):
        assert refused(await client.redeem(code, code_verifier=verifier), "invalid_grant")
    for verifier in (None, ""):
        assert refused(await client.redeem(code, code_verifier=verifier), "invalid_request")
    assert (await client.redeem(code)).status_code == 200


@pytest.mark.row("TK-17")
@pytest.mark.parametrize("challenge", [None, ""])
async def test_a_code_without_a_challenge_is_worth_nothing(client: Client, challenge: str | None) -> None:
    code = await client.code()
    await client.wire.bridge.database.write("UPDATE grants SET code_challenge = ?", (challenge,))
    assert refused(await client.redeem(code), "invalid_grant")
    assert refused(await client.redeem(code, code_verifier=None), "invalid_request")


@pytest.mark.row("TK-18")
async def test_a_code_used_twice_ends_all_that_it_gave(client: Client) -> None:
    code = await client.code()
    tokens = (await client.redeem(code)).json()
    later = (await client.refresh(tokens["refresh_token"])).json()
    client.wire.bridge.clock.now += 4
    assert refused(await client.redeem(code), "invalid_grant")
    for each in (tokens, later):
        assert (await client.wire.mcp(each["access_token"])).status_code == 401
        assert refused(await client.refresh(each["refresh_token"]), "invalid_grant")
    assert client.wire.bridge.woken


@pytest.mark.row("TK-18")
async def test_two_tabs_at_once_are_no_theft(client: Client) -> None:
    code = await client.code()
    tokens = (await client.redeem(code)).json()
    client.wire.bridge.clock.now += 3
    assert refused(await client.redeem(code), "invalid_grant")
    assert await lives(client, tokens)


@pytest.mark.row("TK-19")
async def test_a_used_code_with_anything_wrong_harms_nobody(wire: Wire) -> None:
    client, other = await wire.register(), await wire.register()
    code = await client.code()
    tokens = (await client.redeem(code)).json()
    wire.bridge.clock.now += 10
    assert refused(await client.redeem(code, code_verifier=OTHER_VERIFIER), "invalid_grant")
    assert refused(await client.redeem(code, redirect_uri="https://app.example/other"), "invalid_grant")
    assert refused(await client.redeem(code, resource="https://evil.example/mcp"), "invalid_target")
    assert refused(await other.redeem(code), "invalid_grant")
    assert refused(await client.redeem(code[:-1] + ("0" if code[-1] != "0" else "1")), "invalid_grant")
    assert await lives(client, tokens)


@pytest.mark.row("TK-21")
async def test_a_token_is_good_for_its_own_purpose_alone(client: Client, window: Window) -> None:
    code = answered(await window.connect(client.query()))["code"]
    tokens = (await client.redeem(code)).json()
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    at_provider = [row[0] for table in ("access_tokens", "refresh_tokens") for row in issued(client.wire, table)]
    assert len(at_provider) == 2
    for token in (
        access,
        code,
        *at_provider,
        API_TOKEN,
        refresh.replace("mcr_", "mca_"),
        access.replace("mca_", "mcr_"),
    ):
        assert refused(await client.refresh(token), "invalid_grant")
    for token in (access, refresh, *at_provider, access.replace("mca_", "mcc_")):
        assert refused(await client.redeem(token), "invalid_grant")
    for token in (
        refresh,
        code,
        *at_provider,
        API_TOKEN,
        code.replace("mcc_", "mca_"),
        refresh.replace("mcr_", "mca_"),
    ):
        assert (await client.wire.mcp(token)).status_code == 401
    assert await lives(client, tokens)


@pytest.mark.row("TK-22")
async def test_another_resource_is_an_invalid_target_and_uses_up_nothing(client: Client) -> None:
    code = await client.code()
    wrong = ("https://evil.example/mcp", f"{client.wire.issuer}/other", client.wire.issuer, "x", "\x00")
    for resource in wrong:
        assert refused(await client.redeem(code, resource=resource), "invalid_target")
    tokens = (await client.redeem(code, resource=f"{client.wire.issuer}/mcp/")).json()
    for resource in wrong:
        assert refused(await client.refresh(tokens["refresh_token"], resource=resource), "invalid_target")
    assert (await client.refresh(tokens["refresh_token"], resource=f"{client.wire.issuer}/mcp")).status_code == 200


def issued(wire: Wire, table: str) -> list[Any]:
    return wire.bridge.sandbox.state._connection.execute(f"SELECT token FROM {table}").fetchall()


def logged(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
    return [line | {"request": None} for line in lines if line["event"] == event]


async def test_the_log_says_why_a_code_was_refused_and_of_which_grant(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    code = await client.code()
    [(grant_id,)] = client.wire.bridge.database.read("SELECT id FROM grants", ())
    with caplog.at_level("INFO", "mailconnect.audit"):
        assert refused(await client.redeem(code, code_verifier=OTHER_VERIFIER), "invalid_grant")
    assert logged(caplog, "token_refused") == [
        {"event": "token_refused", "grant": grant_hash(grant_id), "reason": "code_verifier_wrong", "request": None}
    ]


@pytest.mark.row("ST-03")
async def test_a_spoilt_grant_gives_nothing_and_the_log_says_so(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    code = await client.code()
    database = client.wire.bridge.database
    [(grant_id,)] = database.read("SELECT id FROM grants", ())
    await database.write("UPDATE grants SET code_wrap = ?", (b"spoilt",))
    with caplog.at_level("INFO", "mailconnect.audit"):
        assert refused(await client.redeem(code), "invalid_grant")
    assert logged(caplog, "seal_broken") == [
        {"event": "seal_broken", "grant": grant_hash(grant_id), "reason": "sealed_form", "request": None}
    ]


async def test_tokens_are_kept_by_nobody_between_and_a_client_in_a_browser_may_read_them(client: Client) -> None:
    answer = await client.redeem(await client.code())
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_client_whose_code_was_redeemed_is_kept_for_as_long_as_its_grant_may_live_and_longer(
    client: Client,
) -> None:
    bridge = client.wire.bridge
    await client.tokens()
    [(expires_at,)] = bridge.database.read("SELECT expires_at FROM clients", ())
    assert expires_at == bridge.clock() + Lifetimes().grant + KEPT_AFTER_GRANT
