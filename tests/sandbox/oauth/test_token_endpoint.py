import re

import pytest

pytestmark = pytest.mark.anyio

GROUPS = r"[0-9a-f]{8}-[0-9a-f]{32}-0-[0-9a-f]{32}"


def refused(answer, error):
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    return True


async def test_a_code_becomes_tokens_of_fastmails_form(client):
    answer = await client.redeem(await client.code())
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert re.fullmatch(f"fmu1-{GROUPS}", tokens["access_token"])
    assert re.fullmatch(f"fmr1-{GROUPS}", tokens["refresh_token"])
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 3600)
    assert tokens["scope"] == "offline_access urn:ietf:params:oauth:scope:mail"


async def test_without_offline_access_there_is_no_refresh_token(client):
    assert "refresh_token" not in await client.connect(scope="urn:ietf:params:oauth:scope:mail")


async def test_the_older_family_always_has_a_refresh_token(client):
    tokens = await client.connect(scope="urn:ietf:params:jmap:core urn:ietf:params:jmap:mail")
    assert "refresh_token" in tokens


async def test_a_code_dies_after_ten_minutes(client, clock):
    code = await client.code()
    clock.now += 600
    assert refused(await client.redeem(code), "invalid_grant")


async def test_a_code_presented_again_ends_the_grant(client):
    code = await client.code()
    tokens = (await client.redeem(code)).json()
    assert refused(await client.redeem(code), "invalid_grant")
    assert refused(await client.refresh(tokens["refresh_token"]), "invalid_grant")
    assert (await client.session(tokens["access_token"])).status_code == 401


@pytest.mark.parametrize(
    ("parameter", "value", "error"),
    [
        ("code_verifier", "another-verifier-of-at-least-43-characters-in-length", "invalid_grant"),
        ("code_verifier", "ünïcode", "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        ("redirect_uri", "http://127.0.0.1:1/auth/callback", "invalid_grant"),
        ("redirect_uri", None, "invalid_request"),
        ("client_id", None, "invalid_request"),
        ("client_id", "another", "invalid_client"),
    ],
)
async def test_a_wrong_redemption_is_refused_and_harms_nothing(client, parameter, value, error):
    code = await client.code()
    assert refused(await client.redeem(code, **{parameter: value}), error)
    assert (await client.redeem(code)).status_code == 200


async def test_another_client_cannot_use_a_code_or_a_refresh_token(client):
    code = await client.code()
    registered = await client.http.post("/oauth/register", json={"redirect_uris": ["http://localhost/cb"]})
    other = registered.json()["client_id"]
    assert refused(await client.redeem(code, client_id=other), "invalid_grant")
    tokens = (await client.redeem(code)).json()
    assert refused(await client.refresh(tokens["refresh_token"], client_id=other), "invalid_grant")
    assert (await client.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("grant_type", [None, "password"])
async def test_another_grant_type_is_refused(client, grant_type):
    error = "invalid_request" if grant_type is None else "unsupported_grant_type"
    assert refused(await client.token(grant_type=grant_type), error)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"grant_type=refresh_token&grant_type=refresh_token", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"a=b&" * 60, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
async def test_a_body_that_is_no_form_is_refused(http, content, content_type):
    answer = await http.post("/oauth/refresh", content=content, headers={"content-type": content_type})
    assert refused(answer, "invalid_request")


async def test_a_body_over_64_kilobytes_is_refused(http):
    assert refused(await http.post("/oauth/refresh", content=b"a" * 70_000), "invalid_request")
