import pytest

from mailconnect.mail.address import Address
from mailconnect.writing.errors import Unwritable
from mailconnect.writing.recipients import (
    MAX_RECIPIENTS,
    Recipients,
    address,
    breaks_a_line,
    checked_email,
    is_plain,
    oddities_of,
    parsed,
    recipients,
)

ANN, BOB, EVE = Address("Ann Lee", "ann@example.org"), Address("", "bob@example.org"), Address("", "eve@example.net")
NO_ADDRESS = (
    "`cc` has an item that is no email address. Write `name@example.org` or `Name <name@example.org>`, "
    "one address per item."
)


def refusal(written: str, argument: str = "cc") -> str:
    with pytest.raises(Unwritable) as refused:
        address(written, argument=argument)
    return refused.value.text


def test_recipients_keep_their_field_and_order() -> None:
    found = recipients([ANN, BOB], [EVE], [Address("", "x@example.org")])
    assert found == Recipients((ANN, BOB), (EVE,), (Address("", "x@example.org"),))
    assert [one.email for one in found.all] == [
        "ann@example.org",
        "bob@example.org",
        "eve@example.net",
        "x@example.org",
    ]


def test_an_address_that_is_named_again_stays_where_it_stands_first() -> None:
    again, louder = Address("Ann", "ann@example.org"), Address("", "ANN@Example.org")
    found = recipients([ANN, again], [louder, BOB], [BOB])
    assert (found.to, found.cc, found.bcc) == ((ANN,), (BOB,), ())
    assert found.careful == (
        "ann@example.org was named twice; it is there once.",
        "ANN@Example.org was named twice; it is there once.",
        "bob@example.org was named twice; it is there once.",
    )
    thrice = recipients([BOB, BOB, BOB], [], [])
    assert thrice.careful == ("bob@example.org was named twice; it is there once.",)


def test_twenty_recipients_are_taken_and_one_more_is_refused_whatever_field_it_is_in() -> None:
    many = [Address("", f"p{number}@example.org") for number in range(MAX_RECIPIENTS + 1)]
    found = recipients(many[:7], many[7:14], many[14:MAX_RECIPIENTS])
    assert len(found.all) == MAX_RECIPIENTS == 20
    assert recipients(many[:MAX_RECIPIENTS], many[:MAX_RECIPIENTS], []).all == found.all, "repeated ones count once"
    with pytest.raises(Unwritable) as refused:
        recipients(many[:7], many[7:14], many[14:])
    assert refused.value.text == (
        "21 recipients are too many: the maximum is 20. Ask the person to write to so many themselves."
    )


def test_a_warning_names_each_odd_recipient_of_each_field() -> None:
    nobody = Address("", "no-reply@example.org")
    assert recipients([nobody], [ANN], [Address("", "bounce@example.net")]).careful == (
        "careful: no-reply@example.org looks like an address that nobody reads.",
        "careful: bounce@example.net looks like an address that nobody reads.",
    )


@pytest.mark.parametrize(
    ("written", "name", "email"),
    [
        ("ann@example.org", "", "ann@example.org"),
        ("  ann@example.org  ", "", "ann@example.org"),
        ("<ann@example.org>", "", "ann@example.org"),
        ("Ann Lee <ann@example.org>", "Ann Lee", "ann@example.org"),
        ('"Lee, Ann" < ann@example.org >', "Lee, Ann", "ann@example.org"),
        ('" Ann "<ann@example.org>', "Ann", "ann@example.org"),
        ("o'neil+x=1@sub.example.org", "", "o'neil+x=1@sub.example.org"),
        ("ann@EXAMPLE.org.", "", "ann@EXAMPLE.org"),
        ("X. Max X <max@EXAMPLE.ORX>", "X. Max X", "max@EXAMPLE.ORX"),
    ],
)
def test_an_address_is_read_with_and_without_a_name(written: str, name: str, email: str) -> None:
    assert address(written, argument="to") == Address(name, email)


def test_a_name_is_cut_at_120_characters() -> None:
    named = address(f"{'n' * 119} {'m' * 50} <ann@example.org>", argument="to")
    assert named.name.startswith("n" * 119)
    assert len(named.name) <= 120


def test_each_item_is_read_and_an_error_names_the_argument() -> None:
    assert parsed(["Ann Lee <ann@example.org>", "bob@example.org"], argument="to") == [ANN, BOB]
    with pytest.raises(Unwritable) as refused:
        parsed(["ann@example.org", "bob"], argument="bcc")
    assert refused.value.text.startswith("`bcc` has an item that is no email address. ")


@pytest.mark.parametrize("character", ["\r", "\n", "\t", "\0", "\x1f", "\x7f", "\x85", "\u2028", "\u2029"])
def test_a_character_that_could_end_a_header_field_is_refused_anywhere_in_it(character: str) -> None:
    assert breaks_a_line(f"a{character}b")
    for written in (f"ann@example.org{character}", f"{character}ann@example.org", f"A{character}B <ann@example.org>"):
        assert refusal(written) == ("`cc` has a line break or a control character in it. Write one address per item.")


