import pytest

from mailconnect.mail.query.errors import QueryError
from mailconnect.mail.query.places import Place, Places

PLACES = Places(
    [
        Place("m1", "Inbox", "Inbox", "inbox"),
        Place("m2", "Papierkorb", "Papierkorb", "trash"),
        Place("m3", "2019", "Papierkorb/2019", None, "m2"),
        Place("m4", "Alt", "Papierkorb/2019/Alt", None, "m3"),
        Place("m5", "Clients", "Work/Clients"),
        Place("m6", "Clients", "Home/Clients"),
        Place("m7", "Sent Items", "Sent Items"),
        Place("m8", "Straße", "Straße"),
        Place("m9", "receipts", "receipts"),
        Place("m10", "Receipts", "Receipts"),
    ]
)


@pytest.mark.parametrize(
    ("named", "ident"),
    [
        ("inbox", "m1"),
        ("trash", "m2"),
        ("bin", "m2"),
        ("Papierkorb", "m2"),
        ("papierkorb/2019", "m3"),
        ("/Papierkorb/2019/", "m3"),
        ("2019", "m3"),
        ("m4", "m4"),
        ("Work/Clients", "m5"),
        ("work-clients", "m5"),
        ("-work clients-", "m5"),
        ("sent", "m7"),
        ("STRASSE", "m8"),
        ("Receipts", "m10"),
        ("receipts", "m9"),
    ],
)
def test_a_mailbox_is_found_by_role_id_path_or_name(named, ident):
    assert PLACES.find(named).id == ident


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "clients",
            '2 mailboxes are named `clients`; write which by its path: `"Work/Clients"`, `"Home/Clients"`.',
        ),
        ("RECEIPTS", "2 mailboxes are named `RECEIPTS`"),
        ("Papirkorb", "There is no mailbox `Papirkorb`; did you mean `Papierkorb`?"),
        ("junk", "There is no mailbox `junk`"),
        ("starred", "There is no mailbox `starred`; to search by the mark, write `is:starred`."),
        ("xyzzy", "list_mailboxes names those there are"),
    ],
)
def test_none_or_more_than_one_is_an_error(named, said):
    with pytest.raises(QueryError) as raised:
        PLACES.find(named)
    assert said in raised.value.text


def test_a_mailbox_that_lies_in_the_trash_is_below_it():
    assert PLACES.below("trash") == ["m2", "m3", "m4"]
    assert PLACES.below("junk") == []


def test_a_ring_of_parents_ends():
    ring = Places([Place("a", "a", "a", "trash", "b"), Place("b", "b", "b", None, "a")])
    assert ring.below("trash") == ["a", "b"]


def test_many_of_one_name_are_named_in_part():
    many = Places([Place(f"m{n}", "x", f"{n}/x") for n in range(9)])
    with pytest.raises(QueryError, match=r"9 mailboxes are named `x`.* or 5 more\."):
        many.find("x")


def test_four_of_one_name_are_all_named():
    four = Places([Place(f"m{n}", "x", f"{n}/x") for n in range(4)])
    with pytest.raises(QueryError) as raised:
        four.find("x")
    assert raised.value.text == (
        '4 mailboxes are named `x`; write which by its path: `"0/x"`, `"1/x"`, `"2/x"`, `"3/x"`.'
    )


def test_two_mailboxes_by_other_words_for_a_role_that_none_has_are_named_both():
    two = Places([Place("m1", "Sent Items", "Sent Items"), Place("m2", "Sent Mail", "Old/Sent Mail")])
    with pytest.raises(QueryError) as raised:
        two.find("outbox")
    assert raised.value.text == (
        '2 mailboxes are named `outbox`; write which by its path: `"Sent Items"`, `"Old/Sent Mail"`.'
    )


def test_a_path_counts_before_letters_alone():
    """With any slash around it, as models write it."""
    both = Places([Place("m1", "B", "A/B"), Place("m2", "A-B", "A-B")])
    assert both.find("/a/b/").id == "m1"
    with pytest.raises(QueryError, match="2 mailboxes are named"):
        both.find("a b")


def test_a_long_path_is_cut_at_a_hundred_characters():
    long = Places([Place(f"m{n}", "x", f"{'p' * 120}{n}") for n in range(2)])
    with pytest.raises(QueryError) as raised:
        long.find("x")
    assert raised.value.text.count(f'"{"p" * 100}…"') == 2


def test_a_place_shows_no_name_in_a_log():
    assert repr(Place("m1", "Divorce", "Divorce")) == "Place(…)"
