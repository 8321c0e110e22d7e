"""`/register/client`: a client reads, replaces and deletes its registration (RFC 7592 §2, §3)."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from mailconnect.oauth.clients.registration_lifetime import KEPT_AFTER_GRANT, NEVER_AUTHORIZED_LIFETIME
from mailconnect.store.sqlite.switches import SqliteSwitches
from mailconnect.store.switchboard import READ_EVERY
from mailconnect.store.switches import Switch
from tests.bridge import Bridge
from tests.endpoints.oauth_answers import refused
from tests.endpoints.wire import REDIRECT_URI, Client, Wire, is_local_page
from tests.oauth.signing import key, key_set

pytestmark = pytest.mark.anyio

GOOD = {
    "redirect_uris": [REDIRECT_URI],
    "client_name": "App",
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}
MANAGEMENT = {"registration_access_token", "registration_client_uri"}


class Registration:
    """One client's registration, and its requests."""

    def __init__(self, wire: Wire, information: dict[str, Any]) -> None:
        self.wire = wire
        self.information = information
        self.token: str = information["registration_access_token"]
        self.at: str = information["registration_client_uri"].removeprefix(wire.issuer)

    @classmethod
    async def made(cls, wire: Wire, **metadata: Any) -> "Registration":
        answer = await wire("POST", "/register", json=GOOD | metadata)
        assert answer.status_code == 201, answer.text
        return cls(wire, answer.json())

    @property
    def id(self) -> str:
        return str(self.information["client_id"])

    @property
    def client(self) -> Client:
        return Client(self.wire, self.id, self.information.get("client_secret"), REDIRECT_URI)

    async def ask(self, method: str, token: str | None = None, at: str = "", **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.wire(method, at or self.at, headers=headers, **options)

    async def replace(self, **metadata: Any) -> httpx.Response:
        document = GOOD | {"client_id": self.id} | metadata
        return await self.ask("PUT", json={name: value for name, value in document.items() if value is not None})


def not_its_token(answer: httpx.Response) -> bool:
    assert refused(answer, "invalid_token", 401)
    assert answer.headers["www-authenticate"] == 'Bearer realm="mailconnect", error="invalid_token"'
    return True


def is_for_its_client_alone(answer: httpx.Response) -> bool:
    """Nobody keeps it, and a client in a browser may read it."""
    headers = answer.headers
    return headers["cache-control"] == "no-store" and headers["access-control-allow-origin"] == "*"


async def test_a_client_reads_what_it_registered(wire: Wire) -> None:
    registration = await Registration.made(wire, client_uri="https://app.example/")
    answer = await registration.ask("GET")
    assert answer.status_code == 200
    assert answer.json() == registration.information
    assert is_for_its_client_alone(answer)


@pytest.mark.row("RG-25")
async def test_the_answer_says_where_and_with_what_it_is_managed_and_of_the_token_we_keep_the_hash(
    wire: Wire,
) -> None:
    registration = await Registration.made(wire)
    assert registration.information["registration_client_uri"] == (
        f"{wire.issuer}/register/client?client_id={registration.id}"
    )
    assert len(registration.token) == len("mcm_") + 64
    assert registration.token not in str(wire.bridge.database.read("SELECT * FROM clients", ()))


async def test_a_secret_is_told_once(wire: Wire) -> None:
    registration = await Registration.made(wire, token_endpoint_auth_method="client_secret_post")
    read = (await registration.ask("GET")).json()
    assert "client_secret" not in read
    assert {**read, "client_secret": registration.information["client_secret"], "client_secret_expires_at": 0} == (
        registration.information
    )


async def test_a_client_replaces_its_registration_and_gets_another_token(wire: Wire) -> None:
    registration = await Registration.made(wire, client_uri="https://app.example/")
    answer = await registration.replace(client_name="New", redirect_uris=["https://app.example/new"])
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["client_name"] == "New"
    assert changed["redirect_uris"] == ["https://app.example/new"]
    assert "client_uri" not in changed  # what is left out is gone (§2.2)
    assert changed["client_id_issued_at"] == registration.information["client_id_issued_at"]
    assert changed["registration_access_token"] != registration.token
    assert not_its_token(await registration.ask("GET"))
    assert (await Registration(wire, changed).ask("GET")).json() == changed
    assert is_local_page(await wire("GET", f"/authorize?{registration.client.query()}"))


async def test_of_two_that_replace_it_at_once_one_succeeds(wire: Wire) -> None:
    registration = await Registration.made(wire)
    answers = await asyncio.gather(*(registration.replace(client_name=name) for name in "AB"))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


@pytest.mark.row("RG-26")
async def test_a_replacement_counts_as_a_registration(bridge: Bridge) -> None:
    wire = Wire(bridge, "198.18.0.1")
    registration = await Registration.made(wire)
    for number in range(19):
        assert refused(await registration.replace(redirect_uris=[]), "invalid_redirect_uri")  # which does not count
        registration = Registration(wire, (await registration.replace(client_name=f"App {number}")).json())
    too_many = await registration.replace()
    assert refused(too_many, "temporarily_unavailable", 429)
    assert int(too_many.headers["retry-after"]) > 0
    assert (await registration.ask("GET")).json()["client_name"] == "App 18"
    assert (await registration.client.tokens())["access_token"]
    assert (await registration.ask("DELETE")).status_code == 204


@pytest.mark.row("DP-11")
async def test_without_registrations_none_is_replaced_and_each_can_be_read_and_ended(wire: Wire) -> None:
    registration = await Registration.made(wire)
    switches = SqliteSwitches(wire.bridge.database)
    await switches.turn_on(Switch.NO_REGISTRATIONS, wire.bridge.clock())
    wire.bridge.clock.now += READ_EVERY
    off = await registration.replace(client_name="New")
    assert refused(off, "temporarily_unavailable", 503)
    assert int(off.headers["retry-after"]) > 0
    assert not_its_token(await registration.ask("PUT", token="mcm_x", json={}))
    assert (await registration.ask("GET")).json() == registration.information
    assert (await registration.ask("DELETE")).status_code == 204


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"client_id": None}, "invalid_client_metadata"),
        ({"client_id": "mcp_other"}, "invalid_client_metadata"),
        ({"client_secret": "x"}, "invalid_client_metadata"),
        ({"client_secret": 1}, "invalid_client_metadata"),
        ({"registration_access_token": "x"}, "invalid_client_metadata"),
        ({"registration_client_uri": "https://app.example/"}, "invalid_client_metadata"),
        ({"client_id_issued_at": 1}, "invalid_client_metadata"),
        ({"client_secret_expires_at": 0}, "invalid_client_metadata"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
    ],
    ids=str,
)
async def test_metadata_that_could_not_be_registered_replaces_nothing(
    wire: Wire, metadata: dict[str, Any], error: str
) -> None:
    registration = await Registration.made(wire)
    assert refused(await registration.replace(**metadata), error)
    assert (await registration.ask("GET")).json() == registration.information


