import pytest

from mailconnect.jmap.contact_search import find_contacts
from mailconnect.mail.errors import NoContacts
from tests.jmap.scripted import Scripted

pytestmark = pytest.mark.anyio

CARD = {
    "id": "C1",
    "name": {"full": "Ann Lee"},
    "emails": {"a": {"address": "ann@example.org"}, "b": {"address": None}},
    "phones": {"x": {"number": "+41 1"}},
    "organizations": {"o": {"name": "Harbour Ltd"}},
}


def scripted(*cards):
    return Scripted({"ContactCard/query": {"ids": ["C1"], "total": 1}, "ContactCard/get": {"list": [*cards]}})


async def test_a_card_is_read_as_rfc_9553_has_it_in_one_request():
    provider = scripted(CARD)
    (contact,) = (await find_contacts(provider, "ann", maximum=10)).contacts
    assert (contact.name, contact.emails, contact.phones) == ("Ann Lee", ("ann@example.org",), ("+41 1",))
    assert contact.organization == "Harbour Ltd"
    assert provider.methods == [["ContactCard/query", "ContactCard/get"]]


async def test_a_name_in_components_is_joined():
    card = CARD | {"name": {"components": [{"kind": "given", "value": "Ann"}, {"kind": "surname", "value": "Lee"}]}}
    assert (await find_contacts(scripted(card), "ann", maximum=10)).contacts[0].name == "Ann Lee"


@pytest.mark.parametrize("harmed", [None, 5, {}, {"id": 5}], ids=str)
async def test_one_odd_card_harms_only_itself(harmed):
    found = await find_contacts(scripted(harmed, CARD), "ann", maximum=10)
    assert ([one.id for one in found.contacts], found.unreadable) == (["C1"], 1)


async def test_without_an_address_book_that_is_said():
    with pytest.raises(NoContacts):
        await find_contacts(Scripted({}, contacts=None), "ann", maximum=10)
    with pytest.raises(NoContacts):
        await find_contacts(Scripted({"ContactCard/query": "unknownMethod", "ContactCard/get": "x"}), "ann", maximum=10)
