import pytest

from mailconnect.sandbox.oauth.scopes import CORE, MAIL, SUBMISSION
from mailconnect.sandbox.settings import Settings

pytestmark = pytest.mark.anyio

FULL = "fmu1-sandbox-alice-full"
READONLY = "fmu1-sandbox-alice-readonly"


async def test_the_first_account_has_no_capability_and_primary_accounts_knows_better(client):
    session = (await client.session(FULL)).json()
    first, *others = session["accounts"]
    assert session["accounts"][first]["accountCapabilities"] == {}
    assert session["primaryAccounts"][MAIL] in others
    assert session["accounts"][session["primaryAccounts"][MAIL]]["name"] == "alice@sandbox.test"
    assert session["username"] == "alice@sandbox.test"


async def test_a_mailbox_shared_by_bob_is_a_second_account_of_alices(client):
    accounts = (await client.session(FULL)).json()["accounts"]
    shared = next(account for account in accounts.values() if account["name"] == "bob@sandbox.test")
    assert (shared["isPersonal"], shared["isReadOnly"]) == (False, True)
    assert MAIL in shared["accountCapabilities"]
    assert SUBMISSION not in shared["accountCapabilities"]


async def test_the_limits_are_fastmails(client):
    core = (await client.session(FULL)).json()["capabilities"][CORE]
    assert (core["maxCallsInRequest"], core["maxConcurrentRequests"]) == (50, 10)
    assert (core["maxObjectsInGet"], core["maxObjectsInSet"], core["maxSizeRequest"]) == (4096, 4096, 10_000_000)


async def test_the_api_is_on_another_host_than_the_session(client):
    session = (await client.session(FULL)).json()
    assert session["apiUrl"] == "http://localhost:8788/jmap/api/"
    assert session["uploadUrl"] == "http://localhost:8788/jmap/upload/{accountId}/"


def test_where_the_api_is_can_be_set():
    assert Settings(issuer="http://sandbox.test").sharded_api_url == "http://sandbox.test/phl/jmap/api/"
    assert Settings(api_url="http://phl.localhost:1/jmap/api/").sharded_api_url == "http://phl.localhost:1/jmap/api/"


async def test_the_session_is_not_to_be_cached(client):
    assert "no-store" in (await client.session(FULL)).headers["cache-control"]


async def test_a_read_only_token_shows_read_only_accounts(client):
    session = (await client.session(READONLY)).json()
    account = session["accounts"][session["primaryAccounts"][MAIL]]
    assert account["isReadOnly"] is True
    assert account["accountCapabilities"][MAIL]["mayCreateTopLevelMailbox"] is False
    assert session["capabilities"].keys() == {CORE, MAIL}
    assert (await client.session(FULL)).json()["accounts"][session["primaryAccounts"][MAIL]]["isReadOnly"] is False


async def test_a_token_without_a_mail_scope_has_no_mail_account(client):
    tokens = await client.connect(scope="urn:ietf:params:oauth:scope:contacts offline_access")
    session = (await client.session(tokens["access_token"])).json()
    assert MAIL not in session["capabilities"]
    assert MAIL not in session["primaryAccounts"]


async def test_the_switches_change_state_and_account(client, provider):
    before = (await client.session(FULL)).json()
    assert (await client.session(FULL)).json()["state"] == before["state"]
    provider.switches.session_epoch += 1
    assert (await client.session(FULL)).json()["state"] != before["state"]
    provider.switches.account_epoch += 1
    after = (await client.session(FULL)).json()
    assert before["accounts"].keys().isdisjoint(after["accounts"])
    assert after["primaryAccounts"][MAIL] in after["accounts"]
