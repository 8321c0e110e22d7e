"""Contacts by RFC 9610, and identities."""

import pytest

from mailconnect.sandbox.oauth.scopes import CONTACTS, CORE, MAIL, NEW_CONTACTS, NEW_MAIL, OFFLINE
from tests.sandbox.conftest import ALICE

pytestmark = pytest.mark.anyio


@pytest.fixture
def found(ask):
    async def found(condition=None, **arguments):
        ids = (await ask("ContactCard/query", filter=condition, **arguments))["ids"]
        return [card["name"]["full"] for card in (await ask("ContactCard/get", ids=ids))["list"]]

    return found


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({"text": "lindenhof brunner"}, ["David Brunner"]),
        ({"name": "carol"}, ["Carol Osei"]),
        ({"name/given": "Amelie"}, ["Amélie Rousseau"]),
        ({"name/surname": "Смирнова"}, ["Ольга Смирнова"]),
        ({"nickname": "papa"}, ["Walter Sandbox"]),
        ({"organization": "Structura"}, ["Priya Raman"]),
        ({"email": "holzbau-frei.example"}, ["Jonas Frei"]),
        ({"phone": "+81"}, ["山田太郎"]),
        ({"address": "Mulhouse"}, ["Amélie Rousseau"]),
        ({"note": "hazelnuts"}, ["Bob Sandbox"]),
        ({"kind": "group"}, ["Harbour library"]),
        ({"inAddressBook": "Shared", "kind": "individual"}, ["Nadia Keller"]),
        ({"operator": "AND", "conditions": [{"name": "sandbox"}, {"nickname": "mama"}]}, ["Ruth Sandbox"]),
        ({"email": "nobody"}, []),
    ],
)
async def test_each_condition_finds_its_card(found, condition, names):
    assert await found(condition) == names


async def test_a_card_is_jscontact(ask):
    [card_id] = (await ask("ContactCard/query", filter={"name": "carol"}))["ids"]
    [card] = (await ask("ContactCard/get", ids=[card_id]))["list"]
    assert (card["@type"], card["version"], card["kind"]) == ("Card", "1.0", "individual")
    assert card["name"]["components"] == [{"kind": "given", "value": "Carol"}, {"kind": "surname", "value": "Osei"}]
    assert card["emails"]["work"] == {"address": "carol@lindenhof.example", "contexts": {"work": True}}
    assert card["addressBookIds"] == {"Default": True}
    [less] = (await ask("ContactCard/get", ids=[card_id], properties=["name", "addresses"]))["list"]
    assert less.keys() == {"id", "name"}


async def test_a_group_names_its_members_by_uid(ask):
    cards = {card["uid"]: card for card in (await ask("ContactCard/get"))["list"]}
    [group] = [card for card in cards.values() if card["kind"] == "group"]
    assert {cards[uid]["name"]["full"] for uid in group["members"]} == {"Carol Osei", "David Brunner", "Priya Raman"}


async def test_contacts_are_sorted_and_cut_to_a_window(found):
    names = await found({"kind": "individual"}, sort=[{"property": "name/surname"}], limit=2)
    assert names == ["山田太郎", "ليلى حداد"]
    assert len(await found(limit=5, position=1)) == 5


async def test_one_address_book_is_the_default(ask):
    books = (await ask("AddressBook/get"))["list"]
    assert [book["name"] for book in books if book["isDefault"]] == ["Personal"]
    assert books[0]["myRights"] == {"mayRead": True, "mayWrite": True, "mayShare": False, "mayDelete": False}


async def test_an_unsupported_request_is_told_by_its_error(refused, provider):
    assert await refused("ContactCard/query", filter={"nonsense": "x"}) == "unsupportedFilter"
    assert await refused("ContactCard/query", filter={"text": 1}) == "invalidArguments"
    assert await refused("ContactCard/query", sort=[{"property": "x"}]) == "unsupportedSort"
    assert await refused("ContactCard/get", properties=["nonsense"]) == "invalidArguments"
    provider.switches.apply({"refused_filters": ["note"]})
    assert await refused("ContactCard/query", filter={"note": "x"}) == "unsupportedFilter"


async def test_contacts_need_their_scope(client, call):
    mail_only = (await client.connect(scope=f"{NEW_MAIL} {OFFLINE}"))["access_token"]
    session = (await client.session(mail_only)).json()
    assert CONTACTS not in session["capabilities"]
    [[_, result, _]] = await call(["ContactCard/get", {"accountId": ALICE}, "0"], token=mail_only)
    assert result["type"] == "unknownMethod"
    both = (await client.connect(scope=f"{NEW_MAIL} {NEW_CONTACTS} {OFFLINE}"))["access_token"]
    session = (await client.session(both)).json()
    assert session["primaryAccounts"][CONTACTS] == ALICE
    account = session["accounts"][ALICE]["accountCapabilities"]
    assert account[CONTACTS] == {"maxAddressBooksPerCard": None, "mayCreateAddressBook": True}
    using = [CORE, MAIL, CONTACTS]
    [[name, result, _]] = await call(["ContactCard/get", {"accountId": ALICE}, "0"], token=both, using=using)
    assert (name, len(result["list"]) > 15) == ("ContactCard/get", True)


async def test_a_shared_account_has_no_contacts(call):
    using = [CORE, CONTACTS]
    [[_, result, _]] = await call(["ContactCard/get", {"accountId": "ub0b00000"}, "0"], using=using)
    assert result["type"] == "accountNotSupportedByMethod"


async def test_identities_have_signatures_and_a_wildcard(ask):
    identities = (await ask("Identity/get"))["list"]
    assert [identity["email"] for identity in identities] == ["alice@sandbox.test", "*@alice.sandbox.test"]
    assert identities[0]["textSignature"]