def test_a_space_and_letters_of_any_language_break_no_line() -> None:
    assert not breaks_a_line("")
    assert not breaks_a_line(" Zoë Ōtsuka \x80 \u2027 \u202a")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "ann",
        "@example.org",
        "ann@example.org, bob@example.org",
        "ann@b@example.org",
        "ann lee@example.org",
        ".ann@example.org",
        "ann.@example.org",
        "a..n@example.org",
        "zoë@example.org",
        "Ann <ann@example.org> <bob@example.org>",
        "Ann <ann@example.org",
        "l" * 65 + "@example.org",
    ],
)
def test_text_that_is_no_address_is_refused(written: str) -> None:
    assert refusal(written) == NO_ADDRESS


@pytest.mark.parametrize(
    "domain",
    [
        "localhost",
        "example",
        "-a.example",
        "a-.example",
        "a..example",
        ".example.org",
        "exa_mple.org",
        "[192.0.2.1]",
        "l" * 64 + ".example",
        ".".join(["l" * 62] * 4) + ".xy",  # one octet more than 253
        "",
        ".",
    ],
)
def test_a_domain_that_cannot_exist_is_refused(domain: str) -> None:
    assert refusal(f"ann@{domain}") == ("`cc` has an address whose domain cannot exist. Check how it is spelt.")


def test_the_longest_local_part_label_and_domain_are_taken() -> None:
    labels = ".".join(["l" * 63] * 3 + ["l" * 61])
    assert len(labels) == 253
    for email in ("l" * 64 + "@example.org", "ann@" + "l" * 63 + ".example", f"ann@{labels}", "ann@x.y"):
        assert checked_email(email, argument="to") == email


def test_an_internationalized_domain_goes_over_the_wire_as_a_labels() -> None:
    assert checked_email("ann@bücher.example", argument="to") == "ann@xn--bcher-kva.example"
    assert checked_email("ann@BÜCHER.example", argument="to") == "ann@xn--bcher-kva.example"
    assert checked_email("ann@xn--bcher-kva.example.", argument="to") == "ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "domain", ["straße.example", "exa\u200bmple.örg", "ﬁrst.example", "ü" * 64 + ".example", "ü..x"]
)
def test_an_internationalized_domain_that_idna_would_change_is_refused(domain: str) -> None:
    assert refusal(f"ann@{domain}") == (
        "A domain has letters that cannot be written safely here. Give it in its `xn--` form."
    )


def test_an_email_is_plain_where_nothing_of_it_would_change() -> None:
    assert is_plain("ann@example.org")
    assert is_plain("ann@xn--bcher-kva.example")
    for email in ("ann@bücher.example", "ann@example.org.", "ann", "ann@straße.example", ""):
        assert not is_plain(email)


@pytest.mark.parametrize(
    "local",
    [
        "noreply",
        "no-reply",
        "No.Reply",
        "no_reply+shop",
        "donotreply",
        "do-not-reply",
        "dont-reply",
        "never-reply",
        "shop-noreply",
        "shop.no-reply",
        "mailer-daemon",
        "Postmaster",
        "bounce",
        "bounces",
        "bounces+ann=example.org",
    ],
)
def test_an_address_that_nobody_reads_is_warned_of(local: str) -> None:
    email = f"{local}@example.org"
    assert oddities_of(Address("", email)) == [f"careful: {email} looks like an address that nobody reads."]


@pytest.mark.parametrize("local", ["ann", "reply", "noreen", "bouncer", "postmasters", "norepl"])
def test_an_ordinary_address_is_not_warned_of(local: str) -> None:
    assert oddities_of(Address("Ann Lee", f"{local}@no-reply.example")) == []


def test_a_domain_that_people_read_as_another_is_warned_of_with_what_they_read() -> None:
    assert oddities_of(Address("", "Ann@XN--pypal-4VE.example")) == [
        (
            "careful: Ann@XN--pypal-4VE.example is written Ann@p\u0430ypal.example by people: "
            "punycode for p\u0430ypal.example; mixed scripts."
        )
    ]
    assert oddities_of(Address("", '"ann@xn--pypal-4ve.example"@example.org')) == [], "the domain follows the last @"


@pytest.mark.parametrize("name", ["ceo@bank.example", "Ann (ceo@bank.example)", "ann@example.org.evil.example"])
def test_a_name_that_shows_another_address_is_warned_of(name: str) -> None:
    assert oddities_of(Address(name, "ann@example.org")) == [
        "careful: the name of ann@example.org contains another address."
    ]


@pytest.mark.parametrize("name", ["ann@example.org", "Ann (ANN@Example.ORG)", "ann@example.org.", "Ann @ home", "Ann"])
def test_a_name_that_shows_the_same_address_is_not_warned_of(name: str) -> None:
    assert oddities_of(Address(name, "Ann@example.org")) == []
