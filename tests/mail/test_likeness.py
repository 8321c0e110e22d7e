import pytest

from mailconnect.mail.address import Address
from mailconnect.mail.likeness import is_similar, shown


def similar(one: str, other: str) -> bool:
    """The same from either side."""
    first, second = Address("", one), Address("", other)
    assert is_similar(first, second) is is_similar(second, first)
    return is_similar(first, second)


@pytest.mark.parametrize(
    "other",
    [
        "paypa1@bank.example",  # a digit for a letter
        "paypaI@bank.example",  # a capital i for an l
        "paypa|@bank.example",
        "paypa!@bank.example",
        "раураl@bank.example",  # Cyrillic
        "pαypαl@bank.example",  # Greek
        "ｐaypal@bank.example",  # full width
        "páypal@bank.example",
        "paypal@bánk.example",
        "paypal@xn--bnk-ela.example",  # the same by its A-label
        "paypal@XN--bnk-ela.example",  # which a mail server reads in any case
        "paypal@banks.example",
        "payal@bank.example",
        "paypal@bamk.example",
        "xpaypal@bank.example",
        "apaypal@bank.example",
        "paypal@bank.example1",
    ],
)
def test_an_address_that_is_spelt_alike_is_similar(other: str) -> None:
    assert similar("paypal@bank.example", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("ann@modern.example", "ann@modem.example"), ("vv@x.example", "w@x.example"), ("clay@x.example", "day@x.example")],
)
def test_letters_that_look_like_another_one_together_are_similar(one: str, other: str) -> None:
    assert similar(one, other)


@pytest.mark.parametrize(
    "other",
    [
        "paypal@bank.example",
        "PayPal@Bank.Example",  # the same address
        "payap1@bank.example",  # two exchanged
        "paypal@bankers.example",
        "pypl@bank.example",
        "paypal@bank.examplexx",
        "paypal@bank.exampleexample",
        "ann@elsewhere.example",
    ],
)
def test_the_same_and_another_address_are_not_similar(other: str) -> None:
    assert not similar("paypal@bank.example", other)


def test_one_letter_more_or_another_means_nothing_in_the_shortest_addresses() -> None:
    assert not similar("a@b.c", "x@b.c")
    assert not similar("a@b.c", "a@b.cd")
    assert similar("a@b.cd", "x@b.cd")
    assert similar("1@b.c", "l@b.c"), "what looks the same does so at any length"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Ann Lee", "ann  LEE", True),
        ("Ann Lee", "Änn Lée", True),
        ("Ann Lee", "Ann Leo", False),
        ("Bo", "Bo", False),  # too short to name anyone
        ("Bob", "Bob", True),
        ("", "", False),
    ],
)
def test_another_address_of_the_same_name_is_similar(one: str, other: str, *, alike: bool) -> None:
    assert is_similar(Address(one, "first@a.example"), Address(other, "second@b.example")) is alike
    assert not is_similar(Address(one, "first@a.example"), Address(other, "FIRST@a.example"))


@pytest.mark.parametrize(
    ("email", "read"),
    [
        ("Ann@example.org", "Ann@example.org"),
        ("Ann@Example.org", "Ann@Example.org"),
        ("ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("Ann@mail.XN--BCHER-KVA.example", "Ann@mail.bücher.example"),
        ("xn--bcher-kva@example.org", "xn--bcher-kva@example.org"),
        ("ann@xn--\x80.example", "ann@xn--\x80.example"),
        ("ann@xn--zzzzzzzz9.example", "ann@xn--zzzzzzzz9.example"),
        ("xn--bcher-kva.example", "bücher.example"),
    ],
)
def test_an_internationalized_domain_is_shown_in_its_letters(email: str, read: str) -> None:
    assert shown(email) == read
