"""A draft as its owner sees it: what recipients will see, and all of it."""

from mailconnect.approvals.displayed_draft import displayed_draft_of
from mailconnect.approvals.marks import changed_lines, from_text, marks_of, to_text
from mailconnect.mail.address import Address
from mailconnect.mail.draft.draft import Draft
from mailconnect.mail.message import Attachment

TO = Address("Ola", "ola@x.example")


def draft(plain: str | None = "Hi", html: str | None = None, **more: object) -> Draft:
    return Draft(id="M1", account_id="a", to=(TO,), subject="Hello", plain=plain, html=html, **more)  # type: ignore[arg-type]


def test_the_html_is_shown_where_there_is_one_and_its_links_with_where_they_lead() -> None:
    displayed = displayed_draft_of(
        draft("see here", '<p>see <a href="https://evil.example/x">https://good.example</a></p>')
    )
    assert "good.example" in displayed.text
    assert any("https://evil.example/x" in place and "good.example" in place for place in displayed.places)


def test_a_plain_text_that_says_something_else_is_shown_too() -> None:
    assert displayed_draft_of(draft("pay 900", "<p>pay 100</p>")).other == "pay 900"
    assert displayed_draft_of(draft("Hi *there*", "<p>Hi <em>there</em></p>")).other == ""


def test_hidden_text_is_counted() -> None:
    assert displayed_draft_of(draft(None, '<p>Hi<span style="display:none">secret</span></p>')).hidden == 6


def test_a_long_quotation_is_folded_and_none_of_it_lost() -> None:
    quoted = "\n".join(f"> line {number}" for number in range(20))
    displayed = displayed_draft_of(draft(f"Yes.\n\nOn Tuesday, Anna wrote:\n{quoted}"))
    assert displayed.text.startswith("Yes.")
    assert "line" not in displayed.text
    assert displayed.quoted.endswith("> line 19")
    assert "line 0" in displayed.quoted


def test_a_short_quotation_stays_in_sight() -> None:
    displayed = displayed_draft_of(draft("Yes.\n\nOn Tuesday, Anna wrote:\n> come?"))
    assert "come?" in displayed.text
    assert displayed.quoted == ""


def test_a_draft_that_was_cut_is_not_whole() -> None:
    assert not displayed_draft_of(draft(is_cut=True)).whole


def test_each_kind_of_change_is_marked() -> None:
    before = marks_of(displayed_draft_of(draft("one\ntwo")))
    file = Attachment("1", "a.pdf", "application/pdf", 9)
    later = displayed_draft_of(draft("one\nthree", cc=(Address("", "new@x.example"),), attachments=(file,)))
    assert changed_lines(later, before) == {"text three", "cc new@x.example", "file a.pdf 9"}
    assert changed_lines(later, b"") == frozenset()
    assert changed_lines(later, marks_of(later)) == frozenset()


def test_marks_go_through_a_form() -> None:
    marks = marks_of(displayed_draft_of(draft("one\ntwo")))
    assert from_text(to_text(marks)) == marks
    assert from_text("not base64!") == b""


def test_of_a_text_of_many_lines_the_first_are_marked() -> None:
    assert len(marks_of(displayed_draft_of(draft("\n".join(map(str, range(5_000))))))) == 4_000
