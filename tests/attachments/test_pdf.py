from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import Unreadable
from tests.attachments.documents import pdf, pdf_of_objects, pdf_of_streams
from tests.attachments.test_text import text_of


def test_each_page_says_which_it_is() -> None:
    assert text_of(parse(pdf("One", "Two"), "application/pdf", "")).text == (
        "[page 1 of 2]\nOne\n\n[page 2 of 2]\nTwo\n\n"
    )


def test_a_page_without_text_between_others_is_said_to_have_none() -> None:
    assert "[page 2 of 3]\n[no text]\n" in text_of(parse(pdf("One", "", "Three"), "", "")).text


def test_a_scanned_pdf_is_said_to_have_pictures_only() -> None:
    assert parse(pdf("", ""), "", "") == Unreadable(
        "The PDF has no text: its pages, 2 in all, are pictures, such as of a scanner."
    )


def test_a_pdf_with_a_password_is_said_to_have_one() -> None:
    locked = pdf_of_objects(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 0 /Kids [] >>",
            b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>",
        ],
        f"/Encrypt 3 0 R /ID [<{'43' * 16}> <{'43' * 16}>]",
    )
    assert parse(locked, "", "") == Unreadable("The PDF is encrypted: it opens with a password only.")


def test_a_long_pdf_reads_on_from_the_offset() -> None:
    long = pdf(*(f"This is page number {number}" for number in range(30)))
    first = text_of(parse(long, "", "", Bounds(characters=200)))
    assert first.next_offset is not None
    assert first.total is None
    whole = text_of(parse(long, "", "")).text
    second = text_of(parse(long, "", "", offset=first.next_offset))
    assert first.text + second.text == whole
    assert second.total == len(whole)


def test_pages_beyond_the_bound_are_said_to_be_left_out() -> None:
    read = text_of(parse(pdf("a", "b", "c"), "", "", Bounds(pages=2)))
    assert read.notes == ("Only the first 2 of 3 pages are read.",)
    assert "[page 3" not in read.text


def test_a_damaged_page_harms_no_other() -> None:
    good = b"BT /F1 12 Tf 72 720 Td (Good) Tj ET"
    read = text_of(parse(pdf_of_streams([good, b"BT ((((( Tj", good], ""), "", ""))
    assert read.text.count("Good") == 2


def test_a_cut_pdf_is_damaged_or_gives_what_is_left_of_it() -> None:
    whole = pdf("Hello world")
    for cut in range(8, len(whole), 37):
        parse(whole[:cut], "", "")