async def test_a_registrations_replacement_and_deletion_are_in_the_log(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    registration = await Registration.made(wire)
    with caplog.at_level("INFO", "mailconnect.audit"):
        registration = Registration(wire, (await registration.replace(client_name="New")).json())
        await registration.ask("DELETE")
    lines = [json.loads(record.message) for record in caplog.records if record.name == "mailconnect.audit"]
    assert [(line["event"], line["client"]) for line in lines] == [
        ("client_replaced", registration.id),
        ("client_deleted", registration.id),
    ]


@pytest.mark.row("RG-18")
async def test_keys_that_are_elsewhere_may_be_named_later_but_not_at_our_own_address(wire: Wire) -> None:
    registration = await Registration.made(wire)
    signs = {"token_endpoint_auth_method": "private_key_jwt"}
    ours = await registration.replace(**signs, jwks_uri=f"{wire.issuer}/keys.json")
    assert refused(ours, "invalid_client_metadata")
    theirs = await registration.replace(**signs, jwks_uri="https://app.example/keys.json")
    assert theirs.json()["jwks_uri"] == "https://app.example/keys.json"


async def test_the_scheme_is_of_any_case_and_the_token_without_the_spaces_around_it(wire: Wire) -> None:
    registration = await Registration.made(wire)
    for scheme in ("bearer ", "BEARER ", "Bearer  "):
        headers = {"Authorization": f"{scheme}{registration.token} "}
        assert (await wire("GET", registration.at, headers=headers)).status_code == 200
    for scheme in ("Basic ", "mcm ", ""):
        assert not_its_token(
            await wire("GET", registration.at, headers={"Authorization": f"{scheme}{registration.token}"})
        )


async def test_a_client_changes_how_it_authenticates(wire: Wire) -> None:
    registration = await Registration.made(wire, token_endpoint_auth_method="client_secret_post")
    secret = registration.information["client_secret"]
    kept = await registration.replace(token_endpoint_auth_method="client_secret_basic", client_secret=secret)
    assert "client_secret" not in kept.json()
    registration = Registration(wire, kept.json())
    client = Client(wire, registration.id, secret, REDIRECT_URI)
    code = await client.code()
    assert refused(await client.redeem(code, client_secret=None), "invalid_client", 401)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI, "code_verifier": "x" * 43}
    assert refused(await wire("POST", "/token", data=form, headers=client.basic()), "invalid_grant")
    signing = await registration.replace(token_endpoint_auth_method="private_key_jwt", jwks=key_set(key("ES256")))
    registration = Registration(wire, signing.json())
    assert registration.information["jwks"]
    back = (await registration.replace(token_endpoint_auth_method="client_secret_post")).json()
    assert back["client_secret"] != secret
    assert "jwks" not in back


