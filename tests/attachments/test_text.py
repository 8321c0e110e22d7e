from mailconnect.attachments.bounds import Bounds
from mailconnect.attachments.parse import parse
from mailconnect.attachments.result import AttachmentText, Result, Unreadable


def text_of(result: Result) -> AttachmentText:
    assert isinstance(result, AttachmentText), result
    return result


def test_utf_8_is_read_as_it_is_and_nothing_is_said_about_it() -> None:
    read = text_of(parse("Grüße\r\nzwei".encode(), "text/plain", "a.txt"))
    assert read == AttachmentText("text", "Grüße\nzwei", 0, None, 10)


def test_a_byte_order_mark_decides_before_what_is_declared() -> None:
    for charset, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-8", b"\xef\xbb\xbf")):
        read = text_of(parse(mark + "größer".encode(charset), "text/plain; charset=iso-8859-1", "a.txt"))
        assert read.text == "größer"


def test_utf_16_without_a_mark_is_a_guess_that_is_told() -> None:
    read = text_of(parse("hello world".encode("utf-16-le"), "text/plain", "a.txt"))
    assert read.text == "hello world"
    assert read.notes == ("The charset is a guess: UTF-16.",)


def test_the_declared_charset_is_taken_where_the_bytes_are_not_utf_8() -> None:
    assert text_of(parse("żółć".encode("iso-8859-2"), 'text/plain; charset="ISO-8859-2"', "")).text == "żółć"
    assert text_of(parse("日本".encode("iso-2022-jp"), "text/plain; charset=iso-2022-jp", "")).text == "日本"


def test_without_a_declaration_windows_1252_is_a_guess_that_is_told() -> None:
    read = text_of(parse(b"It\x92s caf\xe9", "text/plain", "a.txt"))
    assert read.text == "It’s café"
    assert read.notes == ("The charset is a guess: windows-1252.",)


def test_a_charset_that_is_none_is_not_looked_up() -> None:
    read = text_of(parse(b"caf\xe9 \\u0041", "text/plain; charset=unicode_escape", ""))
    assert read.text == "café \\u0041"


def test_a_utf_8_text_that_was_cut_in_a_character_is_still_utf_8() -> None:
    data = ("é" * 500).encode()[:-1]
    read = text_of(parse(data, "text/plain", ""))
    assert read.text == "é" * 499 + "\ufffd"


def test_a_long_text_is_cut_between_lines_and_reads_on_from_the_offset_that_is_told() -> None:
    whole = "".join(f"line {number}\n" for number in range(1000))
    bounds = Bounds(characters=500)
    pieces, offset = [], 0
    while True:
        read = text_of(parse(whole.encode(), "text/plain", "", bounds, offset=offset))
        assert len(read.text) <= 500
        pieces.append(read.text)
        if read.next_offset is None:
            break
        assert read.text.endswith("\n")
        assert read.total == len(whole)
        offset = read.next_offset
    assert "".join(pieces) == whole


def test_one_line_without_an_end_is_cut_where_it_must_be() -> None:
    read = text_of(parse(b"x" * 100_000, "text/plain", ""))
    assert (len(read.text), read.next_offset, read.total) == (60_000, 60_000, 100_000)


def test_an_offset_past_the_end_says_how_long_the_text_is() -> None:
    assert parse(b"short", "text/plain", "", offset=99) == Unreadable(
        "Offset 99 is past the end: the text has 5 characters."
    )


def test_control_characters_are_left_out() -> None:
    assert text_of(parse(b"a" * 200 + b"\x1b[31m\x07b", "text/plain", "")).text == "a" * 200 + "[31mb"


def test_a_table_is_told_row_by_row_whatever_separates_its_cells() -> None:
    for delimiter in ",;\t|":
        data = f'a{delimiter}b\n1{delimiter}"two\nlines"\n3{delimiter}4\n'.encode()
        read = text_of(parse(data, "text/csv", "t.csv"))
        assert read.text == "a | b\n1 | two lines\n3 | 4\n"
        assert read.notes[-1] == "3 rows."


def test_a_calendars_long_lines_are_joined_and_a_cards_picture_is_left_out() -> None:
    calendar = b"BEGIN:VCALENDAR\r\nSUMMARY:Lunch wi\r\n th Ann\r\nEND:VCALENDAR\r\n"
    assert "SUMMARY:Lunch with Ann\n" in text_of(parse(calendar, "application/octet-stream", "x")).text
    picture = b"\r\n ".join([b"QUFB" * 15] * 20)
    card = text_of(
        parse(b"BEGIN:VCARD\r\nFN:Ann\r\nPHOTO;ENCODING=b:" + picture + b"\r\nEND:VCARD\r\n", "text/vcard", "")
    )
    assert card.text == "BEGIN:VCARD\nFN:Ann\nPHOTO;ENCODING=b:[left out]\nEND:VCARD\n"
    assert card.kind == "contact card"


def test_a_page_of_html_is_its_text_without_scripts_and_styles() -> None:
    page = b"<html><head><title>T</title><style>p{}</style></head><body><h1>Big</h1><p>One &amp; <b>two</b><br>three"
    page += b"<script>alert(1)</script><ul><li>x<li>y</ul><table><tr><td>1<td>2</table>a < b</body>"
    assert text_of(parse(page, "text/html", "")).text == "# Big\n\nOne & two\nthree\n\n- x\n- y\n\n1 | 2\na < b"


def test_an_empty_attachment_and_one_that_is_too_large_are_said_to_be_so() -> None:
    assert parse(b"", "text/plain", "") == Unreadable("The attachment is empty.")
    assert parse(bytes(11), "", "", Bounds(input_bytes=10)).reason.startswith("The attachment is larger than")  # type: ignore[union-attr]


def test_no_result_tells_its_content_when_it_is_printed() -> None:
    assert "secret" not in repr(parse(b"secret", "text/plain", ""))
