import pytest

from mailconnect.sandbox.oauth.scopes import CORE, MAIL, MASKED_EMAIL
from tests.sandbox.conftest import ALICE

pytestmark = pytest.mark.anyio

USING = (CORE, MASKED_EMAIL)


@pytest.fixture
def ask(call):
    async def ask(method, **arguments):
        [[name, result, _]] = await call([method, {"accountId": ALICE, **arguments}, "0"], using=USING)
        assert name == method, result
        return result

    return ask


async def test_a_person_has_some_and_others_have_none(ask):
    listed = (await ask("MaskedEmail/get"))["list"]
    assert {one["state"] for one in listed} == {"enabled", "disabled", "deleted"}
    assert set(listed[0]) == {
        "id",
        "email",
        "state",
        "forDomain",
        "description",
        "createdAt",
        "createdBy",
        "lastMessageAt",
        "url",
    }


async def test_one_is_made_pending_unless_the_state_is_said(ask):
    made = (await ask("MaskedEmail/set", create={"a": {"forDomain": "https://a.example", "emailPrefix": "boots"}}))[
        "created"
    ]
    ident = made["a"]["id"]
    assert made["a"]["email"].startswith("boots.")
    assert made["a"]["state"] == "pending"
    [one] = (await ask("MaskedEmail/get", ids=[ident]))["list"]
    assert (one["state"], one["forDomain"]) == ("pending", "https://a.example")
    assert (await ask("MaskedEmail/set", update={ident: {"state": "disabled"}}))["updated"] == {ident: None}
    assert (await ask("MaskedEmail/get", ids=[ident]))["list"][0]["state"] == "disabled"


@pytest.mark.parametrize(
    ("arguments", "group", "kind"),
    [
        ({"create": {"a": {"emailPrefix": "No!"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"email": "mine@example.com"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"state": "asleep"}}}, "notCreated", "invalidProperties"),
        ({"create": {"a": {"description": 5}}}, "notCreated", "invalidProperties"),
        ({"update": {"gone": {"state": "enabled"}}}, "notUpdated", "notFound"),
        ({"update": {"masked-1": {"email": "x"}}}, "notUpdated", "invalidProperties"),
        ({"destroy": ["masked-1"]}, "notDestroyed", "forbidden"),
    ],
    ids=str,
)
async def test_an_impossible_change_is_refused(ask, arguments, group, kind):
    [error] = (await ask("MaskedEmail/set", **arguments))[group].values()
    assert error["type"] == kind


async def test_the_switch_limits_them(ask, provider):
    provider.switches.masked_limited = True
    refused = await ask("MaskedEmail/set", create={"a": {}})
    assert refused["notCreated"]["a"]["type"] == "rateLimit"


async def test_without_the_capability_there_are_none(call):
    [[name, result, _]] = await call(["MaskedEmail/get", {"accountId": ALICE}, "0"], using=(CORE, MAIL))
    assert (name, result["type"]) == ("error", "unknownMethod")