@pytest.mark.row("TK-30")
async def test_a_client_that_deletes_itself_can_do_nothing_more(wire: Wire) -> None:
    registration = await Registration.made(wire)
    client = registration.client
    tokens, code = await client.tokens(), await client.code()
    answer = await registration.ask("DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    assert is_for_its_client_alone(answer)
    assert not_its_token(await registration.ask("GET"))
    assert not_its_token(await registration.ask("DELETE"))
    assert refused(await client.refresh(tokens["refresh_token"]), "invalid_client", 401)
    assert refused(await client.redeem(code), "invalid_client", 401)
    assert is_local_page(await wire("GET", f"/authorize?{client.query()}"))
    clock = wire.bridge.clock
    clock.now += 3700  # an access token's hour
    assert (await wire.mcp(tokens["access_token"])).status_code == 401
    clock.now += 91 * 86_400
    await wire.bridge.sweep.run()
    assert wire.bridge.database.read("SELECT * FROM grants", ()) == []


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "bearer mcm_", "Bearer é"],
)
async def test_without_the_token_nothing_is_told_or_changed(wire: Wire, authorization: str) -> None:
    registration = await Registration.made(wire)
    other = await Registration.made(wire)
    headers = {"Authorization": authorization.encode("latin-1")} if authorization else {}
    for method in ("GET", "PUT", "DELETE"):
        assert not_its_token(await wire(method, registration.at, headers=headers))
        assert not_its_token(await registration.ask(method, token=other.token))
        for at in ("/register/client", "/register/client?client_id=", f"{registration.at}&client_id={other.id}"):
            assert not_its_token(await registration.ask(method, at=at))
    assert (await registration.ask("GET")).status_code == 200


async def test_another_method_is_none(wire: Wire) -> None:
    registration = await Registration.made(wire)
    answer = await registration.ask("POST")
    assert answer.status_code == 405
    assert {*answer.headers["allow"].split(", ")} >= {"GET", "PUT", "DELETE"}


async def test_a_client_known_by_its_document_has_no_registration(wire: Wire) -> None:
    answer = await wire(
        "GET", "/register/client?client_id=https://app.example/c", headers={"Authorization": "Bearer None"}
    )
    assert not_its_token(answer)


