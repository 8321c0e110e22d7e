from mailconnect.approvals import marks
from mailconnect.approvals.displayed_draft import DisplayedDraft
from mailconnect.mail.address import Address


def displayed(text: str) -> DisplayedDraft:
    ann, bob = Address("Ann", "ann@example.org"), Address("Bob", "bob@example.net")
    return DisplayedDraft(sender=(ann,), reply_to=(), to=(bob,), cc=(), bcc=(), subject="Lunch", text=text)


def test_the_same_lines_are_not_changed() -> None:
    there = displayed("Hi,\n\ntoday at noon.\n")
    assert marks.changed_lines(there, marks.marks_of(there)) == frozenset()


def test_a_line_that_was_not_there_is_changed_and_no_other_is() -> None:
    before = marks.marks_of(displayed("Hi,\n\ntoday at noon.\n"))
    after = displayed("Hi,\ntoday at one.\n  Hi,  \nBob")
    assert marks.changed_lines(after, before) == {"text today at one.", "text Bob"}


def test_without_marks_nothing_is_changed() -> None:
    assert marks.changed_lines(displayed("Hi"), b"") == frozenset()


def test_a_mark_is_four_bytes_of_each_line_that_the_page_shows() -> None:
    assert len(marks.marks_of(displayed("one\n\ntwo"))) == 4 * len(["sender", "to", "subject", "one", "two"])


def test_a_mark_counts_only_where_one_begins() -> None:
    there = displayed("Hi")
    before = b"-" + marks.marks_of(there) + b"---"
    assert marks.changed_lines(there, before) == set(there.lines())


def test_of_a_longer_message_a_thousand_lines_are_marked() -> None:
    before = displayed("\n".join(map(str, range(997))))
    assert len(marks.marks_of(before)) == 4 * 1_000
    longer = displayed("\n".join(map(str, range(998))))
    assert marks.marks_of(longer) == marks.marks_of(before)
    assert marks.changed_lines(longer, marks.marks_of(before)) == frozenset()
    assert marks.changed_lines(displayed("\n".join(map(str, range(1, 998)))), marks.marks_of(before)) == {"text 997"}


def test_half_a_surrogate_pair_has_a_mark() -> None:
    there = displayed("\ud800")
    assert marks.changed_lines(there, marks.marks_of(displayed("Hi"))) == {"text \ud800"}


def test_marks_survive_a_form_and_what_is_none_marks_nothing() -> None:
    found = bytes(range(248, 256)) * 2
    assert marks.from_text(marks.to_text(found)) == found
    assert set(marks.to_text(found)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
    for text in ("", "=", "AAAA*AAAA", "ÄAAA", "AAA", "AA AA"):
        assert marks.from_text(text) == b""
