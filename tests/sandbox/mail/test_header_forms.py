import pytest

from mailconnect.sandbox.mail import header_forms


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" =?utf-8?Q?Gr=C3=B6=C3=9Fe?=\r\n =?utf-8?Q?_und?=", "Größe und"),
        (" =?x-unknown?Q?abc?=", "abc"),
        ("   plain", "plain"),
        (" e\u0301", "é"),
        (" a\u202eb", "a\u202eb"),
        (" a\x07b", "ab"),
    ],
)
def test_text_is_decoded_unfolded_and_normalised(value, expected):
    assert header_forms.as_text(value) == expected


def test_the_rfcs_example_of_addresses():
    value = (
        ' "  James Smythe" <james@example.com>, Friends:\r\n  jane@example.com,'
        " =?UTF-8?Q?John_Sm=C3=AEth?=\r\n  <john@example.com>;"
    )
    james = {"name": "James Smythe", "email": "james@example.com"}
    friends = [{"name": None, "email": "jane@example.com"}, {"name": "John Smîth", "email": "john@example.com"}]
    assert header_forms.as_addresses(value) == [james, *friends]
    assert header_forms.as_grouped_addresses(value) == [
        {"name": None, "addresses": [james]},
        {"name": "Friends", "addresses": friends},
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Ann <ann@x.example", "ann@x.example"),
        (" ann@x.example (Ann Lee)", "ann@x.example"),
        (" undisclosed-recipients:;", None),
        ("", None),
    ],
)
def test_addresses_are_read_as_well_as_can_be(value, expected):
    assert [address["email"] for address in header_forms.as_addresses(value)] == ([expected] if expected else [])


def test_a_comment_is_a_name():
    assert header_forms.as_addresses(" ann@x.example (Ann Lee)")[0]["name"] == "Ann Lee"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Fri, 15 Jan 2027 09:00:00 +0100", "2027-01-15T09:00:00+01:00"),
        (" Fri, 15 Jan 2027 09:00:00 -0330", "2027-01-15T09:00:00-03:30"),
        (" Fri, 15 Jan 2027 09:00:00 -0000", "2027-01-15T09:00:00Z"),
        (" Thursday the 31st of Febtober", None),
    ],
)
def test_a_date_keeps_its_offset(value, expected):
    assert header_forms.as_date(value) == expected


def test_message_ids_and_urls_lose_their_brackets():
    assert header_forms.as_message_ids(" <a@x>\r\n <b@y> ") == ["a@x", "b@y"]
    assert header_forms.as_message_ids(" none") is None
    assert header_forms.as_urls(" <https://x.example/u> (comment), <mailto:l@x.example>") == [
        "https://x.example/u",
        "mailto:l@x.example",
    ]


@pytest.mark.parametrize(
    ("name", "form", "may"),
    [
        ("Subject", "asText", True),
        ("Subject", "asAddresses", False),
        ("From", "asText", False),
        ("From", "asRaw", True),
        ("List-Id", "asText", True),
        ("List-Unsubscribe", "asURLs", True),
        ("List-Unsubscribe", "asText", False),
        ("Received", "asText", False),
        ("X-Anything", "asDate", True),
    ],
)
def test_a_field_has_the_forms_that_make_sense(name, form, may):
    assert header_forms.may_have(name, form) is may