@pytest.mark.row("RG-27")
async def test_a_registration_that_nobody_connected_is_gone_after_30_days_whatever_it_did(wire: Wire) -> None:
    assert NEVER_AUTHORIZED_LIFETIME == 30 * 86_400
    registration = await Registration.made(wire)
    wire.bridge.clock.now += NEVER_AUTHORIZED_LIFETIME - 1
    registration = Registration(wire, (await registration.replace()).json())
    wire.bridge.clock.now += 1
    assert not_its_token(await registration.ask("GET"))
    assert is_local_page(await wire("GET", f"/authorize?{registration.client.query()}"))
    await wire.bridge.sweep.run()
    assert wire.bridge.database.read("SELECT * FROM clients", ()) == []


@pytest.mark.row("RG-27")
async def test_a_registration_with_a_connection_is_kept_180_days_beyond_its_latest_end(wire: Wire) -> None:
    assert KEPT_AFTER_GRANT == 180 * 86_400
    registration = await Registration.made(wire)
    await registration.client.tokens()
    ends = wire.bridge.clock() + wire.bridge.adapters.stores.settings.grant_lifetime + KEPT_AFTER_GRANT
    registration = Registration(wire, (await registration.replace(client_name="New")).json())
    wire.bridge.clock.now = ends - 1
    await wire.bridge.sweep.run()
    assert (await registration.ask("GET")).status_code == 200
    wire.bridge.clock.now = ends
    assert not_its_token(await registration.ask("GET"))


@pytest.mark.row("RG-30")
@pytest.mark.parametrize("endpoint", ["/token", "/revoke"])
@pytest.mark.parametrize("generation", ["newest", "rotated"])
async def test_a_connection_ends_when_its_refresh_token_comes_after_the_registration_was_deleted(
    wire: Wire, endpoint: str, generation: str
) -> None:
    registration = await Registration.made(wire)
    client = registration.client
    tokens = await client.tokens()
    newest = (await client.refresh(tokens["refresh_token"])).json()
    token = (newest if generation == "newest" else tokens)["refresh_token"]
    assert (await registration.ask("DELETE")).status_code == 204
    answer = await (client.refresh(token) if endpoint == "/token" else client.revoke(token))
    assert refused(answer, "invalid_client", 401)
    assert wire.bridge.database.read("SELECT state, retired_reason FROM grants", ()) == [("retired", "client_deleted")]
    assert wire.bridge.woken == [wire.bridge.clock()]
    assert (await wire.mcp(newest["access_token"])).status_code == 401
    told = wire.bridge.database.read("SELECT actor, reason FROM audit WHERE what = 'grant_retired'", ())
    assert told == [("assistant", "client_deleted")]


@pytest.mark.row("RG-30")
async def test_nobody_ends_a_connection_by_naming_a_client_that_is_no_more(wire: Wire) -> None:
    gone, other = await Registration.made(wire), await Registration.made(wire)
    tokens = await other.client.tokens()
    assert (await gone.ask("DELETE")).status_code == 204
    refresh_token, access_token = tokens["refresh_token"], tokens["access_token"]
    forged = refresh_token[:-1] + ("0" if refresh_token[-1] != "0" else "1")
    for client_id in (gone.client.id, "mcp_" + "0" * 32, "https://app.example/client.json", ""):
        for token in (refresh_token, access_token, forged, "x", ""):
            assert (
                await other.client.token("refresh_token", refresh_token=token, client_id=client_id)
            ).status_code > 399
            await wire("POST", "/revoke", data={"token": token, "client_id": client_id})
    assert (await other.ask("DELETE")).status_code == 204
    for token in (access_token, forged):
        assert refused(await other.client.refresh(token), "invalid_client", 401)
    assert wire.bridge.database.read("SELECT state FROM grants", ()) == [("active",)]


@pytest.mark.row("RG-30")
async def test_a_deleted_registration_leaves_a_connection_that_nobody_can_use(wire: Wire) -> None:
    """If no token of it comes any more (docs/decisions/0012)."""
    registration = await Registration.made(wire)
    tokens = await registration.client.tokens()
    assert (await registration.ask("DELETE")).status_code == 204
    assert (await wire.mcp(tokens["access_token"])).status_code == 200
    wire.bridge.clock.now += 3600 + 2
    assert (await wire.mcp(tokens["access_token"])).status_code == 401
    rows = wire.bridge.database.read("SELECT state FROM grants", ())
    assert rows == [("active",)]
