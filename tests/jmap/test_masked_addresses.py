"""Masked addresses over Fastmail's own methods."""

from datetime import UTC, datetime

import pytest

from mailconnect.jmap.errors import UnknownCapability
from mailconnect.jmap.masked_addresses import all_masked, make_masked, set_masked
from mailconnect.mail.errors import NotAnswering, Throttled
from mailconnect.masked.address import MaskedState, NewMaskedAddress
from mailconnect.masked.errors import MaskedLimit, MaskedRefused, MaskedUnknown, NoMaskedAddresses, UnknownMasked
from tests.jmap.scripted import Scripted

pytestmark = pytest.mark.anyio

ONE = {
    "id": "masked-1",
    "email": "a@m.example",
    "state": "enabled",
    "forDomain": "https://shop.example",
    "description": "Shop",
    "createdAt": "2025-03-01T09:00:00Z",
    "lastMessageAt": None,
    "createdBy": "Someone",
}
NEW = NewMaskedAddress("https://shop.example", "Shop", "boots")


async def test_all_of_them_come_in_one_request():
    asked = Scripted({"MaskedEmail/get": {"list": [ONE]}})
    (one,) = (await all_masked(asked)).addresses
    assert (one.id, one.email, one.state, one.site) == (
        "masked-1",
        "a@m.example",
        MaskedState.ENABLED,
        "https://shop.example",
    )
    assert one.created_at == datetime(2025, 3, 1, 9, tzinfo=UTC)
    assert asked.methods == [["MaskedEmail/get"]]


@pytest.mark.parametrize(
    "harmed", [None, 5, {}, {"id": "x"}, {"id": 5, "email": "a@m.example"}, {**ONE, "email": 7}], ids=str
)
async def test_one_odd_address_harms_only_itself(harmed):
    found = await all_masked(Scripted({"MaskedEmail/get": {"list": [harmed, ONE]}}))
    assert ([one.id for one in found.addresses], found.unreadable) == (["masked-1"], 1)


async def test_as_many_as_the_server_gives_at_once_may_not_be_all():
    provider = Scripted({"MaskedEmail/get": {"list": [ONE, None]}}, maximum=2)
    assert (await all_masked(provider)).may_be_incomplete
    provider.maximum = 3
    assert not (await all_masked(provider)).may_be_incomplete


async def test_an_unknown_state_is_no_state():
    (one,) = (await all_masked(Scripted({"MaskedEmail/get": {"list": [{**ONE, "state": "asleep"}]}}))).addresses
    assert one.state is None


async def test_a_new_one_is_enabled_at_once_since_a_pending_one_vanishes():
    asked = Scripted({"MaskedEmail/set": {"created": {"new": {"id": "masked-9", "email": "boots.x@m.example"}}}})
    made = await make_masked(asked, NEW)
    assert (made.id, made.email, made.state, made.site) == (
        "masked-9",
        "boots.x@m.example",
        MaskedState.ENABLED,
        "https://shop.example",
    )
    sent = asked.asked[0][0].arguments["create"]["new"]
    assert sent == {
        "state": "enabled",
        "forDomain": "https://shop.example",
        "description": "Shop",
        "emailPrefix": "boots",
    }


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        ("rateLimit", MaskedLimit),
        ("overQuota", MaskedLimit),
        ("invalidProperties", MaskedRefused),
        ("forbidden", MaskedRefused),
        ("notFound", UnknownMasked),
    ],
)
async def test_each_set_error_is_a_reason(error, raised):
    with pytest.raises(raised):
        await make_masked(Scripted({"MaskedEmail/set": {"notCreated": {"new": {"type": error}}}}), NEW)
    with pytest.raises(raised):
        await set_masked(
            Scripted({"MaskedEmail/set": {"notUpdated": {"m": {"type": error}}}}), "m", MaskedState.DISABLED
        )


@pytest.mark.parametrize("lost", [NotAnswering("x"), "serverPartialFail", {}, {"created": None}], ids=str)
async def test_a_change_whose_outcome_is_not_known_is_unknown(lost):
    with pytest.raises(MaskedUnknown):
        await make_masked(Scripted({"MaskedEmail/set": lost}), NEW)
    with pytest.raises(MaskedUnknown):
        await set_masked(Scripted({"MaskedEmail/set": lost}), "m", MaskedState.ENABLED)


async def test_switching_says_no_more_than_the_state():
    asked = Scripted({"MaskedEmail/set": {"updated": {"m": None}}})
    await set_masked(asked, "m", MaskedState.DISABLED)
    assert asked.asked[0][0].arguments == {"accountId": "u1", "update": {"m": {"state": "disabled"}}}


@pytest.mark.parametrize(
    "refusal", [UnknownCapability("x"), "unknownMethod", "accountNotSupportedByMethod", "forbidden"], ids=str
)
async def test_a_provider_without_them_is_told_as_such(refusal):
    with pytest.raises(NoMaskedAddresses):
        await all_masked(Scripted({"MaskedEmail/get": refusal}))
    with pytest.raises(NoMaskedAddresses):
        await make_masked(Scripted({"MaskedEmail/set": refusal}), NEW)


async def test_other_trouble_is_what_it_is():
    with pytest.raises(Throttled):
        await all_masked(Scripted({"MaskedEmail/get": Throttled("x")}))
